"""Something can be bought from any channel: in the app, on the phone by staff for a customer, in every other kind."""

from typing import Any

import httpx
import pytest
from tests.conftest import settle
from tests.stories.buying import OSLO, call, completed, customer_signed_in, in_stock, shipped, signed_in
from tests.stories.saying_no import lying

from torg.kernel.database import Database
from torg.markets import ChannelKind
from torg.settings import Settings

SINGAPORE = {"country": "SG", "name": "Lim Wei Ming", "street": "12 Tiong Bahru Rd", "postal_code": "160012"}
BY_STAFF = {ChannelKind.till, ChannelKind.phone, ChannelKind.field_sales}


async def test_a_customer_buys_in_the_app_with_gst_in_the_price(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
) -> None:
    wei_ming = await customer_signed_in(shop, "weiming@customers.example")
    first, second, *_ = await in_stock(shop, "app-sg")
    body = {"channel": "app-sg", "lines": [{"variant": first, "quantity": 2}, {"variant": second}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body, headers=wei_ming)
    assert cart["token"] is None  # her account opens it
    cart = await shipped(shop, f"/carts/{cart['id']}", wei_ming, SINGAPORE)
    order = await completed(shop, cart, wei_ming)
    assert (order["state"], order["channel"], order["currency"]) == ("placed", "app-sg", "SGD")
    (gst,) = order["taxes"]
    assert gst["rate"] == 90_000
    assert all(line["tax_included"] and line["tax_rate"] == 90_000 for line in order["lines"])
    assert order["net"]["amount"] + order["tax"]["amount"] == order["total"]["amount"]
    # the tax that is in a price with tax, of goods and delivery, give or take the rounding of each line
    inside = order["total"]["amount"] * 9 / 109
    assert abs(order["tax"]["amount"] - inside) <= len(order["lines"]) + len(order["deliveries"])
    await settle(world, world_settings)
    (mine,) = (await call(shop, "GET", "/me/orders", headers=wei_ming))["items"]
    assert (mine["id"], mine["channel"], mine["total"]) == (order["id"], "app-sg", order["total"])
    mails = (await shop.get("/mailbox", params={"to": "weiming@customers.example"})).text
    assert order["number"] in mails


async def test_what_a_store_has_is_carried_out_and_what_it_has_not_is_sent_from_where_it_is(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
) -> None:
    staff = await signed_in(shop, "staff.oslo@torg.example")
    variant = (await in_stock(shop, "till-oslo"))[0]
    await lying(world, variant, oslo=1, bergen=1, lager=5)
    body = {"channel": "till-oslo", "lines": [{"variant": variant, "intent": "carry_out"}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body, headers=staff)
    path = f"/carts/{cart['id']}"
    more = {"variant": variant, "quantity": 2}
    cart = await call(
        shop, "POST", f"{path}/lines", status=201, json=more | {"intent": "carry_out"}, headers=staff
    )
    (line,) = cart["lines"]
    assert cart["missing"][0]["code"] == "out-of-stock"  # the others are not in this store
    await call(shop, "PATCH", f"{path}/lines/{line['id']}", json={"quantity": 1}, headers=staff)
    await call(shop, "POST", f"{path}/lines", status=201, json=more | {"intent": "ship"}, headers=staff)
    contact = {"email": "aisle@channels.example", "name": "Guest"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=staff)
    cart = await shipped(shop, path, staff, OSLO)
    order = await completed(shop, cart, staff, {"tender": "cash"})
    await settle(world, world_settings)
    boss = await signed_in(shop, "admin@torg.example")
    (work,) = [
        one
        for one in (await call(shop, "GET", "/fulfilments?limit=100", headers=boss))["items"]
        if one["order"] == order["id"]
    ]
    assert (work["kind"], work["location"], work["lines"][0]["quantity"]) == ("ship", "lager-oslo", 2)
    at_store = await call(shop, "GET", f"/stock/levels/{variant}/oslo", headers=staff)
    assert (at_store["on_hand"], at_store["available"]) == (0, 0)


async def test_staff_take_an_order_on_the_phone_from_somebody_without_an_account(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
) -> None:
    service = await signed_in(shop, "service@torg.example")
    variant = (await in_stock(shop, "phone-no"))[0]
    body = {"channel": "phone-no", "language": "nb", "lines": [{"variant": variant}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body, headers=service)
    path = f"/carts/{cart['id']}"
    contact = {"name": "Guro Vik", "phone": "22 33 44 55", "email": "guro@phone.example"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=service)
    cart = await shipped(shop, path, service, {**OSLO, "name": "Guro Vik"})
    order = await completed(shop, cart, service)
    assert (order["state"], order["channel"], order["customer"]) == ("placed", "phone-no", None)
    assert (order["name"], order["phone"], order["language"]) == ("Guro Vik", "+4722334455", "nb")
    await settle(world, world_settings)
    assert order["number"] in (await shop.get("/mailbox", params={"to": "guro@phone.example"})).text
    found = await call(shop, "GET", f"/orders?number={order['number']}", headers=service)
    assert [row["id"] for row in found["items"]] == [order["id"]]


async def test_staff_take_an_order_on_the_phone_for_a_customer_who_finds_it_in_her_account(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
) -> None:
    service = await signed_in(shop, "service@torg.example")
    (kari,) = (await call(shop, "GET", "/customers?query=kari@customers", headers=service))["items"]
    home = (await call(shop, "GET", f"/customers/{kari['id']}/addresses", headers=service))["items"][0][
        "address"
    ]
    variant = (await in_stock(shop, "phone-no"))[0]
    body = {"channel": "phone-no", "language": "en", "lines": [{"variant": variant}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body, headers=service)
    path = f"/carts/{cart['id']}"
    cart = await call(shop, "PUT", f"{path}/customer", json={"customer": kari["id"]}, headers=service)
    assert (cart["customer"], cart["language"]) == (kari["id"], "nb")
    cart = await shipped(shop, path, service, home)
    order = await completed(shop, cart, service)
    assert (order["state"], order["customer"]) == ("placed", kari["id"])
    assert (order["name"], order["email"]) == ("Kari Nordmann", "kari@customers.example")
    await settle(world, world_settings)
    herself = await customer_signed_in(shop, "kari@customers.example")
    mine = (await call(shop, "GET", "/me/orders", headers=herself))["items"]
    assert order["id"] in {row["id"] for row in mine}
    assert (await call(shop, "GET", f"/orders/{order['id']}", headers=herself))["number"] == order["number"]
    somebody_else = await customer_signed_in(shop, "elsa@customers.example")
    await call(shop, "GET", f"/orders/{order['id']}", status=404, headers=somebody_else)


async def test_a_cart_that_has_a_customer_stays_hers_and_only_who_may_read_customers_says_whose_one_is(
    shop: httpx.AsyncClient,
) -> None:
    service = await signed_in(shop, "service@torg.example")
    kari, elsa = [
        (await call(shop, "GET", f"/customers?query={name}@customers", headers=service))["items"][0]["id"]
        for name in ("kari", "elsa")
    ]
    cart = await call(shop, "POST", "/carts", status=201, json={"channel": "phone-no"}, headers=service)
    path = f"/carts/{cart['id']}"
    nobody = {"customer": f"cus_{'0' * 32}"}
    refused = await call(shop, "PUT", f"{path}/customer", status=404, json=nobody, headers=service)
    assert refused["code"] == "unknown-customer"
    stale = {"customer": kari, "version": cart["version"] + 1}
    refused = await call(shop, "PUT", f"{path}/customer", status=409, json=stale, headers=service)
    assert refused["code"] == "stale-version"
    for _ in range(2):
        await call(shop, "PUT", f"{path}/customer", json={"customer": kari}, headers=service)
    refused = await call(
        shop, "PUT", f"{path}/customer", status=409, json={"customer": elsa}, headers=service
    )
    assert refused["code"] == "cart-of-another-customer"
    assert (await call(shop, "GET", path, headers=service))["customer"] == kari
    partner = await signed_in(shop, "service.partner@torg.example")  # her channels: the Nordic web shops
    await call(shop, "PUT", f"{path}/customer", status=404, json={"customer": kari}, headers=partner)
    merchandiser = await signed_in(shop, "merchandiser@torg.example")
    await call(shop, "PUT", f"{path}/customer", status=403, json={"customer": kari}, headers=merchandiser)


@pytest.mark.parametrize(
    "caller", ["visitor", "customer", "staff without the right", "staff of other channels"]
)
async def test_only_staff_with_the_right_in_the_channel_sell_on_the_phone(
    shop: httpx.AsyncClient, caller: str
) -> None:
    headers: dict[str, str] = {}
    if caller == "customer":
        headers = await customer_signed_in(shop, "kari@customers.example")
    elif caller == "staff without the right":
        headers = await signed_in(shop, "merchandiser@torg.example")
    elif caller == "staff of other channels":
        headers = await signed_in(shop, "service.partner@torg.example")
    status = 401 if caller == "visitor" else 403
    await call(shop, "POST", "/carts", status=status, json={"channel": "phone-no"}, headers=headers)


@pytest.mark.parametrize("kind", ChannelKind)
async def test_a_channel_of_any_kind_is_opened_over_the_api_and_sold_through_at_once(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, kind: ChannelKind
) -> None:
    boss = await signed_in(shop, "admin@torg.example")
    code = f"new-{kind.replace('_', '-')}"
    opened: dict[str, Any] = {
        "code": code,
        "kind": kind,
        "name": "A new one",
        "market": "NO",
        "seller": "torg-nordic",
        "locations": ["lager-oslo", "oslo"],
    }
    if kind is ChannelKind.till:
        opened["store"] = "oslo"
    await call(shop, "POST", "/channels", status=201, json=opened, headers=boss)
    world.forget("markets.atlas")
    variant = (await in_stock(shop, code))[0]
    body: dict[str, Any] = {"channel": code, "lines": [{"variant": variant, "intent": "ship"}]}
    if kind in BY_STAFF:
        await call(shop, "POST", "/carts", status=401, json=body)
    cart = await call(shop, "POST", "/carts", status=201, json=body, headers=boss if kind in BY_STAFF else {})
    headers = boss if kind in BY_STAFF else {"Torg-Token": cart["token"]}
    path = f"/carts/{cart['id']}"
    contact = {"email": f"{code}@channels.example", "name": "Guest"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=headers)
    cart = await shipped(shop, path, headers, OSLO)
    order = await completed(shop, cart, headers)
    assert (order["state"], order["channel"], order["total"]) == ("placed", code, cart["totals"]["gross"])
    await settle(world, world_settings)
    (work,) = [
        f
        for f in (await call(shop, "GET", "/fulfilments?limit=100", headers=boss))["items"]
        if f["order"] == order["id"]
    ]
    assert (work["kind"], work["channel"]) == ("ship", code)
