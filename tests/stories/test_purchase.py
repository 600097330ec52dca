"""From an empty cart to goods in the customer's hands, over the public API, in several channels and countries."""

from typing import Any

import httpx
import pytest
from tests.conftest import settle

from torg.kernel.database import Database
from torg.settings import Settings

ADDRESSES: dict[str, dict[str, Any]] = {
    "web-no": {
        "country": "NO",
        "name": "Kari Nordmann",
        "street": "Storgata 1",
        "city": "Oslo",
        "postal_code": "0155",
    },
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


async def call(shop: httpx.AsyncClient, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
    answer = await shop.request(method, f"/api/v1{path}", **options)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def in_stock(shop: httpx.AsyncClient, channel: str) -> list[str]:
    page = await call(shop, "GET", f"/channels/{channel}/products?limit=100")
    return [
        variant["id"]
        for product in page["items"]
        for variant in product["variants"]
        if variant["availability"] == "in_stock" and variant["price"]
    ]


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
    await call(shop, "PUT", f"{path}/address", json={"delivery": ADDRESSES[channel]}, headers=token)
    choices = await call(shop, "GET", f"{path}/delivery-choices", headers=token)
    chosen = next(choice for choice in choices if choice["kind"] == "ship")
    cart = await call(shop, "PUT", f"{path}/delivery", json={"method": chosen["method"]}, headers=token)
    total = cart["totals"]["gross"]
    body = {"expected_total": total, "payment": {"tender": "gateway", "gateway": "test", "method": "ok"}}
    order = await call(shop, "POST", f"{path}/complete", json=body, headers=token)
    assert order["state"] == "placed" and order["number"]
    assert order["total"] == total
    again = await call(shop, "POST", f"{path}/complete", json=body, headers=token)
    assert (again["id"], again["number"]) == (order["id"], order["number"])
    await settle(world, world_settings)
    read = await call(shop, "GET", f"/orders/{order['id']}", headers=token)
    assert read["number"] == order["number"]
    mails = (await shop.get("/mailbox", params={"to": contact["email"]})).text
    assert order["number"] in mails
    assert (await shop.get(f"/api/v1/orders/{order['id']}")).status_code in {401, 404}
