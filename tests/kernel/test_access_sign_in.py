"""Staff sign in: password, second factor, throttles, and what strangers can learn (nothing) or break (nothing)."""

import asyncio
from datetime import timedelta

import httpx
import pyotp
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from tests.kernel.people import (
    HASH,
    PASSWORD,
    POLICY,
    add_staff,
    count,
    effort,
    header,
    new_email,
)

from torg.kernel.access import Device, TooManyTries, Transport, second_factor, sign_in, store
from torg.kernel.access.model import Actor, ActorKind, Staff, StaffState, WrongCode, WrongCredentials
from torg.kernel.access.sign_in import FactorNeeded, SignedIn
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.errors import Invalid

WRONG = "not the password"
PLACES = iter(range(1, 10_000))


@pytest_asyncio.fixture(autouse=True)
async def _nobody_has_tried_before(database: Database) -> None:
    await database.run(lambda tx: tx.execute("DELETE FROM throttles"))


def somewhere() -> Device:
    """A device with an address that no other test uses."""
    number = next(PLACES)
    return Device(Transport.bearer, address=f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")


async def someone(database: Database, **wishes: object) -> Staff:
    return await database.run(lambda tx: add_staff(tx, "orders:read", **wishes))  # type: ignore[arg-type]  # handed on


async def signed_in(database: Database, staff: Staff, device: Device | None = None) -> SignedIn:
    outcome = await sign_in.with_password(database, POLICY, staff.email, PASSWORD, device or somewhere())
    assert isinstance(outcome, SignedIn)
    return outcome


async def with_factor(database: Database, staff: Staff) -> tuple[str, list[str], Actor]:
    """Set up a second factor; its secret and recovery codes."""
    opened = (await signed_in(database, staff)).opened
    by = Actor(ActorKind.staff, staff.public_id, session_id=opened.session.id)
    prepared = await second_factor.prepare(database, POLICY, PASSWORD, by=by)
    code = pyotp.TOTP(prepared.secret).at(database.clock.now())
    codes = await second_factor.confirm(database, POLICY, code, by=by)
    return prepared.secret, list(codes), by


async def challenged(database: Database, staff: Staff, device: Device) -> str:
    outcome = await sign_in.with_password(database, POLICY, staff.email, PASSWORD, device)
    assert isinstance(outcome, FactorNeeded)
    return outcome.challenge


async def test_the_right_password_opens_a_session_of_which_only_a_hash_is_kept(database: Database) -> None:
    staff = await someone(database)
    opened = (await signed_in(database, staff)).opened
    assert opened.token.startswith("torg_ss_")
    assert await count(database, "sessions", "subject = %(id)s", id=staff.id) == 1
    assert await count(database, "sessions", "position(%(t)s in sessions::text) > 0", t=opened.token) == 0
    assert (
        await count(database, "audit_log", "target = %(t)s AND action = 'staff.signed-in'", t=staff.public_id)
        == 1
    )


@pytest.mark.parametrize("state", [StaffState.disabled, StaffState.invited])
async def test_who_is_disabled_or_only_invited_is_refused_like_a_stranger(
    database: Database, state: StaffState
) -> None:
    staff = await someone(database, state=state)
    with pytest.raises(WrongCredentials) as known:
        await sign_in.with_password(database, POLICY, staff.email, PASSWORD, somewhere())
    with pytest.raises(WrongCredentials) as stranger:
        await sign_in.with_password(database, POLICY, new_email(), PASSWORD, somewhere())
    assert known.value.facts == stranger.value.facts == {}
    assert await count(database, "sessions", "subject = %(id)s", id=staff.id) == 0


async def test_a_password_is_the_same_however_its_letters_are_composed_and_addresses_whatever_their_case(
    database: Database,
) -> None:
    staff = await someone(database)
    outcome = await sign_in.with_password(database, POLICY, staff.email.upper(), PASSWORD, somewhere())
    assert isinstance(outcome, SignedIn)


async def test_an_unknown_address_takes_as_much_work_as_a_wrong_password(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, invited = await someone(database), await someone(database, state=StaffState.invited)
    efforts = [
        await effort(
            monkeypatch,
            WrongCredentials,
            sign_in.with_password(database, POLICY, email, WRONG, somewhere()),
        )
        for email in (wrong.email, new_email(), invited.email, "no address at all")
    ]
    assert len(set(efforts)) == 1
    assert len(efforts[0].hashes) == 1 and efforts[0].hashes[0].startswith("$argon2id$")


async def test_a_password_hash_is_renewed_when_it_has_become_too_weak(database: Database) -> None:
    staff = await someone(database)
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    await database.run(lambda tx: store.set_password(tx, staff.id, weak))
    await signed_in(database, staff)
    account = await database.read(lambda tx: store.account(tx, id=staff.id))
    assert account is not None
    assert account.password_hash not in {weak, None, HASH}
    await signed_in(database, staff)


async def test_of_many_wrong_tries_at_once_exactly_as_many_as_allowed_are_compared(
    database: Database,
) -> None:
    staff = await someone(database)

    async def guess() -> str:
        try:
            await sign_in.with_password(database, POLICY, staff.email, WRONG, somewhere())
        except WrongCredentials:
            return "compared"
        except TooManyTries:
            return "throttled"
        return "in"

    answers = await asyncio.gather(*(guess() for _ in range(25)))
    assert answers.count("compared") == POLICY.tries
    assert answers.count("throttled") == 20


async def test_tries_from_one_address_are_counted_over_all_accounts(database: Database) -> None:
    device = somewhere()
    for _ in range(POLICY.tries):
        with pytest.raises(WrongCredentials):
            await sign_in.with_password(database, POLICY, new_email(), WRONG, device)
    with pytest.raises(TooManyTries) as refused:
        await sign_in.with_password(database, POLICY, new_email(), WRONG, device)
    assert 0 < refused.value.facts["retry_after"] <= 120


async def test_addresses_of_one_ipv6_subscriber_count_as_one(database: Database) -> None:
    for place in range(POLICY.tries):
        device = Device(Transport.bearer, address=f"2001:db8:7:7::{place + 1:x}")
        with pytest.raises(WrongCredentials):
            await sign_in.with_password(database, POLICY, new_email(), WRONG, device)
    with pytest.raises(TooManyTries):
        await sign_in.with_password(
            database, POLICY, new_email(), WRONG, Device(Transport.bearer, address="2001:db8:7:7:ffff::1")
        )


async def test_a_throttled_account_heals_with_time(database: Database, clock: FixedClock) -> None:
    staff = await someone(database)
    for _ in range(POLICY.tries):
        with pytest.raises(WrongCredentials):
            await sign_in.with_password(database, POLICY, staff.email, WRONG, somewhere())
    with pytest.raises(TooManyTries):
        await sign_in.with_password(database, POLICY, staff.email, PASSWORD, somewhere())
    clock.move(minutes=2)
    await signed_in(database, staff)


async def test_strangers_cannot_lock_the_owner_out_of_a_device_she_has_used(database: Database) -> None:
    staff = await someone(database)
    mark = (await signed_in(database, staff)).opened.device_mark
    for _ in range(POLICY.tries):
        with pytest.raises(WrongCredentials):
            await sign_in.with_password(database, POLICY, staff.email, WRONG, somewhere())
    with pytest.raises(TooManyTries):
        await sign_in.with_password(database, POLICY, staff.email, PASSWORD, somewhere())
    own = Device(Transport.bearer, address="10.9.9.9", mark=mark)
    await signed_in(database, staff, own)


async def test_a_device_mark_helps_only_with_the_account_it_was_given_for(database: Database) -> None:
    attacker, victim = await someone(database), await someone(database)
    mark = (await signed_in(database, attacker)).opened.device_mark
    refused = 0
    for _ in range(POLICY.tries + 3):
        device = Device(Transport.bearer, address=somewhere().address, mark=mark)
        with pytest.raises((WrongCredentials, TooManyTries)) as error:
            await sign_in.with_password(database, POLICY, victim.email, WRONG, device)
        refused += error.type is TooManyTries
    assert refused == 3


async def test_a_forged_device_mark_counts_as_none(database: Database) -> None:
    staff = await someone(database)
    mark = (await signed_in(database, staff)).opened.device_mark or ""
    for place in range(POLICY.tries):
        forged = mark[:-1] + ("A" if mark[-1] != "A" else "B")
        device = Device(Transport.bearer, address=somewhere().address, mark=forged + str(place))
        with pytest.raises(WrongCredentials):
            await sign_in.with_password(database, POLICY, staff.email, WRONG, device)
    with pytest.raises(TooManyTries):
        await sign_in.with_password(database, POLICY, staff.email, WRONG, somewhere())


async def test_right_passwords_do_not_count_as_tries(database: Database) -> None:
    staff = await someone(database)
    device = somewhere()
    for _ in range(POLICY.tries * 3):
        await signed_in(database, staff, device)


async def test_the_second_factor_is_asked_for_and_opens_the_session(
    database: Database, clock: FixedClock
) -> None:
    staff = await someone(database)
    secret, _, _ = await with_factor(database, staff)
    clock.move(minutes=1)
    device = somewhere()
    challenge = await challenged(database, staff, device)
    assert await count(database, "sessions", "subject = %(id)s", id=staff.id) == 1
    done = await sign_in.with_second_factor(
        database, POLICY, challenge, pyotp.TOTP(secret).at(clock.now()), device
    )
    assert done.staff.id == staff.id
    assert await count(database, "sessions", "subject = %(id)s", id=staff.id) == 2


async def test_the_code_that_set_the_factor_up_does_not_open_anything(database: Database) -> None:
    staff = await someone(database)
    secret, _, _ = await with_factor(database, staff)
    device = somewhere()
    challenge = await challenged(database, staff, device)
    with pytest.raises(WrongCode):
        await sign_in.with_second_factor(
            database, POLICY, challenge, pyotp.TOTP(secret).at(database.clock.now()), device
        )


async def test_the_same_code_twice_at_once_opens_one_session(database: Database, clock: FixedClock) -> None:
    staff = await someone(database)
    secret, _, _ = await with_factor(database, staff)
    before = await count(database, "sessions", "subject = %(id)s", id=staff.id)
    clock.move(minutes=1)
    code = pyotp.TOTP(secret).at(clock.now())
    challenges = [await challenged(database, staff, somewhere()) for _ in range(4)]

    async def give(challenge: str) -> bool:
        try:
            await sign_in.with_second_factor(database, POLICY, challenge, code, somewhere())
        except WrongCode:
            return False
        return True

    assert sum(await asyncio.gather(*(give(challenge) for challenge in challenges))) == 1
    assert await count(database, "sessions", "subject = %(id)s", id=staff.id) == before + 1


async def test_a_challenge_works_once_and_expires(database: Database, clock: FixedClock) -> None:
    staff = await someone(database)
    secret, _, _ = await with_factor(database, staff)
    clock.move(minutes=1)
    device = somewhere()
    challenge = await challenged(database, staff, device)
    totp = pyotp.TOTP(secret)
    await sign_in.with_second_factor(database, POLICY, challenge, totp.at(clock.now()), device)
    clock.move(minutes=1)
    with pytest.raises(WrongCode):
        await sign_in.with_second_factor(database, POLICY, challenge, totp.at(clock.now()), device)
    late = await challenged(database, staff, device)
    clock.move(minutes=11)
    with pytest.raises(WrongCode):
        await sign_in.with_second_factor(database, POLICY, late, totp.at(clock.now()), device)


async def test_a_recovery_code_works_once_even_when_it_is_given_twice_at_once(database: Database) -> None:
    staff = await someone(database)
    _, codes, _ = await with_factor(database, staff)
    challenges = [await challenged(database, staff, somewhere()) for _ in range(3)]

    async def give(challenge: str) -> bool:
        try:
            await sign_in.with_second_factor(database, POLICY, challenge, codes[0].upper(), somewhere())
        except WrongCode:
            return False
        return True

    assert sum(await asyncio.gather(*(give(challenge) for challenge in challenges))) == 1
    assert await count(database, "recovery_codes", "staff_id = %(id)s", id=staff.id) == 9


async def test_guessing_the_second_factor_is_throttled_over_all_challenges(database: Database) -> None:
    staff = await someone(database)
    await with_factor(database, staff)
    device = somewhere()
    for _ in range(POLICY.tries):
        challenge = await challenged(database, staff, device)
        with pytest.raises(WrongCode):
            await sign_in.with_second_factor(database, POLICY, challenge, "000000", device)
    challenge = await challenged(database, staff, device)
    with pytest.raises(TooManyTries):
        await sign_in.with_second_factor(database, POLICY, challenge, "000000", device)


async def test_the_secret_of_the_second_factor_cannot_be_read_out_of_the_database(database: Database) -> None:
    staff = await someone(database)
    secret, codes, _ = await with_factor(database, staff)
    account = await database.read(lambda tx: store.account(tx, id=staff.id))
    assert account is not None and account.totp_secret is not None
    assert secret.encode() not in account.totp_secret
    with pytest.raises(RuntimeError):
        POLICY.vault.unlock(account.totp_secret, purpose="second factor", owner="somebody else")
    assert all("-" in code for code in codes) and len(set(codes)) == 10


async def test_turning_the_second_factor_off_needs_the_password_and_a_code(
    database: Database, clock: FixedClock
) -> None:
    staff = await someone(database)
    secret, codes, by = await with_factor(database, staff)
    clock.move(minutes=1)
    code = pyotp.TOTP(secret).at(clock.now())
    with pytest.raises(Invalid):
        await second_factor.turn_off(database, POLICY, WRONG, code, by=by)
    with pytest.raises(Invalid):
        await second_factor.turn_off(database, POLICY, PASSWORD, "123456", by=by)
    present = await database.read(lambda tx: store.find(tx, staff.id))
    assert present is not None and present.second_factor
    await second_factor.turn_off(database, POLICY, PASSWORD, codes[3], by=by)
    assert isinstance(await signed_in(database, staff), SignedIn)
    assert await count(database, "recovery_codes", "staff_id = %(id)s", id=staff.id) == 0


async def test_over_http_a_throttled_sign_in_says_when_to_come_again(client: httpx.AsyncClient) -> None:
    body = {"email": new_email(), "password": WRONG}
    answers = [await client.post("/api/v1/sign-in", json=body) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert answers[0].json()["code"] == "wrong-credentials"
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_over_http_the_answer_for_a_stranger_and_a_wrong_password_is_the_same(
    client: httpx.AsyncClient, database: Database
) -> None:
    staff = await someone(database)
    answers = []
    for email in (staff.email, new_email()):
        answer = await client.post("/api/v1/sign-in", json={"email": email, "password": WRONG})
        told = answer.json()
        told.pop("request_id", None)
        answers.append((answer.status_code, told, sorted(answer.headers)))
    assert answers[0] == answers[1]


async def test_over_http_a_program_signs_in_and_out(client: httpx.AsyncClient, database: Database) -> None:
    staff = await someone(database)
    answer = await client.post("/api/v1/sign-in", json={"email": staff.email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    token = answer.json()["token"]
    assert "set-cookie" not in answer.headers
    me = await client.get("/api/v1/staff/me", headers=header(token))
    assert me.json()["email"] == staff.email
    assert (await client.delete("/api/v1/session", headers=header(token))).status_code == 204
    assert (await client.get("/api/v1/staff/me", headers=header(token))).status_code == 401


async def test_a_session_ends_when_it_is_idle_or_old(
    client: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    staff = await someone(database)
    token = (await signed_in(database, staff)).opened.token

    async def status() -> int:
        return (await client.get("/api/v1/staff/me", headers=header(token))).status_code

    started = clock.now()
    while clock.now() - started < timedelta(days=6, hours=12):
        clock.move(hours=11)
        assert await status() == 200
    clock.move(hours=11)
    assert await status() == 200 if clock.now() - started < timedelta(days=7) else True
    clock.at = started + timedelta(days=7, seconds=1)
    assert await status() == 401
    token = (await signed_in(database, staff)).opened.token
    clock.move(hours=12, seconds=1)
    assert await status() == 401
