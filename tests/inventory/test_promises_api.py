"""The one call for a page of products: how many where, ready when, brought when, in two statements."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from tests.carts.conftest import Shop
from tests.carts.conftest import retailer as retailer
from tests.inventory.test_api import key

from torg.catalog import Kind
from torg.inventory import plan
from torg.inventory.model import Plan
from torg.inventory.promises.means import CACHED
from torg.inventory.routing.keep import drop_rules, put_place, put_rules
from torg.inventory.routing.model import Rank, RoutingPlace, Rule, RuleSet
from torg.kernel.access import SYSTEM
from torg.kernel.database import TALLY, Database, Transaction
from torg.kernel.ids import new_id, public

PATH = "/api/v1/channels/web-no/availability"
OSLO_CENTRAL = "59.9111,10.7528"
BERGEN_CENTRAL = "60.3894,5.3328"


async def ask(client: httpx.AsyncClient, *variants: UUID, **asked: Any) -> dict[str, Any]:
    headers = asked.pop("headers", None)
    told = await client.get(
        PATH, params={"variants": [public("var", one) for one in variants], **asked}, headers=headers
    )
    assert told.status_code == 200, told.text
    answer: dict[str, Any] = told.json()
    return answer


def by_place(promise: dict[str, Any]) -> dict[str, int]:
    return {place["location"]: place["sellable"] for place in promise["places"]}


async def test_a_variant_is_told_by_place_with_pick_up_times_and_arrivals(
    client: httpx.AsyncClient, retailer: Shop
) -> None:
    variant = await retailer.product(stock={"lager-oslo": 7, "bergen": 1})
    answer = await ask(client, variant, country="NO", postal_code="9008")
    (promise,) = answer["variants"]
    assert promise["variant"] == public("var", variant)
    assert promise["sellable"] == 8
    assert promise["places"] == [
        {"location": "lager-oslo", "store": None, "delivers": True, "sellable": 7},
        {"location": "oslo", "store": "oslo", "delivers": True, "sellable": 0},
        {"location": "bergen", "store": "bergen", "delivers": True, "sellable": 1},
    ]
    # Friday, 13:00 in Oslo: before standard's cut-off, after that of express.
    assert promise["deliveries"] == [
        {"method": "standard", "earliest": "2026-11-26", "latest": "2026-12-01", "sent_from": ["lager-oslo"]},
        {"method": "express", "earliest": "2026-11-24", "latest": "2026-11-24", "sent_from": ["lager-oslo"]},
    ]
    assert promise["pick_ups"] == [
        {"store": "bergen", "method": "pick-up", "ready_at": "2026-11-20T14:00:00+01:00"}
    ]
    more = (await ask(client, variant, quantity=8))["variants"][0]
    assert more["deliveries"][0]["sent_from"] == ["lager-oslo", "bergen"]
    assert more["pick_ups"] == []
    assert (await ask(client, variant, quantity=9))["variants"][0]["deliveries"] == []
    assert (await ask(client, variant, country="DK"))["variants"][0]["deliveries"][0][
        "earliest"
    ] == "2026-11-24"


async def test_the_moment_of_the_order_decides(client: httpx.AsyncClient, retailer: Shop) -> None:
    variant = await retailer.product()
    evening = await ask(client, variant, at="2026-12-23T19:30:00+01:00")
    assert evening["at"] == "2026-12-23T18:30:00Z"
    (promise,) = evening["variants"]
    # Half an hour before the stores close, and on Christmas Eve they open at ten; nobody works on the days after.
    told = {time["store"]: time["ready_at"] for time in promise["pick_ups"]}
    assert told["oslo"] == "2026-12-24T10:30:00+01:00"
    assert promise["deliveries"][0]["earliest"] == "2026-12-29"
    assert (await ask(client, variant, at="2020-01-01T00:00:00Z"))["at"] == "2026-11-20T12:00:00Z"


async def test_the_nearest_stores_come_first(client: httpx.AsyncClient, retailer: Shop) -> None:
    variant = await retailer.product()
    near_bergen = await ask(client, variant, near=BERGEN_CENTRAL)
    told = [(store["code"], store["distance_m"]) for store in near_bergen["stores"]]
    assert [code for code, _ in told] == ["bergen", "oslo"]
    assert 500 < told[0][1] < 900 and 300_000 < told[1][1] < 310_000
    one = await ask(client, variant, near=OSLO_CENTRAL, stores=1)
    assert [(store["code"], store["name"]) for store in one["stores"]] == [("oslo", "Torg Oslo")]
    assert [time["store"] for time in one["variants"][0]["pick_ups"]] == ["oslo"]
    assert set(by_place(one["variants"][0])) == {
        "lager-oslo",
        "oslo",
        "bergen",
    }  # bergen sends for this channel
    listed = (await client.get("/api/v1/stores", params={"near": BERGEN_CENTRAL})).json()["items"]
    assert [store["code"] for store in listed[:2]] == ["bergen", "oslo"]
    assert listed[0]["distance_m"] == told[0][1]
    assert (await client.get("/api/v1/stores")).json()["items"][0]["distance_m"] is None


async def test_exact_numbers_are_for_who_may_read_the_stock_there(
    client: httpx.AsyncClient, database: Database, retailer: Shop
) -> None:
    variant = await retailer.product(stock={"lager-oslo": 70, "oslo": 31, "bergen": 4})

    async def seen(headers: dict[str, str] | None) -> tuple[int, dict[str, int]]:
        (promise,) = (await ask(client, variant, headers=headers))["variants"]
        return promise["sellable"], by_place(promise)

    assert await seen(None) == (20, {"lager-oslo": 20, "oslo": 20, "bergen": 4})
    oslo = await key(database, "stock:read", stores=("oslo",))
    assert await seen(oslo) == (20, {"lager-oslo": 20, "oslo": 31, "bergen": 4})
    assert await seen(await key(database, "stock:read")) == (105, {"lager-oslo": 70, "oslo": 31, "bergen": 4})
    assert (await seen(await key(database, "orders:read")))[0] == 20


async def test_a_store_that_has_promised_its_hour_is_ready_later(
    client: httpx.AsyncClient, database: Database, retailer: Shop
) -> None:
    variant = await retailer.product()
    promise = "INSERT INTO pick_up_promises VALUES ('oslo', %(id)s, '2026-11-20 13:00Z', '2026-11-20 13:10Z')"

    async def fill(tx: Transaction) -> None:
        await put_place(tx, RoutingPlace("oslo", pick_ups_an_hour=1), by=SYSTEM)
        await tx.execute(promise, id=new_id())

    await database.run(fill)
    database.forget(CACHED)
    told = (await ask(client, variant))["variants"][0]["pick_ups"]
    assert {time["store"]: time["ready_at"] for time in told} == {
        "bergen": "2026-11-20T14:00:00+01:00",
        "oslo": "2026-11-20T15:00:00+01:00",
    }
    await database.run(lambda tx: put_place(tx, RoutingPlace("oslo"), by=SYSTEM))


async def test_what_is_expected_is_promised_for_its_day(
    client: httpx.AsyncClient, database: Database, retailer: Shop
) -> None:
    variant = await retailer.product(stock={"lager-oslo": 1})
    later = Plan(backorder=30, expected=date(2026, 12, 7))

    async def expect(tx: Transaction) -> None:
        await plan(tx, variant, "lager-oslo", later, by=SYSTEM)
        await plan(tx, variant, "bergen", later, by=SYSTEM)

    await database.run(expect)
    (one,) = (await ask(client, variant))["variants"]
    assert [(place["location"], place["sellable"], place.get("late", 0)) for place in one["places"]] == [
        ("lager-oslo", 20, 20),
        ("oslo", 0, 0),
        ("bergen", 20, 20),
    ]
    assert {place.get("expected") for place in one["places"]} == {"2026-12-07", None}
    assert one["deliveries"][0]["earliest"] == "2026-11-24"  # the one that is there
    # On Monday the seventh goods come; the store opens at ten and takes an hour.
    assert one["pick_ups"] == [
        {"store": "bergen", "method": "pick-up", "ready_at": "2026-12-07T11:00:00+01:00"}
    ]
    (two,) = (await ask(client, variant, quantity=2))["variants"]
    assert two["deliveries"][0]["earliest"] == "2026-12-09"
    exact = await key(database, "stock:read")
    (seen,) = (await ask(client, variant, headers=exact))["variants"]
    assert [(place["sellable"], place.get("late", 0)) for place in seen["places"]] == [
        (31, 30),
        (0, 0),
        (30, 30),
    ]


async def test_what_the_channel_leaves_to_others_is_not_promised(
    client: httpx.AsyncClient, database: Database, retailer: Shop
) -> None:
    variant = await retailer.product(stock={"oslo": 3})
    kept = Plan(kept={"web-no": 2})
    await database.run(lambda tx: plan(tx, variant, "oslo", kept, by=SYSTEM))
    (promise,) = (await ask(client, variant))["variants"]
    assert by_place(promise)["oslo"] == 1
    (promise,) = (await ask(client, variant, quantity=2))["variants"]
    assert (promise["deliveries"], promise["pick_ups"]) == ([], [])


async def test_arrivals_are_promised_from_where_the_rules_would_send(
    client: httpx.AsyncClient, database: Database, retailer: Shop
) -> None:
    variant = await retailer.product(stock={"lager-oslo": 2, "bergen": 2})
    rules = (Rule("stores first", locations=("bergen",)), Rule("others", ranks=(Rank.listed,)))
    await database.run(lambda tx: put_rules(tx, RuleSet("web-no", rules), by=SYSTEM))
    one, three = [(await ask(client, variant, quantity=q))["variants"][0]["deliveries"] for q in (1, 3)]
    full = RoutingPlace("bergen", orders_a_day=1)
    load = "INSERT INTO routing_loads (location, day, orders) VALUES ('bergen', '2026-11-20', 1)"

    async def fill_up(tx: Transaction) -> None:
        await put_place(tx, full, by=SYSTEM)
        await tx.execute(load)

    await database.run(fill_up)
    others = (await ask(client, variant))["variants"][0]["deliveries"]
    tomorrow = (await ask(client, variant, at="2026-11-21T10:00:00Z"))["variants"][0]["deliveries"]
    await database.run(lambda tx: put_place(tx, RoutingPlace("bergen"), by=SYSTEM))
    await database.run(lambda tx: drop_rules(tx, "web-no", by=SYSTEM))
    assert [arrival["sent_from"] for arrival in others] == [["lager-oslo"], ["lager-oslo"]]
    assert [arrival["sent_from"] for arrival in tomorrow] == [["bergen"], ["bergen"]]
    assert [arrival["sent_from"] for arrival in one] == [["bergen"], ["bergen"]]
    assert three == []  # no rule sends it in two parcels, so nobody is promised that


async def test_products_are_told_with_all_their_variants_and_what_is_not_sold_here_is_left_out(
    client: httpx.AsyncClient, retailer: Shop
) -> None:
    made = [
        await retailer.made(100_00, None, 3, kind, "standard", 300, ("NO",))
        for kind in (Kind.physical, Kind.digital)
    ]
    elsewhere = await retailer.made(100_00, 1_000, 3, Kind.physical, "standard", 300, ("JP",))
    wanted = [public("prd", product.id) for product in (made[1], elsewhere, made[0])]
    told = (await client.get(PATH, params={"products": wanted})).json()["variants"]
    assert [promise["product"] for promise in told] == [wanted[0], wanted[2]]
    digital, physical = told
    assert (digital["sellable"], digital["places"], digital["deliveries"]) == (20, [], [])
    assert physical["sellable"] == 9


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({}, "variants", "one-of-two"),
        ({"variants": ["var_" + "0" * 32], "products": ["prd_" + "0" * 32]}, "variants", "one-of-two"),
        ({"variants": ["var_" + "0" * 32], "near": "91.0,10"}, "near", "out-of-range"),
        ({"variants": ["var_" + "0" * 32], "near": "north"}, "near", None),
        ({"variants": ["var_" + "0" * 32], "at": "2028-01-01T00:00:00Z"}, "at", "out-of-range"),
        ({"variants": ["var_" + "0" * 32], "quantity": 0}, "quantity", None),
    ],
)
async def test_what_cannot_be_answered_is_refused_by_field(
    client: httpx.AsyncClient, retailer: Shop, asked: dict[str, Any], field: str, code: str | None
) -> None:
    refused = await client.get(PATH, params=asked)
    assert refused.status_code == 422
    (problem,) = refused.json()["errors"]
    assert problem["field"] == field and code in {None, problem["code"]}


async def test_an_unknown_or_closed_channel_is_not_there(client: httpx.AsyncClient, retailer: Shop) -> None:
    nowhere = await client.get(PATH.replace("web-no", "nowhere"), params={"variants": ["var_" + "0" * 32]})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown-channel")


@pytest_asyncio.fixture
async def twenty(retailer: Shop) -> AsyncIterator[list[UUID]]:
    yield [await retailer.product() for _ in range(20)]


async def test_a_page_of_twenty_takes_two_statements(
    client: httpx.AsyncClient, retailer: Shop, twenty: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    counted = Transaction._count

    def count(statements: int) -> None:
        if TALLY.get() is not None:
            counts[-1] += statements
        counted(statements)

    monkeypatch.setattr(Transaction, "_count", staticmethod(count))
    for _ in range(4):
        counts.append(0)
        assert len((await ask(client, *twenty, near=OSLO_CENTRAL))["variants"]) == 20
    assert min(counts) == 2, counts  # once a second it is asked besides whether reference data has changed
