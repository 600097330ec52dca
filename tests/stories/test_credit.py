"""Gift cards and store credit over the API: a guest on the web, a customer in the app, staff at a till."""

import re
from typing import Any

import httpx
import pytest
from tests.conftest import settle
from tests.stories.buying import (
    OSLO,
    PAID_BY_GATEWAY,
    call,
    customer_signed_in,
    in_stock,
    shipped,
    signed_in,
)

from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.payments import verify
from torg.settings import Settings

CODE = re.compile(r"(?:[0-9B-Z]{4}-){3}[0-9B-Z]{4}")


async def issued(shop: httpx.AsyncClient, amount: int, **more: Any) -> dict[str, Any]:
    """A gift card that customer service has issued."""
    service = await signed_in(shop, "service@torg.example")
    body = {"amount": {"amount": amount, "currency": "NOK"}, "market": "NO", "reason": "sorry", **more}
    made: dict[str, Any] = await call(shop, "POST", "/gift-cards", status=201, json=body, headers=service)
    return made


async def guests_cart(shop: httpx.AsyncClient) -> tuple[dict[str, Any], dict[str, str]]:
    """A guest's cart that lacks nothing but its payment, and the token that opens it."""
    variant = (await in_stock(shop, "web-no"))[0]
    body = {"channel": "web-no", "lines": [{"variant": variant}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body)
    token = {"Torg-Token": cart["token"]}
    path = f"/carts/{cart['id']}"
    contact = {"name": "Guro Vik", "email": "guro@credit.example"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=token)
    return await shipped(shop, path, token, OSLO), token


async def paid(
    shop: httpx.AsyncClient,
    cart: dict[str, Any],
    headers: dict[str, str],
    *payments: dict[str, Any],
    status: int = 200,
) -> Any:
    body = {"expected_total": cart["totals"]["gross"], "payments": payments}
    return await call(
        shop, "POST", f"/carts/{cart['id']}/complete", status=status, json=body, headers=headers
    )


async def books_agree(shop: httpx.AsyncClient, world: Database) -> None:
    boss = await signed_in(shop, "admin@torg.example")
    books = await call(shop, "GET", "/credit/books", headers=boss)
    assert books["differences"] == []
    assert sum(one["amount"]["amount"] for one in books["sums"] if one["amount"]["currency"] == "NOK") == 0
    assert await world.read(lambda tx: verify(tx, by=SYSTEM)) == []


async def test_a_guest_pays_a_part_with_a_card_and_gets_exactly_that_back(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
) -> None:
    card = await issued(shop, 5_000)
    left = await call(shop, "POST", "/gift-cards/balance", json={"code": card["code"].lower()})
    assert (left["balance"]["amount"], left["usable"]) == (5_000, True)
    cart, token = await guests_cart(shop)
    gift = {"tender": "gift_card", "code": card["code"], "amount": 5_000}
    order = await paid(shop, cart, token, gift, PAID_BY_GATEWAY)
    total = cart["totals"]["gross"]["amount"]
    assert order["state"] == "placed"
    assert [(p["tender"], p["amount"]["amount"], p["last_four"]) for p in order["payments"]] == [
        ("gift_card", 5_000, card["card"]["last_four"]),
        ("gateway", total - 5_000, None),
    ]
    left = await call(shop, "POST", "/gift-cards/balance", json={"code": card["code"]})
    assert left["balance"]["amount"] == 0
    await settle(world, world_settings)
    service = await signed_in(shop, "service@torg.example")
    for query in (f"last_four={card['card']['last_four']}", f"order={order['id']}"):
        found = await call(shop, "GET", f"/gift-cards?{query}", headers=service)
        assert card["card"]["id"] in {one["id"] for one in found["items"]}
    body = {"reason": "broken", "amount": total - 4_000}
    made = await call(shop, "POST", f"/orders/{order['id']}/refunds", status=201, json=body, headers=service)
    assert sorted(one["amount"]["amount"] for one in made["items"]) == [1_000, total - 5_000]
    left = await call(shop, "POST", "/gift-cards/balance", json={"code": card["code"]})
    assert left["balance"]["amount"] == 1_000
    path = f"/gift-cards/{card['card']['id']}/entries"
    entries = (await call(shop, "GET", path, headers=service))["items"]
    assert [one["cause"] for one in entries] == ["restored", "redeemed", "held", "granted"]
    assert entries[1]["document"] == order["id"]
    await books_agree(shop, world)


async def test_a_card_that_was_emptied_meanwhile_does_not_make_the_rest_grow(
    shop: httpx.AsyncClient, world: Database
) -> None:
    card = await issued(shop, 5_000)
    gift = {"tender": "gift_card", "code": card["code"], "amount": 5_000}
    first, second = await guests_cart(shop), await guests_cart(shop)
    await paid(shop, *first, gift, PAID_BY_GATEWAY)
    refused = await paid(shop, *second, gift, PAID_BY_GATEWAY, status=409)
    assert refused["code"] == "credit-too-low"
    order = await paid(shop, *second, PAID_BY_GATEWAY)
    assert order["state"] == "placed"
    await books_agree(shop, world)


async def test_a_customer_keeps_a_card_as_credit_pays_with_it_and_sees_every_entry(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
) -> None:
    kari = await customer_signed_in(shop, "kari@customers.example")
    card = await issued(shop, 8_000)
    kept = await call(shop, "POST", "/me/credit/gift-cards", json={"code": card["code"]}, headers=kari)
    assert kept["balance"] == {"amount": 8_000, "currency": "NOK"}
    variant = (await in_stock(shop, "app-no"))[0]
    body = {"channel": "app-no", "lines": [{"variant": variant}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body, headers=kari)
    cart = await shipped(shop, f"/carts/{cart['id']}", kari, {**OSLO, "name": "Kari Nordmann"})
    order = await paid(shop, cart, kari, {"tender": "store_credit"}, PAID_BY_GATEWAY)
    assert order["payments"][0]["tender"] == "store_credit"
    spent = order["payments"][0]["amount"]["amount"]
    assert spent == min(8_000, cart["totals"]["gross"]["amount"])
    await settle(world, world_settings)
    service = await signed_in(shop, "service@torg.example")
    body = {"reason": "late", "to": "store_credit"}
    await call(shop, "POST", f"/orders/{order['id']}/refunds", status=201, json=body, headers=service)
    (mine,) = await call(shop, "GET", "/me/credit", headers=kari)
    assert mine["balance"]["amount"] == 8_000 - spent + cart["totals"]["gross"]["amount"]
    entries = (await call(shop, "GET", "/me/credit/entries?currency=NOK", headers=kari))["items"]
    assert entries[-1]["cause"] == "moved_in"
    assert sum(one["amount"]["amount"] for one in entries) == mine["balance"]["amount"]
    seen = await call(shop, "GET", f"/customers/{order['customer']}/credit", headers=service)
    assert seen == [mine]
    elsa = await customer_signed_in(shop, "elsa@customers.example")
    assert await call(shop, "GET", "/me/credit", headers=elsa) == []
    await books_agree(shop, world)


async def test_a_till_takes_a_card_and_cash_and_nobody_spends_a_customers_credit_without_the_right(
    shop: httpx.AsyncClient, world: Database
) -> None:
    card = await issued(shop, 5_000)
    cashier = await signed_in(shop, "staff.oslo@torg.example")
    variant = (await in_stock(shop, "till-oslo"))[0]
    body = {"channel": "till-oslo", "lines": [{"variant": variant}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body, headers=cashier)
    gift = {"tender": "gift_card", "code": card["code"]}
    order = await paid(shop, cart, cashier, gift, {"tender": "cash"})
    assert [one["tender"] for one in order["payments"]] == ["gift_card", "cash"]
    assert sum(one["captured"]["amount"] for one in order["payments"]) == order["total"]["amount"]
    guest, token = await guests_cart(shop)
    refused = await paid(shop, guest, token, {"tender": "store_credit"}, PAID_BY_GATEWAY, status=409)
    assert refused["code"] == "no-customer-for-credit"
    await books_agree(shop, world)


async def test_a_mailed_card_is_told_to_its_recipient_alone_and_works(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
) -> None:
    to = {"email": "mottaker@credit.example", "language": "nb", "name": "Ola", "message": "Gratulerer!"}
    card = await issued(shop, 30_000, recipient=to)
    assert card["code"] is None
    await settle(world, world_settings)
    text = await world.read(
        lambda tx: tx.one(str, "SELECT text FROM mails WHERE recipient = 'mottaker@credit.example'")
    )
    assert "Gratulerer!" in text and "gavekort" in text.lower()
    found = CODE.search(text)
    assert found is not None
    left = await call(shop, "POST", "/gift-cards/balance", json={"code": found.group()})
    assert left["balance"]["amount"] == 30_000


async def test_the_same_key_issues_one_batch_and_tells_its_codes_again_to_who_has_the_key(
    shop: httpx.AsyncClient, world: Database
) -> None:
    service = await signed_in(shop, "service@torg.example") | {"Idempotency-Key": "batch-of-autumn-2026"}
    body = {"amount": {"amount": 20_000, "currency": "NOK"}, "count": 40, "market": "NO", "reason": "fair"}
    first = await call(shop, "POST", "/gift-cards/batches", status=201, json=body, headers=service)
    again = await call(shop, "POST", "/gift-cards/batches", status=201, json=body, headers=service)
    assert first == again
    assert len({one["code"] for one in first["cards"]}) == 40
    found = await call(shop, "GET", f"/gift-cards?batch={first['batch']}&limit=100", headers=service)
    assert len(found["items"]) == 40
    assert CODE.search(str(found)) is None


@pytest.mark.parametrize(
    ("payment", "code", "field"),
    [
        ({"tender": "gift_card"}, "invalid", "payments.0.code"),
        ({"tender": "cash", "code": "BCDF-GHJK-MNPQ-RST5"}, "invalid", "payments.0.code"),
        (
            {"tender": "gift_card", "code": "BCDF-GHJK-MNPQ-RST6"},
            "gift-card-code-mistyped",
            "payments.0.code",
        ),
    ],
)
async def test_a_tender_that_cannot_be_is_refused_and_the_cart_stays_open(
    shop: httpx.AsyncClient, payment: dict[str, Any], code: str, field: str
) -> None:
    cart, token = await guests_cart(shop)
    refused = await paid(shop, cart, token, payment, PAID_BY_GATEWAY, status=422)
    assert refused["code"] == code
    assert [one["field"] for one in refused["errors"]] == [field]
    both = {
        "expected_total": cart["totals"]["gross"],
        "payment": PAID_BY_GATEWAY,
        "payments": [PAID_BY_GATEWAY],
    }
    path = f"/carts/{cart['id']}/complete"
    assert (await call(shop, "POST", path, status=422, json=both, headers=token))["code"] == "invalid"
    assert (await call(shop, "GET", f"/carts/{cart['id']}", headers=token))["state"] == "open"
