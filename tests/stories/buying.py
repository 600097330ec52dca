"""What the stories of purchases share: calls that must succeed, goods that are there, a cart brought to an order."""

from typing import Any

import httpx

PAID_BY_GATEWAY = {"tender": "gateway", "gateway": "test", "method": "ok"}
OSLO = {
    "country": "NO",
    "name": "Kari Nordmann",
    "street": "Storgata 1",
    "city": "Oslo",
    "postal_code": "0155",
}


async def call(shop: httpx.AsyncClient, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
    """What a call of the API answers; it must answer with this status."""
    answer = await shop.request(method, f"/api/v1{path}", **options)
    assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


async def in_stock(shop: httpx.AsyncClient, channel: str) -> list[str]:
    """Variants that the channel has and sells."""
    page = await call(shop, "GET", f"/channels/{channel}/products?limit=100")
    return [
        variant["id"]
        for product in page["items"]
        for variant in product["variants"]
        if variant["availability"] == "in_stock" and variant["price"]
    ]


async def signed_in(shop: httpx.AsyncClient, email: str) -> dict[str, str]:
    """The header of somebody who has signed in as staff."""
    body = {"email": email, "password": "torg-practice", "transport": "bearer"}
    session = await call(shop, "POST", "/sign-in", json=body)
    return {"Authorization": f"Bearer {session['token']}"}


async def customer_signed_in(shop: httpx.AsyncClient, email: str) -> dict[str, str]:
    """The header of a customer of the practice retailer who has signed in."""
    body = {"email": email, "password": "torg-practice", "transport": "bearer"}
    session = await call(shop, "POST", "/me/sessions", json=body, status=201)
    return {"Authorization": f"Bearer {session['token']}"}


async def shipped(shop: httpx.AsyncClient, path: str, headers: dict[str, str], address: Any) -> Any:
    """The cart with an address and the first way of shipping there."""
    await call(shop, "PUT", f"{path}/address", json={"delivery": address}, headers=headers)
    choices = await call(shop, "GET", f"{path}/delivery-choices", headers=headers)
    method = next(choice["method"] for choice in choices if choice["kind"] == "ship")
    return await call(shop, "PUT", f"{path}/delivery", json={"method": method}, headers=headers)


async def completed(shop: httpx.AsyncClient, cart: Any, headers: dict[str, str], payment: Any = None) -> Any:
    """The order that a cart becomes at the total that it shows, paid through the test gateway if not otherwise."""
    body = {"expected_total": cart["totals"]["gross"], "payment": payment or PAID_BY_GATEWAY}
    return await call(shop, "POST", f"/carts/{cart['id']}/complete", json=body, headers=headers)
