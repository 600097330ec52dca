"""What a shop says of bundles, backorders and pre-orders is what becomes of them, from the list to the parcel."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest_asyncio
from tests.conftest import NOON, settle
from tests.kernel.people import add_key, header
from tests.stories.buying import call, in_stock
from tests.stories.saying_no import lying, web_order

from torg.inventory import verify
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.settings import Settings

NEXT_WEEK = NOON.date() + timedelta(days=7)
RIGHTS = (
    "catalog:read",
    "catalog:write",
    "stock:read",
    "stock:adjust",
    "fulfilment:read",
    "fulfilment:write",
    "orders:read",
    "audit:read",
)


@pytest_asyncio.fixture
async def staff(world: Database) -> dict[str, str]:
    """A program that may do what these stories need."""
    return header((await world.run(lambda tx: add_key(tx, *RIGHTS))).secret)


async def variant_of(shop: httpx.AsyncClient, staff: dict[str, str], variant: str) -> tuple[str, Any]:
    """The path of a variant, and its product as staff see it."""
    page = await call(shop, "GET", "/catalog/products?limit=100", headers=staff)
    for line in page["items"]:
        product = await call(shop, "GET", f"/catalog/products/{line['id']}", headers=staff)
        if any(one["id"] == variant for one in product["variants"]):
            return f"/catalog/products/{product['id']}/variants/{variant}", product
    raise LookupError(variant)


async def changed(
    shop: httpx.AsyncClient, world: Database, staff: dict[str, str], variant: str, **to: Any
) -> Any:
    path, product = await variant_of(shop, staff, variant)
    body = {"version": product["version"], **to}
    answer = await call(shop, "PATCH", path, json=body, headers=staff)
    world.forget("catalog.specials")
    return answer


async def on_page(shop: httpx.AsyncClient, variant: str) -> tuple[Any, Any]:
    """The variant as the web shop's list and as its product's page show it."""
    page = await call(shop, "GET", "/channels/web-no/products?limit=100")
    for product in page["items"]:
        for listed in product["variants"]:
            if listed["id"] == variant:
                detail = await call(shop, "GET", f"/channels/web-no/products/{product['id']}")
                return listed, next(one for one in detail["variants"] if one["id"] == variant)
    raise LookupError(variant)


async def work_of(shop: httpx.AsyncClient, staff: dict[str, str], order: str) -> list[Any]:
    page = await call(shop, "GET", "/fulfilments?location=lager-oslo&limit=100", headers=staff)
    return [one for one in page["items"] if one["order"] == order]


async def three(shop: httpx.AsyncClient) -> list[str]:
    """Variants of three products."""
    page = await call(shop, "GET", "/channels/web-no/products?limit=100")
    known = set(await in_stock(shop, "web-no"))
    found = [next((v["id"] for v in p["variants"] if v["id"] in known), None) for p in page["items"]]
    return [variant for variant in found if variant][:3]


async def test_a_bundle_is_bought_as_one_line_and_sent_as_its_components(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, staff: dict[str, str]
) -> None:
    bundle, kettle, cup = await three(shop)
    await lying(world, kettle, lager=3)
    await lying(world, cup, lager=9)
    parts = [{"variant": kettle, "quantity": 1}, {"variant": cup, "quantity": 4}]
    product = await changed(shop, world, staff, bundle, components=parts)
    assert next(v for v in product["variants"] if v["id"] == bundle)["components"] == parts
    listed, shown = await on_page(shop, bundle)
    assert listed["availability"] == "low"
    assert {row["location"]: row["sellable"] for row in shown["stock"]}["lager-oslo"] == 2
    assert [(one["id"], one["quantity"]) for one in shown["components"]] == [(kettle, 1), (cup, 4)]

    order, token = await web_order(shop, world, world_settings, {bundle: 2})
    (line,) = order["lines"]
    assert (line["variant"], line["quantity"], line["promised"]) == (bundle, 2, None)
    assert [(one["variant"], one["quantity"]) for one in line["components"]] == [(kettle, 1), (cup, 4)]
    (work,) = await work_of(shop, staff, order["id"])
    assert sorted((one["variant"], one["quantity"]) for one in work["lines"]) == sorted(
        [(kettle, 2), (cup, 8)]
    )
    path = f"/orders/{order['id']}/fulfilments/{work['id']}/parcels"
    await call(shop, "POST", path, json={"carrier": "Bring"}, headers=staff, status=201)
    await settle(world, world_settings)
    after = await call(shop, "GET", f"/orders/{order['id']}", headers=token)
    assert [(one["quantity"], one["gone"]) for one in after["lines"]] == [(2, 2)]
    assert [one["units"] for one in after["fulfilments"]] == [{line["id"]: 2}]
    assert (await on_page(shop, bundle))[0]["availability"] == "out"
    assert await world.run(lambda tx: verify(tx, by=SYSTEM)) == []

    for wrong, code in (
        ([{"variant": bundle, "quantity": 1}], "bundle-in-bundle"),
        ([{"variant": kettle, "quantity": 1}, {"variant": kettle, "quantity": 2}], "invalid"),
        ([{"variant": "var_" + "0" * 32, "quantity": 1}], "invalid"),
    ):
        path, product = await variant_of(shop, staff, bundle)
        body = {"version": product["version"], "components": wrong}
        refused = await shop.patch(f"/api/v1{path}", json=body, headers=staff)
        assert refused.json()["code"] == code, refused.text
    path, product = await variant_of(shop, staff, kettle)
    body = {"version": product["version"], "components": [{"variant": cup, "quantity": 1}]}
    refused = await shop.patch(f"/api/v1{path}", json=body, headers=staff)
    assert refused.json()["code"] == "bundle-in-bundle", refused.text
    await changed(shop, world, staff, bundle, components=[])


async def test_a_backorder_says_its_day_everywhere_and_waits_until_the_goods_are_there(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, staff: dict[str, str]
) -> None:
    variant = (await three(shop))[1]
    await lying(world, variant)
    path = f"/stock/levels/{variant}/lager-oslo"
    level = await call(shop, "GET", path, headers=staff)
    body = {"buffer": 0, "backorder": 4, "expected": NEXT_WEEK.isoformat(), "version": level["planned"]}
    planned = await call(shop, "PUT", f"{path}/plan", json=body, headers=staff)
    assert (planned["expected"], planned["planned"]) == (NEXT_WEEK.isoformat(), level["planned"] + 1)
    stale = await shop.put(f"/api/v1{path}/plan", json=body, headers=staff)
    assert stale.status_code == 409, stale.text
    log = await call(shop, "GET", "/audit?action=stock.planned", headers=staff)
    assert log["items"][0]["facts"]["backorder"] == 4
    listed, shown = await on_page(shop, variant)
    assert (listed["availability"], listed["expected"]) == ("backorder", NEXT_WEEK.isoformat())
    row = next(row for row in shown["stock"] if row["location"] == "lager-oslo")
    assert (row["sellable"], row["late"], row["availability"]) == (4, 4, "backorder")
    assert row["expected"] == shown["expected"] == NEXT_WEEK.isoformat()

    order, _ = await web_order(shop, world, world_settings, {variant: 3})
    (line,) = order["lines"]
    assert (line["promised"], line["expected"]) == ("backorder", NEXT_WEEK.isoformat())
    assert date.fromisoformat(order["deliveries"][0]["earliest"]) > NEXT_WEEK
    (work,) = await work_of(shop, staff, order["id"])
    assert [(one["waits"], one["expected"]) for one in work["lines"]] == [(3, NEXT_WEEK.isoformat())]
    parcel = f"/orders/{order['id']}/fulfilments/{work['id']}/parcels"
    refused = await shop.post(f"/api/v1{parcel}", json={"carrier": "Bring"}, headers=staff)
    assert (refused.status_code, refused.json()["code"]) == (409, "stock-awaited")
    receipt = {"location": "lager-oslo", "document": "DN-1", "lines": [{"variant": variant, "quantity": 3}]}
    await call(shop, "POST", "/stock/receipts", status=201, json=receipt, headers=staff)
    (work,) = await work_of(shop, staff, order["id"])
    assert [one["waits"] for one in work["lines"]] == [0]
    await call(shop, "POST", parcel, json={"carrier": "Bring"}, headers=staff, status=201)
    assert await world.run(lambda tx: verify(tx, by=SYSTEM)) == []


async def test_before_its_day_of_release_a_variant_is_sold_as_a_pre_order(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, staff: dict[str, str]
) -> None:
    variant = (await three(shop))[2]
    await lying(world, variant, lager=5)
    out = NOON.date() + timedelta(days=4)
    await changed(shop, world, staff, variant, release_on=out.isoformat())
    listed, shown = await on_page(shop, variant)
    assert (listed["availability"], listed["expected"]) == ("preorder", out.isoformat())
    assert shown["availability"] == "preorder"
    order, _ = await web_order(shop, world, world_settings, {variant: 1})
    assert [(one["promised"], one["expected"]) for one in order["lines"]] == [("preorder", out.isoformat())]
    assert date.fromisoformat(order["deliveries"][0]["earliest"]) > out
    (work,) = await work_of(shop, staff, order["id"])
    assert [(one["waits"], one["expected"]) for one in work["lines"]] == [(1, out.isoformat())]
    parcel = f"/orders/{order['id']}/fulfilments/{work['id']}/parcels"
    refused = await shop.post(f"/api/v1{parcel}", json={"carrier": "Bring"}, headers=staff)
    assert refused.json()["code"] == "stock-awaited"
    await changed(shop, world, staff, variant, release_on=None)
