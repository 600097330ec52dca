"""From an empty cart to goods in the customer's hands, over the public API, in several channels and countries."""

import re
from typing import Any

import httpx
import pytest
from tests.conftest import settle
from tests.kernel.people import add_key, header
from tests.stories.buying import OSLO, PAID_BY_GATEWAY, call, completed, in_stock, shipped, signed_in

from torg.kernel import ids
from torg.kernel.database import Database
from torg.settings import Settings

RIGHTS = ("orders:read", "orders:cancel")
ADDRESSES: dict[str, dict[str, Any]] = {
    "web-no": OSLO,
    "web-jp": {
        "country": "JP",
        "name": "山田花子",
        "street": "千代田区千代田1-1",
        "region": "東京都",
        "postal_code": "100-0001",
    },
    "web-de": {
        "country": "DE",
        "name": "Eva Muster",
        "street": "Hauptstraße 5",
        "city": "Berlin",
        "postal_code": "10115",
    },
    "web-us": {
        "country": "US",
        "name": "Jo Doe",
        "street": "350 5th Ave",
        "city": "New York",
        "region": "NY",
        "postal_code": "10118",
    },
}


@pytest.mark.parametrize("channel", ADDRESSES)
async def test_a_guest_buys_two_lines_and_has_them_shipped(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, channel: str
) -> None:
    first, second, *_ = await in_stock(shop, channel)
    cart = await call(shop, "POST", "/carts", status=201, json={"channel": channel})
    token = {"Torg-Token": cart["token"]}
    path = f"/carts/{cart['id']}"
    await call(
        shop, "POST", f"{path}/lines", status=201, json={"variant": first, "quantity": 2}, headers=token
    )
    await call(shop, "POST", f"{path}/lines", status=201, json={"variant": second}, headers=token)
    contact = {"email": f"guest@{channel}.example", "name": "Guest"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=token)
    cart = await shipped(shop, path, token, ADDRESSES[channel])
    order = await completed(shop, cart, token)
    assert order["state"] == "placed" and order["number"]
    assert order["total"] == cart["totals"]["gross"]
    again = await completed(shop, cart, token)
    assert (again["id"], again["number"]) == (order["id"], order["number"])
    await settle(world, world_settings)
    read = await call(shop, "GET", f"/orders/{order['id']}", headers=token)
    assert read["number"] == order["number"]
    mails = (await shop.get("/mailbox", params={"to": contact["email"]})).text
    assert order["number"] in mails
    assert (await shop.get(f"/api/v1/orders/{order['id']}")).status_code in {401, 404}


@pytest.mark.parametrize("store", ["oslo", "berlin"])
async def test_a_till_sells_for_cash_and_the_goods_are_carried_out(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, store: str
) -> None:
    staff = await signed_in(shop, f"staff.{store}@torg.example")
    variant = (await in_stock(shop, f"till-{store}"))[0]
    before = await call(shop, "GET", f"/stock/levels/{variant}/{store}", headers=staff)
    lines = [{"variant": variant, "quantity": 1, "intent": "carry_out"}]
    body = {"channel": f"till-{store}", "lines": lines}
    cart = await call(shop, "POST", "/carts", status=201, json=body, headers=staff)
    order = await completed(shop, cart, staff, {"tender": "cash"})
    assert order["state"] == "placed" and order["store"] == store
    await settle(world, world_settings)
    after = await call(shop, "GET", f"/stock/levels/{variant}/{store}", headers=staff)
    assert after["on_hand"] == before["on_hand"] - 1


async def test_a_cart_begun_on_the_web_is_finished_in_the_app_and_collected_in_the_store(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
) -> None:
    variant = (await in_stock(shop, "web-no"))[0]
    body = {"channel": "web-no", "lines": [{"variant": variant}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body)
    phone = {"Torg-Token": cart["token"], "Torg-Channel": "agent-no"}
    path = f"/carts/{cart['id']}"
    contact = {"email": "pick@up.example", "name": "Ola"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=phone)
    choices = await call(shop, "GET", f"{path}/delivery-choices", headers=phone)
    pick_up = next(choice for choice in choices if choice["kind"] == "pick_up" and choice["store"] == "oslo")
    chosen = {"method": pick_up["method"], "store": pick_up["store"]}
    cart = await call(shop, "PUT", f"{path}/delivery", json=chosen, headers=phone)
    order = await completed(shop, cart, phone)
    await settle(world, world_settings)
    staff = await signed_in(shop, "staff.oslo@torg.example")
    work = await call(shop, "GET", "/fulfilments?location=oslo", headers=staff)
    fulfilment = next(found for found in work["items"] if found["order"] == order["id"])
    assert fulfilment["ready_at"] == order["deliveries"][0]["ready_at"] is not None
    there = f"/orders/{order['id']}/fulfilments/{fulfilment['id']}"
    await call(shop, "POST", f"{there}/ready", headers=staff)
    await settle(world, world_settings)
    inbox = (await shop.get("/mailbox", params={"to": "pick@up.example"})).text
    mails = [await shop.get(f"/mailbox/{id}") for id in re.findall(r"/mailbox/(mai_[0-9a-f]+)", inbox)]
    code = next(found[0] for mail in mails if (found := re.findall(r"\b\d{6}\b", mail.text)))
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    refused = await shop.post(f"/api/v1{there}/collection", headers=staff, json={"code": wrong})
    assert refused.status_code == 409
    await call(shop, "POST", f"{there}/collection", headers=staff, json={"code": code})
    order = await call(shop, "GET", f"/orders/{order['id']}", headers=phone)
    assert order["fulfilments"][0]["state"] == "collected"


async def test_a_total_in_a_currency_that_the_market_does_not_have_is_refused_and_nothing_happens(
    shop: httpx.AsyncClient,
) -> None:
    variant = (await in_stock(shop, "web-no"))[0]
    body = {"channel": "web-no", "lines": [{"variant": variant}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body)
    token, path = {"Torg-Token": cart["token"]}, f"/carts/{cart['id']}"
    contact = {"email": "euro@example.org", "name": "Guest"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=token)
    cart = await shipped(shop, path, token, OSLO)
    gross = cart["totals"]["gross"]
    for wrong in ({**gross, "currency": "EUR"}, {**gross, "amount": -gross["amount"]}):
        paid = {"expected_total": wrong, "payment": PAID_BY_GATEWAY}
        answer = await shop.post(f"/api/v1{path}/complete", json=paid, headers=token)
        assert answer.status_code in {409, 422}, answer.text
    assert (await call(shop, "GET", path, headers=token))["state"] == "open"
    assert (
        await shop.get(f"/api/v1/orders/{cart['id'].replace('crt', 'ord')}", headers=token)
    ).status_code == 404


async def web_order(
    shop: httpx.AsyncClient, world: Database, settings: Settings, kind: str, store: str | None = None
) -> Any:
    """A web order that a store hands over, or that goes out of a store by mail."""
    variants = await in_stock(shop, "web-no")
    if kind == "ship":
        variants = [v for v in variants if await only_in(world, v, "bergen")]
    cart = await call(
        shop, "POST", "/carts", status=201, json={"channel": "web-no", "lines": [{"variant": variants[0]}]}
    )
    token, path = {"Torg-Token": cart["token"]}, f"/carts/{cart['id']}"
    contact = {"email": "store@hands.example", "name": "Ola"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=token)
    if kind == "ship":
        cart = await shipped(shop, path, token, OSLO)
    else:
        choices = await call(shop, "GET", f"{path}/delivery-choices", headers=token)
        method = next(c["method"] for c in choices if c["kind"] == "pick_up" and c["store"] == store)
        chosen = {"method": method, "store": store}
        cart = await call(shop, "PUT", f"{path}/delivery", json=chosen, headers=token)
    order = await completed(shop, cart, token)
    await settle(world, settings)
    return await call(shop, "GET", f"/orders/{order['id']}", headers=token)


async def only_in(world: Database, variant: str, location: str) -> bool:
    """Leave the variant's goods in one location alone; False where it has none there."""
    empty = "UPDATE levels SET buffer = on_hand WHERE variant_id = %(v)s AND location <> %(location)s"
    there = "SELECT on_hand - reserved - allocated > 0 FROM levels WHERE variant_id = %(v)s AND location = %(location)s"
    id = ids.parse("var", variant)
    if not await world.read(lambda tx: tx.find(bool, there, v=id, location=location)):
        return False
    await world.run(lambda tx: tx.execute(empty, v=id, location=location))
    return True


@pytest.mark.parametrize("kind, store", [("pick_up", "oslo"), ("ship", "bergen")])
async def test_staff_read_web_orders_of_which_their_store_hands_over_or_sends_something_and_no_others(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, kind: str, store: str
) -> None:
    order = await web_order(shop, world, world_settings, kind, store)
    assert [(f["kind"], f["store"]) for f in order["fulfilments"]] == [(kind, store)]
    at = {
        place: header((await world.run(lambda tx, p=place: add_key(tx, *RIGHTS, stores=(p,)))).secret)  # type: ignore[misc]  # bound per turn
        for place in ("oslo", "bergen")
    }
    elsewhere = "bergen" if store == "oslo" else "oslo"
    seen = await call(shop, "GET", f"/orders/{order['id']}", headers=at[store])
    assert (seen["number"], seen["lines"]) == (order["number"], order["lines"])
    for filters in ("", f"&number={order['number']}", f"&delivering={store}", "&channel=web-no"):
        found = await call(shop, "GET", f"/orders?limit=100{filters}", headers=at[store])
        assert order["id"] in {row["id"] for row in found["items"]}, filters
    for filters in (f"&delivering={elsewhere}", f"&store={store}", "&channel=till-oslo"):
        found = await call(shop, "GET", f"/orders?limit=100{filters}", headers=at[store])
        assert order["id"] not in {row["id"] for row in found["items"]}, filters
    refused = await call(shop, "GET", f"/orders/{order['id']}", status=404, headers=at[elsewhere])
    assert refused["code"] == "unknown-order"
    for filters in ("", f"&number={order['number']}", f"&delivering={store}"):
        found = await call(shop, "GET", f"/orders?limit=100{filters}", headers=at[elsewhere])
        assert order["id"] not in {row["id"] for row in found["items"]}, filters
    # To read it is not to cancel it: that is for who may in the channel where it was bought.
    await call(
        shop,
        "POST",
        f"/orders/{order['id']}/cancellation",
        status=403,
        json={"reason": "not ours"},
        headers=at[store],
    )
    other_channel = await world.run(lambda tx: add_key(tx, *RIGHTS, stores=(store,), channels=("web-se",)))
    await call(shop, "GET", f"/orders/{order['id']}", status=404, headers=header(other_channel.secret))
