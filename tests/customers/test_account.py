"""Accounts, address books and preferences: kept by their owners and by staff who may, and seen by nobody else."""

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.people import POLICY, actor, add_key, bearer, count, header, new_email

from torg.customers import (
    Address,
    Customer,
    Details,
    PreferenceName,
    address_book,
    change,
    find,
    preferences,
    register,
    rules,
)
from torg.customers.model import CustomerEmailTaken, NoWayToReach, TooManyAddresses
from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, RightMissing, SignInNeeded
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, NotFound, StaleVersion

OSLO = Address("NO", name="Kari Nordmann", street="Storgata 1", city="Oslo", postal_code="0155")
TOKYO = Address("JP", name="山田 花子", street="渋谷区1-1", region="東京都", postal_code="150-0043")
CLERK = actor("customers:read", "customers:write", stores={"oslo"})


async def someone(tx: Transaction, **details: Any) -> Customer:
    return await register(tx, Details(**details), email=new_email(), channel="web-no", by=SYSTEM)


def herself(customer: Customer) -> Actor:
    return Actor(ActorKind.customer, customer.public_id, customer_id=customer.customer_id)


async def test_staff_register_a_customer_by_phone_alone(tx: Transaction) -> None:
    details = Details(given_name=" Kari ", family_name="Nordmann", phone="22 33 44 55", language="nb")
    made = await register(tx, details, email=None, channel="till-oslo", country="NO", by=CLERK)
    assert (made.given_name, made.phone, made.email) == ("Kari", "+4722334455", None)


async def test_a_customer_whom_nobody_could_reach_is_refused(tx: Transaction) -> None:
    with pytest.raises(NoWayToReach):
        await register(tx, Details(given_name="Kari"), email=None, channel=None, by=CLERK)
    made = await register(tx, Details(phone="+4722334455"), email=None, channel=None, by=CLERK)
    with pytest.raises(NoWayToReach):
        await change.change(tx, made.customer_id, Details(phone=None), version=None, by=CLERK)


async def test_all_wrong_details_are_named_at_once(tx: Transaction) -> None:
    with pytest.raises(Invalid) as refused:
        await register(tx, Details(phone="12", vat_number="NO123"), email=new_email(), channel=None, by=CLERK)
    assert [p.field for p in refused.value.problems] == ["phone", "vat_number"]


async def test_two_registrations_of_one_address_at_once_make_one_account(database: Database) -> None:
    email = new_email()

    async def make(spelling: str) -> bool:
        try:
            await database.run(lambda tx: register(tx, Details(), email=spelling, channel=None, by=SYSTEM))
        except CustomerEmailTaken:
            return False
        return True

    spellings = [email, email.upper(), f" {email}", email.title()]
    assert sum(await asyncio.gather(*(make(spelling) for spelling in spellings))) == 1
    assert await count(database, "customers", "email = %(e)s", e=email) == 1


async def test_a_stale_version_changes_nothing(tx: Transaction) -> None:
    made = await someone(tx)
    await change.change(tx, made.customer_id, Details(given_name="Kari"), version=1, by=herself(made))
    with pytest.raises(StaleVersion):
        await change.change(tx, made.customer_id, Details(given_name="Ola"), version=1, by=herself(made))
    assert (await find.find_customer(tx, made.customer_id, by=CLERK)).given_name == "Kari"


async def test_two_changes_of_one_version_at_once_do_not_both_succeed(database: Database) -> None:
    made = await database.run(someone)

    async def rename(name: str) -> bool:
        try:
            await database.run(
                lambda tx: change.change(
                    tx, made.customer_id, Details(given_name=name), version=1, by=herself(made)
                )
            )
        except StaleVersion:
            return False
        return True

    assert sum(await asyncio.gather(*(rename(name) for name in ("A", "B", "C")))) == 1


async def test_staff_cannot_give_a_customer_an_address_that_another_has(tx: Transaction) -> None:
    first, second = await someone(tx), await someone(tx)
    assert second.email is not None
    with pytest.raises(CustomerEmailTaken):
        await change.change_email(tx, first.customer_id, second.email, version=None, by=CLERK)
    assert (await find.find_customer(tx, first.customer_id, by=CLERK)).email == first.email


async def test_an_address_that_staff_wrote_down_frees_the_old_one_and_counts_as_unproved(
    tx: Transaction,
) -> None:
    made = await someone(tx)
    new = new_email("new")
    moved = await change.change_email(tx, made.customer_id, new.upper(), version=1, by=CLERK)
    assert (moved.email, moved.email_verified_at, moved.version) == (new, None, 2)
    assert made.email is not None
    assert await find.by_email(tx, made.email) is None
    await register(tx, Details(), email=made.email, channel=None, by=CLERK)


@pytest.mark.parametrize(
    "asked",
    [
        "kari",
        "KARI nord",
        "ørnulf",
        "Ornulf",
        "22334455",
        "+47 22 33",
        "0047 22 33 44 55",
        "kaffe as",
        "EMAIL",
    ],
)
async def test_staff_find_a_customer_by_beginnings_of_words_however_they_are_written(
    tx: Transaction, asked: str
) -> None:
    made = await someone(
        tx,
        given_name="Kari Ørnulf",
        family_name="Nordmann",
        phone="+4722334455",
        company="Kaffe AS",
    )
    await someone(tx, given_name="Ola", family_name="Hansen", phone="+4799887766")
    found = await find.search_customers(
        tx, query=made.email if asked == "EMAIL" else asked, limit=100, by=CLERK
    )
    assert [one.customer_id for one in found] == [made.customer_id]


async def test_japanese_customers_are_found_by_their_names(tx: Transaction) -> None:
    made = await someone(tx, given_name="花子", family_name="山田")
    found = await find.search_customers(tx, query="山田", by=CLERK)
    assert [one.customer_id for one in found] == [made.customer_id]


@given(st.text(max_size=60))
def test_whatever_staff_type_is_a_search_and_never_a_statement(text: str) -> None:
    asked = rules.query(text)
    assert asked is None or all(
        word.startswith("'") and word.endswith("':*") and word[1:-3].isalnum() for word in asked.split(" & ")
    )


@pytest.mark.parametrize(
    "asked", ["'", "a' | 'b", "a:*b", "\\", "! & |", "<->", "😀", "a\x00b".replace("\x00", "")]
)
async def test_a_search_with_strange_signs_is_answered(tx: Transaction, asked: str) -> None:
    await find.search_customers(tx, query=asked, by=CLERK)


async def test_the_first_address_is_the_default_and_a_default_moves(tx: Transaction) -> None:
    made = await someone(tx)
    by = herself(made)
    first = await address_book.add_address(tx, made.customer_id, OSLO, by=by)
    assert first.default_delivery and first.default_billing
    second = await address_book.add_address(tx, made.customer_id, TOKYO, default_delivery=True, by=by)
    book = {one.id: one for one in await address_book.addresses_of(tx, made.customer_id, by=by)}
    assert [book[first.id].default_delivery, book[second.id].default_delivery] == [False, True]
    assert [book[first.id].default_billing, book[second.id].default_billing] == [True, False]
    await address_book.remove_address(tx, made.customer_id, second.id, by=by)
    (left,) = await address_book.addresses_of(tx, made.customer_id, by=by)
    assert left.default_delivery and left.default_billing


async def test_a_wrong_or_stale_address_changes_nothing(tx: Transaction) -> None:
    made = await someone(tx)
    by = herself(made)
    saved = await address_book.add_address(tx, made.customer_id, OSLO, by=by)
    with pytest.raises(Invalid):
        await address_book.change_address(tx, made.customer_id, saved.id, address=Address("NO"), by=by)
    with pytest.raises(Invalid):
        await address_book.add_address(tx, made.customer_id, Address("XX", name="x"), by=by)
    await address_book.change_address(tx, made.customer_id, saved.id, label="Home", version=1, by=by)
    with pytest.raises(StaleVersion):
        await address_book.change_address(tx, made.customer_id, saved.id, label="Work", version=1, by=by)
    (kept,) = await address_book.addresses_of(tx, made.customer_id, by=by)
    assert (kept.label, kept.address, kept.version) == ("Home", OSLO, 2)


async def test_an_address_book_has_an_end(tx: Transaction) -> None:
    made = await someone(tx)
    for _ in range(address_book.MOST):
        await address_book.add_address(tx, made.customer_id, OSLO, by=SYSTEM)
    with pytest.raises(TooManyAddresses):
        await address_book.add_address(tx, made.customer_id, OSLO, by=SYSTEM)


async def test_preferences_are_remembered_changed_and_forgotten(tx: Transaction) -> None:
    made = await someone(tx)
    by = herself(made)
    wishes = {PreferenceName.store: "oslo", PreferenceName.contact_by: "sms"}
    await preferences.set_preferences(tx, made.customer_id, wishes, channel="app-sg", by=by)
    changed = {PreferenceName.store: None, PreferenceName.contact_by: "email"}
    left = await preferences.set_preferences(tx, made.customer_id, changed, channel="web-no", by=by)
    assert [(one.name, one.value, one.set_in) for one in left] == [("contact-by", "email", "web-no")]


async def test_one_customer_can_neither_read_nor_change_another(tx: Transaction) -> None:
    victim, stranger = await someone(tx, given_name="Kari"), await someone(tx)
    saved = await address_book.add_address(tx, victim.customer_id, OSLO, by=SYSTEM)
    for by, refusal in ((herself(stranger), RightMissing), (VISITOR, SignInNeeded)):
        id = victim.customer_id
        for attempt in (
            find.find_customer(tx, id, by=by),
            find.search_customers(tx, query="kari", by=by),
            change.change(tx, id, Details(given_name="x"), version=None, by=by),
            change.change_email(tx, id, new_email(), version=None, by=by),
            address_book.addresses_of(tx, id, by=by),
            address_book.add_address(tx, id, OSLO, by=by),
            address_book.change_address(tx, id, saved.id, label="x", by=by),
            address_book.remove_address(tx, id, saved.id, by=by),
            preferences.preferences_of(tx, id, by=by),
            preferences.set_preferences(tx, id, {PreferenceName.store: "oslo"}, channel=None, by=by),
            register(tx, Details(), email=new_email(), channel=None, by=by),
        ):
            with pytest.raises(refusal):
                await attempt
    with pytest.raises(NotFound):
        await address_book.remove_address(tx, stranger.customer_id, saved.id, by=herself(stranger))
    assert await find.find_customer(tx, victim.customer_id, by=SYSTEM) == victim
    assert await address_book.addresses_of(tx, victim.customer_id, by=SYSTEM) == [saved]


async def test_who_may_only_read_customers_changes_nothing(tx: Transaction) -> None:
    made = await someone(tx)
    reader = actor("customers:read")
    await find.find_customer(tx, made.customer_id, by=reader)
    with pytest.raises(RightMissing):
        await change.change(tx, made.customer_id, Details(given_name="x"), version=None, by=reader)
    assert await find.find_customer(tx, made.customer_id, by=reader) == made


async def test_over_http_a_customer_keeps_her_account(client: httpx.AsyncClient, database: Database) -> None:
    made = await database.run(someone)
    token = (await bearer(database, ActorKind.customer, made.customer_id, POLICY)).token
    sent = header(token)
    body = {"given_name": "Kari", "phone": "22 33 44 55", "country": "NO", "version": 1}
    changed = await client.patch("/api/v1/me", json=body, headers=sent)
    assert changed.json()["phone"] == "+4722334455", changed.text
    stale = await client.patch("/api/v1/me", json=body, headers=sent)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-version")
    wrong = await client.post("/api/v1/me/addresses", json={"address": {"country": "NO"}}, headers=sent)
    assert wrong.status_code == 422
    assert {p["field"] for p in wrong.json()["errors"]} == {
        "address.name",
        "address.street",
        "address.city",
        "address.postal_code",
    }
    address = {"country": "NO", "name": "Kari", "street": "Storgata 1", "city": "Oslo", "postal_code": "0155"}
    added = await client.post("/api/v1/me/addresses", json={"address": address}, headers=sent)
    assert added.status_code == 201
    assert added.json()["printed"] == ["Kari", "Storgata 1", "0155 OSLO", "NORWAY"]
    url = f"/api/v1/me/addresses/{added.json()['id']}"
    labelled = await client.patch(url, json={"label": "Hjemme"}, headers=sent)
    assert labelled.json()["label"] == "Hjemme"
    assert (await client.delete(url, headers=sent)).status_code == 204
    assert (await client.delete(url, headers=sent)).status_code == 404
    told = await client.patch("/api/v1/me/preferences", json={"preferences": {"store": "oslo"}}, headers=sent)
    assert told.json()["items"][0]["value"] == "oslo"
    odd = await client.patch(
        "/api/v1/me/preferences", json={"preferences": {"shoe-size": "38"}}, headers=sent
    )
    assert odd.status_code == 422


async def test_over_http_a_program_that_may_finds_and_changes_customers(
    client: httpx.AsyncClient, database: Database
) -> None:
    key = await database.run(lambda tx: add_key(tx, "customers:read", "customers:write"))
    sent = header(key.secret)
    email = new_email("program")
    made = await client.post(
        "/api/v1/customers",
        json={"email": email, "given_name": "Pål"},
        headers={**sent, "Torg-Channel": "web-no"},
    )
    assert made.status_code == 201, made.text
    taken = await client.post("/api/v1/customers", json={"email": email}, headers=sent)
    assert taken.json()["code"] == "customer-email-taken"
    found = await client.get("/api/v1/customers", params={"query": email}, headers=sent)
    assert [one["id"] for one in found.json()["items"]] == [made.json()["id"]]
    url = f"/api/v1/customers/{made.json()['id']}"
    patched = await client.patch(url, json={"email": new_email("moved"), "language": "ja"}, headers=sent)
    assert patched.json()["language"] == "ja" and patched.json()["email_verified"] is False
    assert (await client.get(f"{url}/addresses", headers=sent)).json()["items"] == []
    pages = await client.get("/api/v1/customers", params={"limit": 1}, headers=sent)
    assert pages.json()["next"]
    assert (await client.get("/api/v1/customers/cus_x", headers=sent)).status_code == 404


async def test_over_http_the_form_of_an_address_speaks_the_callers_language(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(
        "/api/v1/address-format", params={"country": "JP"}, headers={"Accept-Language": "ja"}
    )
    assert answer.json()["rows"][1][0]["text"] == "都道府県"
    assert (await client.get("/api/v1/address-format", params={"country": "XX"})).status_code == 422
    assert (await client.get("/api/v1/address-format")).status_code == 422
