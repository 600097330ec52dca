"""Channels and stores over HTTP: what anybody may know, and what staff may do."""

import httpx
import pytest_asyncio

from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, Vocabulary
from torg.kernel.access.issue_keys import KeyWish, issue_key
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.permissions import Permission

NEW = {
    "code": "popup",
    "kind": "web",
    "name": "Pop-up",
    "market": "NO",
    "seller": "torg-nordic",
    "locations": ["oslo"],
}


async def key(
    database: Database, *permissions: str, channels: tuple[str, ...] | None = None
) -> dict[str, str]:
    """Headers that prove these rights."""
    wish = KeyWish("test", permissions, channels=channels)
    vocabulary = Vocabulary(frozenset(Permission))
    issued = await database.run(lambda tx: issue_key(tx, wish, vocabulary, by=SYSTEM))
    return {"Authorization": f"Bearer {issued.secret}"}


@pytest_asyncio.fixture
async def headers(database: Database) -> dict[str, str]:
    """Headers that prove the rights to read and change channels."""
    await database.run(demo.fill)
    return await key(database, Permission.channels_read.value, Permission.channels_write.value)


async def test_a_client_learns_what_it_needs_of_a_channel(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    found = await client.get("/api/v1/channels/web-jp", headers={"Accept-Language": "de"})
    assert found.json() == {
        "code": "web-jp",
        "kind": "web",
        "market": "JP",
        "market_name": "Japan",
        "currency": "JPY",
        "countries": ["JP"],
        "languages": ["ja", "en"],
        "tax_display": "including",
        "store": None,
        "guest_checkout": True,
    }
    missing = await client.get("/api/v1/channels/nowhere", headers={"Accept-Language": "ja"})
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown-channel")
    assert missing.json()["detail"] == "販売チャネル「nowhere」は存在しません。"


async def test_stores_tell_whether_they_are_open_now_on_their_own_clock(
    client: httpx.AsyncClient, headers: dict[str, str], clock: FixedClock
) -> None:
    stores = (await client.get("/api/v1/stores", headers={"Accept-Language": "ja"})).json()["items"]
    state = {store["code"]: store["open_now"] for store in stores}  # Friday noon in Greenwich
    assert state == {
        "oslo": True,
        "bergen": True,
        "stockholm": True,
        "berlin": True,
        "goteborg": True,
        "kobenhavn": True,
        "aarhus": True,
        "hamburg": True,
        "london": True,
        "new-york": False,
        "tokyo": False,
        "singapore": True,
    }
    tokyo = next(store for store in stores if store["code"] == "tokyo")
    assert (tokyo["name"], tokyo["until"]) == ("Torg 東京", "2026-11-21T01:00:00Z")
    clock.move(hours=3)
    york = (await client.get("/api/v1/stores/new-york")).json()
    assert (york["open_now"], york["until"]) == (True, "2026-11-21T01:00:00Z")
    norway = (await client.get("/api/v1/stores?market=NO")).json()["items"]
    assert [store["code"] for store in norway] == ["bergen", "oslo"]
    assert (await client.get("/api/v1/stores?market=XX")).status_code == 404
    assert (await client.get("/api/v1/stores/moon")).status_code == 404


async def test_staff_open_change_close_and_reopen_a_channel(
    client: httpx.AsyncClient, database: Database, headers: dict[str, str]
) -> None:
    made = await client.post("/api/v1/channels", json=NEW, headers=headers)
    assert (made.status_code, made.json()["version"], made.json()["active"]) == (201, 1, True)
    patch = {"settings": {"guest_checkout": False}, "version": 1}
    changed = await client.patch("/api/v1/channels/popup", json=patch, headers=headers)
    assert changed.json()["settings"]["guest_checkout"] is False
    stale = await client.patch("/api/v1/channels/popup", json={"name": "x", "version": 1}, headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-version")
    closed = await client.post("/api/v1/channels/popup/close", json={"version": 2}, headers=headers)
    assert closed.json()["active"] is False
    database.forget("markets.atlas")
    gone = await client.get("/api/v1/channels/popup")
    assert (gone.status_code, gone.json()["code"]) == (409, "channel-closed")
    opened = await client.post("/api/v1/channels/popup/reopen", json={}, headers=headers)
    assert (opened.json()["active"], opened.json()["version"]) == (True, 4)
    database.forget("markets.atlas")
    read = await client.get("/api/v1/channels/popup/configuration", headers=headers)
    assert read.json() == opened.json()


async def test_a_wrong_channel_is_refused_with_every_field(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    wrong = NEW | {"code": "wrong", "kind": "till", "market": "XX", "locations": ["moon"]}
    refused = await client.post("/api/v1/channels", json=wrong, headers=headers | {"Accept-Language": "sv"})
    assert refused.status_code == 422
    assert {error["field"]: error["message"] for error in refused.json()["errors"]} == {
        "market": "Det finns ingen sådan marknad.",
        "store": "En kassa står i en butik: ange vilken.",
        "locations.0": "Det finns ingen sådan lagerplats.",
    }
    malformed = {"code": "a b", "kind": "shop", "settings": {"cart_hold": {"minutes": -1}, "x": 1}}
    refused = await client.post("/api/v1/channels", json=malformed, headers=headers)
    assert {error["field"] for error in refused.json()["errors"]} >= {
        "code",
        "kind",
        "name",
        "market",
        "seller",
    }
    assert (await client.get("/api/v1/channels/wrong")).status_code == 404


async def test_rights_are_needed_and_reach_no_further_than_their_channel(
    client: httpx.AsyncClient, database: Database, headers: dict[str, str]
) -> None:
    for path in ("channels", "markets", "sellers", "locations", "channels/web-no/configuration"):
        assert (await client.get(f"/api/v1/{path}")).status_code == 401
        assert (await client.get(f"/api/v1/{path}", headers=headers)).status_code == 200
    norway = await key(database, *headers_of_channels(), channels=("web-no",))
    listed = (await client.get("/api/v1/channels", headers=norway)).json()["items"]
    assert [channel["code"] for channel in listed] == ["web-no"]
    refused = await client.patch("/api/v1/channels/web-se", json={"name": "Mine"}, headers=norway)
    assert refused.status_code == 403
    other = await client.get("/api/v1/channels/web-se/configuration", headers=norway)
    assert other.status_code == 403


def headers_of_channels() -> tuple[str, str]:
    return Permission.channels_read.value, Permission.channels_write.value
