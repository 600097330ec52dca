"""Customers sign in by mailed code or password; strangers learn nothing and spoil nothing."""

import asyncio
import re
from typing import Any

import httpx
import pytest
import pytest_asyncio
from tests.kernel.people import POLICY, count, effort, header, new_email

from torg.customers import Details, change, find, register, sign_in
from torg.customers.codes import Proof
from torg.customers.model import PasswordNeeded, WrongCustomerPassword, WrongEmailCode
from torg.customers.sign_in import CustomerSession
from torg.kernel.access import (
    SYSTEM,
    Actor,
    ActorKind,
    Device,
    TooManyTries,
    Transport,
)
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.errors import Invalid

PASSWORD = "a fine long password"
PLACES = iter(range(1, 10_000))


@pytest_asyncio.fixture(autouse=True)
async def _nobody_has_tried_before(database: Database) -> None:
    await database.run(lambda tx: tx.execute("DELETE FROM throttles"))


def somewhere() -> Device:
    number = next(PLACES)
    return Device(Transport.bearer, address=f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")


async def code_in_mail(database: Database, to: str) -> str:
    """The code in the newest mail to this address."""
    found = await database.read(
        lambda tx: tx.all(
            str, "SELECT text FROM mails WHERE recipient = %(to)s ORDER BY queued_at, id", to=to.lower()
        )
    )
    match = re.search(r"\b(\d{3}) (\d{3})\b", found[-1])
    assert match, found
    return match[1] + match[2]


async def proof(database: Database, email: str) -> Proof:
    asked = await sign_in.ask_for_code(database, POLICY, email, language="nb", device=somewhere())
    return Proof(email, asked.challenge, await code_in_mail(database, email))


async def enter(database: Database, given: Proof, device: Device | None = None) -> CustomerSession:
    return await sign_in.with_code(
        database, POLICY, given, language="nb", channel="web-no", device=device or somewhere()
    )


def customer(signed_in: CustomerSession) -> Actor:
    id = signed_in.customer.customer_id
    return Actor(
        ActorKind.customer,
        signed_in.customer.public_id,
        customer_id=id,
        session_id=signed_in.opened.session.id,
    )


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_the_first_code_makes_the_account_and_the_next_finds_it(database: Database) -> None:
    email = new_email()
    first = await enter(database, await proof(database, email))
    again = await enter(database, await proof(database, email.upper()))
    assert first.customer.customer_id == again.customer.customer_id
    assert first.customer.email_verified_at is not None
    events = "key = %(key)s AND type = 'customer.registered'"
    assert await count(database, "outbox", events, key=str(first.customer.customer_id)) == 1


async def test_signing_in_with_a_mail_that_arrives_in_another_spelling_is_one_account(
    database: Database,
) -> None:
    name = new_email("k").partition("@")[0]
    first = await enter(database, await proof_of(database, f"{name}@blåbær.no", f"{name}@xn--blbr-roah.no"))
    second = await enter(database, await proof(database, f"{name}@xn--blbr-roah.no"))
    assert first.customer.customer_id == second.customer.customer_id


async def proof_of(database: Database, written: str, mailed: str) -> Proof:
    asked = await sign_in.ask_for_code(database, POLICY, written, language="nb", device=somewhere())
    return Proof(written, asked.challenge, await code_in_mail(database, mailed))


async def test_two_who_come_at_once_with_one_address_get_one_account(database: Database) -> None:
    email = new_email()
    proofs = [await proof(database, email) for _ in range(4)]
    sessions = await asyncio.gather(*(enter(database, one) for one in proofs))
    assert len({one.customer.customer_id for one in sessions}) == 1
    assert await count(database, "customers", "email = %(e)s", e=email) == 1
    assert await count(database, "email_claims", "email = %(e)s", e=email) == 1


async def test_one_code_twice_at_once_opens_one_session(database: Database) -> None:
    email = new_email()
    given = await proof(database, email)

    async def try_it() -> bool:
        try:
            await enter(database, given)
        except WrongEmailCode:
            return False
        return True

    assert sum(await asyncio.gather(*(try_it() for _ in range(5)))) == 1
    assert await count(database, "customers", "email = %(e)s", e=email) == 1


async def test_after_five_wrong_tries_the_right_code_is_worth_nothing(database: Database) -> None:
    given = await proof(database, new_email())
    wrong = Proof(given.email, given.challenge, other(given.code))
    answers = await asyncio.gather(*(enter(database, wrong) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(answer, WrongEmailCode) for answer in answers)
    with pytest.raises(WrongEmailCode):
        await enter(database, given)
    assert await count(database, "customers", "email = %(e)s", e=given.email) == 0


async def test_a_stranger_who_asks_for_codes_cannot_use_up_the_owners_tries(database: Database) -> None:
    email = new_email()
    given = await proof(database, email)
    foreign = await proof(database, email)
    for _ in range(6):
        with pytest.raises(WrongEmailCode):
            await enter(database, Proof(email, foreign.challenge, other(foreign.code)))
    assert (await enter(database, given)).customer.email == email


@pytest.mark.parametrize("change_it", ["email", "challenge"])
async def test_a_code_belongs_to_its_address_and_its_browser(database: Database, change_it: str) -> None:
    mine, foreign = await proof(database, new_email()), await proof(database, new_email())
    mixed = {
        "email": Proof(foreign.email, mine.challenge, mine.code),
        "challenge": Proof(mine.email, foreign.challenge, mine.code),
    }[change_it]
    with pytest.raises(WrongEmailCode):
        await enter(database, mixed)


async def test_a_code_is_worth_nothing_after_ten_minutes(database: Database, clock: FixedClock) -> None:
    given = await proof(database, new_email())
    clock.move(minutes=10)
    with pytest.raises(WrongEmailCode):
        await enter(database, given)


async def test_a_code_cannot_be_read_out_of_the_database(database: Database) -> None:
    given = await proof(database, new_email())
    assert (
        await count(
            database,
            "email_codes",
            "email = %(e)s AND position(%(c)s in code_seal) > 0",
            e=given.email,
            c=given.code,
        )
        == 0
    )


async def test_codes_to_one_address_are_limited_but_not_for_the_owners_own_device(database: Database) -> None:
    email = new_email()
    signed_in = await enter(database, await proof(database, email))
    for _ in range(5):
        await sign_in.ask_for_code(database, POLICY, email, language="nb", device=somewhere())
    before = await count(database, "mails", "recipient = %(e)s", e=email)
    with pytest.raises(TooManyTries):
        await sign_in.ask_for_code(database, POLICY, email, language="nb", device=somewhere())
    assert await count(database, "mails", "recipient = %(e)s", e=email) == before
    own = Device(Transport.bearer, address="10.8.8.8", mark=signed_in.opened.device_mark)
    await sign_in.ask_for_code(database, POLICY, email, language="nb", device=own)


async def test_a_known_and_an_unknown_address_get_the_same_answer_and_the_same_mail(
    client: httpx.AsyncClient, database: Database
) -> None:
    known, unknown = new_email(), new_email()
    await enter(database, await proof(database, known))
    told, mails = [], []
    for email in (known, unknown):
        answer = await client.post(
            "/api/v1/me/codes", json={"email": email}, headers={"Accept-Language": "nb"}
        )
        told.append((answer.status_code, sorted(answer.json()), sorted(answer.headers)))
        code = await code_in_mail(database, email)
        text = await database.read(
            lambda tx, email=email: tx.all(  # type: ignore[misc]  # bound on purpose
                str, "SELECT text FROM mails WHERE recipient = %(to)s ORDER BY queued_at, id", to=email
            )
        )
        mails.append(text[-1].replace(f"{code[:3]} {code[3:]}", "CODE"))
    assert told[0] == told[1] == (202, ["challenge", "expires_at"], told[0][2])
    assert mails[0] == mails[1]


async def with_password(database: Database) -> tuple[str, CustomerSession]:
    email = new_email()
    signed_in = await enter(database, await proof(database, email))
    await change.set_password(database, POLICY, old=None, new=PASSWORD, by=customer(signed_in))
    return email, signed_in


async def enter_by_password(database: Database, email: str, password: str, device: Device) -> CustomerSession:
    return await sign_in.with_password(database, POLICY, email, password, channel="web-no", device=device)


async def test_a_customer_with_a_password_signs_in_with_it(database: Database) -> None:
    email, first = await with_password(database)
    signed_in = await enter_by_password(database, email.upper(), PASSWORD, somewhere())
    assert signed_in.customer.customer_id == first.customer.customer_id
    with pytest.raises(WrongCustomerPassword):
        await enter_by_password(database, email, "something else", somewhere())


async def test_no_account_no_password_and_a_wrong_password_look_and_cost_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    email, _ = await with_password(database)
    without = new_email()
    await enter(database, await proof(database, without))
    efforts = [
        await effort(
            monkeypatch,
            WrongCustomerPassword,
            enter_by_password(database, address, "something else", somewhere()),
        )
        for address in (email, new_email(), without)
    ]
    assert len(set(efforts)) == 1
    assert len(efforts[0].hashes) == 1 and efforts[0].hashes[0].startswith("$argon2id$")


async def test_guessing_a_customers_password_is_throttled_at_concurrency(database: Database) -> None:
    email, _ = await with_password(database)

    async def guess() -> type[BaseException] | None:
        try:
            await enter_by_password(database, email, "something else", somewhere())
        except (WrongCustomerPassword, TooManyTries) as error:
            return type(error)
        return None

    answers = await asyncio.gather(*(guess() for _ in range(20)))
    assert answers.count(WrongCustomerPassword) == POLICY.tries
    assert answers.count(TooManyTries) == 20 - POLICY.tries


async def test_a_password_is_changed_by_who_knows_it_or_has_just_signed_in(
    database: Database, clock: FixedClock
) -> None:
    _, signed_in = await with_password(database)
    by = customer(signed_in)
    clock.move(minutes=16)
    with pytest.raises(PasswordNeeded):
        await change.set_password(database, POLICY, old=None, new="another fine one", by=by)
    with pytest.raises(Invalid):
        await change.set_password(database, POLICY, old="wrong wrong", new="another fine one", by=by)
    await change.set_password(database, POLICY, old=PASSWORD, new="another fine one", by=by)


async def test_a_new_password_ends_the_other_sessions(database: Database) -> None:
    email, signed_in = await with_password(database)
    other_session = await enter_by_password(database, email, PASSWORD, somewhere())
    await change.set_password(database, POLICY, old=None, new="another fine one", by=customer(signed_in))
    where = "id = %(id)s"
    assert await count(database, "sessions", where, id=other_session.opened.session.id) == 0
    assert await count(database, "sessions", where, id=signed_in.opened.session.id) == 1


async def test_who_was_registered_by_staff_takes_over_her_account_with_a_code(database: Database) -> None:
    email = new_email()
    made = await database.run(
        lambda tx: register(tx, Details(given_name="Kari"), email=email, channel="phone-no", by=SYSTEM)
    )
    assert made.email_verified_at is None
    signed_in = await enter(database, await proof(database, email))
    assert signed_in.customer.customer_id == made.customer_id
    assert signed_in.customer.email_verified_at is not None
    assert signed_in.customer.given_name == "Kari"


async def test_a_customer_moves_to_another_address_that_she_can_read(database: Database) -> None:
    old, new = new_email("old"), new_email("new")
    signed_in = await enter(database, await proof(database, old))
    by = customer(signed_in)
    asked = await change.ask_to_change_email(database, POLICY, new, language="nb", device=somewhere(), by=by)
    code = await code_in_mail(database, new)
    with pytest.raises(WrongEmailCode):
        await enter(database, Proof(new, asked.challenge, code))
    changed = await change.change_own_email(database, POLICY, Proof(new, asked.challenge, code), by=by)
    assert changed.email == new
    assert await count(database, "email_claims", "email = %(e)s", e=old) == 0
    told = await count(
        database, "mails", "recipient = %(e)s AND template = 'customers/address-changed'", e=old
    )
    assert told == 1
    assert (await database.read(lambda tx: find.by_email(tx, new))) == changed


async def test_a_sign_in_code_does_not_change_an_address(database: Database) -> None:
    signed_in = await enter(database, await proof(database, new_email()))
    with pytest.raises(Invalid):
        await change.change_own_email(
            database, POLICY, await proof(database, new_email()), by=customer(signed_in)
        )


async def test_over_http_a_customer_signs_in_reads_herself_and_leaves(
    client: httpx.AsyncClient, database: Database
) -> None:
    email = new_email()
    asked = (await client.post("/api/v1/me/codes", json={"email": email})).json()
    body: dict[str, Any] = {"email": email, "challenge": asked["challenge"]}
    missing = await client.post("/api/v1/me/sessions", json={"email": email})
    assert [(p["field"], p["code"]) for p in missing.json()["errors"]] == [
        ("challenge", "required"),
        ("code", "required"),
    ]
    wrong = await client.post("/api/v1/me/sessions", json={**body, "code": "000000 "})
    assert wrong.status_code in {401, 201}
    code = await code_in_mail(database, email)
    answer = await client.post(
        "/api/v1/me/sessions",
        json={**body, "code": f"{code[:3]} {code[3:]}"},
        headers={"Torg-Channel": "app-sg"},
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["customer"]["registered_in"] == "app-sg"
    token = answer.json()["token"]
    assert (await client.get("/api/v1/me", headers=header(token))).json()["email"] == email
    assert (await client.get("/api/v1/staff/me", headers=header(token))).status_code == 403
    assert (await client.delete("/api/v1/session", headers=header(token))).status_code == 204
    assert (await client.get("/api/v1/me", headers=header(token))).status_code == 401


async def test_over_http_a_customers_cookie_outlives_the_window(
    client: httpx.AsyncClient, database: Database
) -> None:
    email = new_email()
    asked = (await client.post("/api/v1/me/codes", json={"email": email})).json()
    body = {
        "email": email,
        "challenge": asked["challenge"],
        "code": await code_in_mail(database, email),
        "transport": "cookie",
    }
    answer = await client.post("/api/v1/me/sessions", json=body)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("torg_session="))
    assert "Max-Age=31536000" in cookie and answer.json()["token"] is None
    assert (await client.get("/api/v1/me")).json()["email"] == email
