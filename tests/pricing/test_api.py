"""Prices over HTTP, with the keys of programs that may read and write them."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest_asyncio
from tests.pricing.conftest import make_variants

from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, Vocabulary
from torg.kernel.access.issue_keys import KeyWish, issue_key
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id, public
from torg.permissions import Permission

READ, WRITE = Permission.prices_read.value, Permission.prices_write.value
NORWAY = {"code": "norway", "name": "Norway", "currency": "NOK", "tax_included": True, "market": "NO"}
POST = {
    "code": "no-post",
    "name": "Post",
    "method": "post",
    "market": "NO",
    "countries": ["NO"],
    "steps": [{"amount": {"amount": 9900, "currency": "NOK"}, "up_to_g": 2000}],
    "free_from": {"amount": 100_000, "currency": "NOK"},
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
async def variants(database: Database) -> AsyncIterator[list[UUID]]:
    """Two variants of food, in a database with the practice retailer's markets."""

    async def fill(tx: Transaction) -> list[UUID]:
        await demo.fill(tx)
        return await make_variants(tx, 2, "food", prefix=f"API-{new_id().hex[-6:]}".upper())

    yield await database.run(fill)


def money(amount: int, currency: str = "NOK") -> dict[str, object]:
    return {"amount": amount, "currency": currency}


async def test_prices_are_set_read_explained_and_kept(
    client: httpx.AsyncClient, database: Database, variants: list[UUID]
) -> None:
    headers = await key(database, READ, WRITE)
    made = await client.post("/api/v1/price-lists", json=NORWAY, headers=headers)
    assert (made.status_code, made.json()["version"]) == (201, 1)
    ids = [public("var", variant) for variant in variants]
    body = {"prices": [{"variant_id": id, "amount": money(14_900)} for id in ids]}
    put = await client.put("/api/v1/price-lists/norway/prices", json=body, headers=headers)
    assert put.status_code == 200, put.text
    assert [price["amount"] for price in put.json()["prices"]] == [money(14_900)] * 2
    page = (await client.get("/api/v1/price-lists/norway/prices?limit=1", headers=headers)).json()
    rest = await client.get(f"/api/v1/price-lists/norway/prices?cursor={page['next']}", headers=headers)
    assert {price["variant_id"] for price in (*page["items"], *rest.json()["items"])} == set(ids)
    assert rest.json()["next"] is None
    check = await client.get(
        f"/api/v1/price-check?channel=web-no&variant_id={ids[0]}", headers=headers | {"Accept-Language": "nb"}
    )
    told = check.json()
    assert (told["unit"], told["tax_rate"], told["tax_name"]) == (money(14_900), 150_000, "MVA")
    assert told["trace"][0]["text"].startswith("149,00\u00a0kr i prislisten norway")
    assert told["trace"][1]["text"].startswith("MVA 15\u00a0% i Norge")
    history = (await client.get(f"/api/v1/variants/{ids[0]}/price-history", headers=headers)).json()
    assert [line["amount"] for line in history["items"]] == [money(14_900)]


async def test_a_repeated_bulk_change_runs_once(
    client: httpx.AsyncClient, database: Database, variants: list[UUID]
) -> None:
    headers = await key(database, READ, WRITE) | {"Idempotency-Key": f"once-{new_id().hex}"}
    await client.post(
        "/api/v1/price-lists", json=NORWAY | {"code": "once"}, headers=await key(database, WRITE)
    )
    body = {"prices": [{"variant_id": public("var", variants[0]), "amount": money(5)}]}
    first = await client.put("/api/v1/price-lists/once/prices", json=body, headers=headers)
    again = await client.put("/api/v1/price-lists/once/prices", json=body, headers=headers)
    assert first.json() == again.json()
    page = (await client.get("/api/v1/price-lists/once/prices", headers=headers)).json()
    assert len(page["items"]) == 1


async def test_wrong_bodies_are_refused_with_every_field_and_nothing_is_set(
    client: httpx.AsyncClient, database: Database, variants: list[UUID]
) -> None:
    headers = await key(database, READ, WRITE)
    await client.post("/api/v1/price-lists", json=NORWAY | {"code": "wrong"}, headers=headers)
    body = {
        "prices": [
            {"variant_id": "var_1", "amount": money(1)},
            {"variant_id": public("var", variants[0]), "amount": {"amount": 1.5, "currency": "NOK"}},
        ]
    }
    refused = await client.put("/api/v1/price-lists/wrong/prices", json=body, headers=headers)
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json()["errors"]} == {
        "prices.0.variant_id",
        "prices.1.amount.amount",
    }
    foreign = {"prices": [{"variant_id": public("var", variants[0]), "amount": money(1, "SEK")}]}
    refused = await client.put(
        "/api/v1/price-lists/wrong/prices", json=foreign, headers=headers | {"Accept-Language": "de"}
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["message"] == "Die Preisliste hat eine andere Währung."
    page = (await client.get("/api/v1/price-lists/wrong/prices", headers=headers)).json()
    assert page["items"] == []


async def test_without_the_right_nothing_is_read_or_changed(
    client: httpx.AsyncClient, database: Database, variants: list[UUID]
) -> None:
    reader = await key(database, READ)
    assert (await client.get("/api/v1/price-lists")).status_code == 401
    refused = await client.post("/api/v1/price-lists", json=NORWAY | {"code": "mine"}, headers=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "right-missing")
    assert (await client.get("/api/v1/price-lists/mine", headers=reader)).status_code == 404


async def test_tax_rates_are_read_with_their_law(
    client: httpx.AsyncClient, database: Database, variants: list[UUID]
) -> None:
    headers = await key(database, READ)
    found = (await client.get("/api/v1/tax-rates?country=US", headers=headers)).json()["items"]
    assert {rate["rate"] for rate in found} == {88_750, 0}
    clothing = next(rate for rate in found if rate["classes"] == ["clothing"])
    assert clothing["below"] == money(11_000, "USD")
    assert "1115" in clothing["law"]


async def test_delivery_rates_are_added_changed_and_read(
    client: httpx.AsyncClient, database: Database, variants: list[UUID]
) -> None:
    headers = await key(database, READ, WRITE)
    made = await client.post("/api/v1/delivery-rates", json=POST, headers=headers)
    assert made.status_code == 201, made.text
    assert made.json()["steps"] == POST["steps"]
    free = {"free_from": money(50_000), "version": 1}
    changed = await client.patch("/api/v1/delivery-rates/no-post", json=free, headers=headers)
    assert (changed.json()["free_from"], changed.json()["version"]) == (money(50_000), 2)
    stale = await client.patch(
        "/api/v1/delivery-rates/no-post", json=free | {"name": "Other"}, headers=headers
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-version")
    foreign = {"steps": [{"amount": money(1, "SEK")}]}
    refused = await client.patch("/api/v1/delivery-rates/no-post", json=foreign, headers=headers)
    assert refused.json()["errors"][0]["code"] == "not-the-markets-currency"
    (kept,) = (await client.get("/api/v1/delivery-rates", headers=headers)).json()["items"]
    assert (kept["steps"], kept["version"]) == (POST["steps"], 2)
