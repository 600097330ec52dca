"""An installation of one's own, entered over HTTP from nothing: seller, market, location, store, channel."""

from typing import Any

import httpx
import pytest
import pytest_asyncio
from tests.kernel.people import add_staff, bearer, count, header

from torg.kernel.access import ActorKind
from torg.kernel.database import Database

ADDRESS = {"lines": ["Storgata 1"], "postal_code": "0155", "city": "Oslo", "country": "NO"}
SELLER = {
    "code": "fjord",
    "legal_name": "Fjord AS",
    "registration_number": "974760673",
    "registrations": [{"country": "NO", "number": "974760673MVA"}],
    "address": ADDRESS,
}
MARKET = {
    "code": "fjord-no",
    "name": {"en": "Norway", "nb": "Norge"},
    "countries": ["NO"],
    "currency": "NOK",
    "languages": ["nb", "en"],
    "tax_display": "including",
    "seller": "fjord",
}
LOCATION = {
    "code": "fjord-shop",
    "kind": "store",
    "name": "Fjord Oslo",
    "country": "NO",
    "time_zone": "Europe/Oslo",
    "address": ADDRESS,
    "latitude_e6": 59_913_000,
    "longitude_e6": 10_741_500,
}
STORE = {
    "code": "fjord-oslo",
    "name": {"en": "Fjord Oslo"},
    "location": "fjord-shop",
    "market": "fjord-no",
    "address": ADDRESS,
    "time_zone": "Europe/Oslo",
    "opening_hours": [{"weekday": day, "opens": "09:00", "closes": "17:00"} for day in range(1, 6)],
}
CHANNEL = {
    "code": "fjord-till",
    "kind": "till",
    "name": "Till",
    "market": "fjord-no",
    "seller": "fjord",
    "store": "fjord-oslo",
    "locations": ["fjord-shop"],
}
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("sellers", SELLER),
    ("markets", MARKET),
    ("locations", LOCATION),
    ("stores", STORE),
    ("channels", CHANNEL),
)
WRONG: dict[str, tuple[dict[str, Any], set[str]]] = {
    "sellers": (
        {
            "legal_name": " ",
            "registration_number": "1",
            "registrations": [{"country": "NO", "number": "1"}, {"country": "XX", "number": "1"}],
        },
        {"legal_name", "registration_number", "registrations.0.number", "registrations.1.country"},
    ),
    "markets": (
        {
            "name": {"xx": "X"},
            "countries": ["NO", "NO"],
            "currency": "XXZ",
            "seller": "nobody",
            "region": "ZZ",
        },
        {"name.xx", "countries.1", "currency", "seller", "region"},
    ),
    "locations": (
        {"name": " ", "country": "XX", "time_zone": "Mars", "latitude_e6": 90_000_001},
        {"name", "country", "time_zone", "latitude_e6"},
    ),
    "stores": (
        {
            "location": "moon",
            "market": "nobody",
            "opening_hours": [{"weekday": 8, "opens": "9", "closes": "10:00"}],
            "special_days": [{"date": "24.12.", "reason": {"xx": "Party"}}],
        },
        {
            "location",
            "market",
            "opening_hours.0.weekday",
            "special_days.0.date",
            "special_days.0.reason.xx",
        },
    ),
}


@pytest_asyncio.fixture
async def boss(database: Database) -> dict[str, str]:
    """The headers of an administrator."""

    staff = await database.run(lambda tx: add_staff(tx, "*"))
    return header((await bearer(database, ActorKind.staff, staff.id)).token)


async def test_a_whole_installation_is_entered_from_nothing_and_each_step_only_once(
    client: httpx.AsyncClient, database: Database, boss: dict[str, str]
) -> None:
    for path, body in STEPS:
        made = await client.post(f"/api/v1/{path}", json=body, headers=boss)
        assert (made.status_code, made.json()["code"]) == (201, body["code"]), made.text
        again = await client.post(f"/api/v1/{path}", json=body, headers=boss)
        assert (again.status_code, again.json()["code"]) == (409, "code-taken")
    database.forget("markets.atlas")
    for path, body in STEPS:
        listed = (await client.get(f"/api/v1/{path}", headers=boss)).json()["items"]
        mine = next(item for item in listed if item["code"] == body["code"])
        kept = [name for name in body if name in mine and name not in {"name", "address"}]
        assert [mine[name] for name in kept] == [body[name] for name in kept]
    sold = (await client.get("/api/v1/channels/fjord-till")).json()
    assert (sold["currency"], sold["store"]) == ("NOK", "fjord-oslo")
    for action, code in (
        ("seller.added", "fjord"),
        ("market.added", "fjord-no"),
        ("location.added", "fjord-shop"),
        ("store.added", "fjord-oslo"),
    ):
        where = "action = %(action)s AND target = %(code)s AND facts ? 'after'"
        assert await count(database, "audit_log", where, action=action, code=code) == 1


@pytest.mark.parametrize("path", WRONG)
async def test_all_wrong_fields_are_named_and_nothing_is_kept(
    client: httpx.AsyncClient, database: Database, boss: dict[str, str], path: str
) -> None:
    changes, fields = WRONG[path]
    body = dict(STEPS)[path] | {"code": "wrong"} | changes
    refused = await client.post(f"/api/v1/{path}", json=body, headers=boss)
    assert refused.status_code == 422, refused.text
    assert {error["field"] for error in refused.json()["errors"]} >= fields
    assert await count(database, path, "code = 'wrong'") == 0


@pytest.mark.parametrize("path", WRONG)
async def test_a_field_that_nobody_knows_is_refused_inside_the_address_too(
    client: httpx.AsyncClient, boss: dict[str, str], path: str
) -> None:
    body = dict(STEPS)[path] | {"code": "odd"}
    sent = [body | {"colour": "red"}]
    if "address" in body:
        sent.append(body | {"address": ADDRESS | {"planet": "Earth"}})
    for odd in sent:
        assert (await client.post(f"/api/v1/{path}", json=odd, headers=boss)).status_code in {400, 422}


@pytest.mark.parametrize("path", WRONG)
async def test_only_who_may_change_channels_enters_anything(
    client: httpx.AsyncClient, database: Database, path: str
) -> None:
    staff = await database.run(add_staff)
    clerk = header((await bearer(database, ActorKind.staff, staff.id)).token)
    body = dict(STEPS)[path] | {"code": "mine"}
    assert (await client.post(f"/api/v1/{path}", json=body)).status_code == 401
    assert (await client.post(f"/api/v1/{path}", json=body, headers=clerk)).status_code == 403
    assert await count(database, path, "code = 'mine'") == 0


CHANGES: dict[str, tuple[str, dict[str, Any], dict[str, Any], set[str]]] = {
    "sellers": (
        "fjord",
        {"legal_name": "Fjord Handel AS"},
        {"registration_number": "1", "legal_name": " "},
        {"registration_number", "legal_name"},
    ),
    "markets": (
        "fjord-no",
        {"languages": ["nb", "en", "sv"]},
        {"countries": ["XX"], "seller": "nobody"},
        {"countries.0", "seller"},
    ),
    "locations": (
        "fjord-shop",
        {"name": "Fjord Oslo sentrum"},
        {"time_zone": "Mars", "name": " "},
        {"time_zone", "name"},
    ),
    "stores": (
        "fjord-oslo",
        {"opening_hours": [{"weekday": 6, "opens": "10:00", "closes": "16:00"}], "phone": "+47 22 00 00 01"},
        {"opening_hours": [{"weekday": 8, "opens": "9", "closes": "10:00"}]},
        {"opening_hours.0.weekday"},
    ),
}
STAY = {
    "sellers": {"code": "other"},
    "markets": {"currency": "SEK"},
    "locations": {"kind": "warehouse"},
    "stores": {"location": "fjord-shop"},
}


@pytest.mark.parametrize("path", CHANGES)
async def test_a_change_is_kept_told_and_written_down_once_and_a_stale_or_wrong_one_is_not(
    client: httpx.AsyncClient, database: Database, boss: dict[str, str], path: str
) -> None:
    code, change, wrong, fields = CHANGES[path]
    for where, body in STEPS:
        await client.post(f"/api/v1/{where}", json=body, headers=boss)
    there = f"/api/v1/{path}/{code}"

    async def traces() -> int:
        thing = path.removesuffix("s")
        rows = await database.read(
            lambda tx: tx.one(
                int,
                "SELECT (SELECT count(*) FROM audit_log WHERE action = %(a)s)"
                " + (SELECT count(*) FROM outbox WHERE type = %(a)s)",
                a=f"{thing}.changed",
            )
        )
        return rows

    changed = await client.patch(there, json={**change, "version": 1}, headers=boss)
    assert changed.status_code == 200, changed.text
    told = changed.json()
    assert (told["version"], {name: told[name] for name in change}) == (2, change)
    assert await traces() == 2
    again = await client.patch(there, json=change, headers=boss)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    stale = await client.patch(there, json={**wrong, "version": 1}, headers=boss)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-version")
    refused = await client.patch(there, json=wrong, headers=boss)
    assert {problem["field"] for problem in refused.json()["errors"]} == fields, refused.text
    for what in (STAY[path], {"nonsense": 1}):
        assert (await client.patch(there, json=what, headers=boss)).status_code == 422
    assert (await client.patch(f"/api/v1/{path}/nobody", json=change, headers=boss)).status_code == 404
    assert (await client.patch(there, json=change)).status_code == 401
    assert await traces() == 2


async def test_opening_changing_and_closing_a_channel_is_written_down(
    client: httpx.AsyncClient, database: Database, boss: dict[str, str]
) -> None:
    for where, body in STEPS:
        await client.post(f"/api/v1/{where}", json=body, headers=boss)
    there = "/api/v1/channels/fjord-till"
    await client.patch(there, json={"name": "Till 1"}, headers=boss)
    await client.post(f"{there}/close", json={}, headers=boss)
    await client.post(f"{there}/reopen", json={}, headers=boss)
    seen = await client.get("/api/v1/audit?limit=100", headers=boss)
    actions = [row["action"] for row in seen.json()["items"] if row["action"].startswith("channel.")]
    assert actions == ["channel.reopened", "channel.closed", "channel.changed", "channel.opened"]
