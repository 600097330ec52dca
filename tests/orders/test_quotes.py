"""Quotes: what was agreed is what is bought, once, by whoever has the link, and by nobody when it is over."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from tests.carts.conftest import Shop
from tests.orders.conftest import Till, refused
from tests.orders.test_api import API, TEST, Buyer
from tests.orders.test_api import buyer as buyer
from tests.orders.test_api import key as key

from torg.kernel.access import SYSTEM
from torg.kernel.ids import parse, public
from torg.orders.quotes.end import expire, withdraw
from torg.orders.quotes.model import QuoteNotOpen
from torg.permissions import Permission

SELLER = (
    Permission.carts_read,
    Permission.carts_write,
    Permission.orders_place,
    Permission.orders_read,
    Permission.orders_price,
)


class Seller:
    """Staff who make quotes, and what becomes of them."""

    def __init__(self, buyer: Buyer, till: Till, headers: dict[str, str]) -> None:
        self.buyer, self.till, self.headers = buyer, till, headers
        self.web = buyer.web

    def until(self, **by: float) -> str:
        """A moment from now."""
        return (self.till.clock.now() + timedelta(**by)).isoformat()

    async def send(self, cart: str, **wish: Any) -> httpx.Response:
        """Send a quote of a cart."""
        body = {"valid_until": self.until(days=14)} | wish
        return await self.web.post(f"{API}/carts/{cart}/quote", json=body, headers=self.headers)

    async def made(self, price: int = 100_00, **wish: Any) -> dict[str, Any]:
        """A quote of one thing that lacks nothing."""
        path, _, cart = await self.buyer.cart(price=price)
        del path
        answer = await self.send(cart["id"], **wish)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def link(self, quote: dict[str, Any]) -> dict[str, str]:
        """What whoever has the link shows."""
        return {"Torg-Token": quote["link"].rsplit("/", 1)[-1]}

    async def accept(self, quote: dict[str, Any], **more: Any) -> httpx.Response:
        """Accept a quote by its link."""
        body = {"version": quote["version"], "expected_total": quote["total"], "payments": [TEST]} | more
        path = f"{API}/quotes/{quote['id']}/acceptance"
        return await self.web.post(path, json=body, headers=self.link(quote))

    async def now(self, quote: dict[str, Any]) -> dict[str, Any]:
        """The quote as its buyer sees it."""
        answer = await self.web.get(f"{API}/quotes/{quote['id']}", headers=self.link(quote))
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    async def told(self, quote: dict[str, Any]) -> list[str]:
        """The events of the quote."""
        return await self.till.database.read(
            lambda tx: tx.all(
                str,
                "SELECT type FROM (SELECT type, key, sequence FROM outbox UNION ALL SELECT type, key, sequence FROM"
                " feed) e WHERE key = %(key)s AND type LIKE 'quote.%%' ORDER BY sequence",
                key=str(parse("quo", quote["id"])),
            )
        )


@pytest.fixture
async def seller(buyer: Buyer, till: Till, key: Any) -> Seller:
    return Seller(buyer, till, await key(*SELLER))


async def test_an_agreed_price_is_what_the_order_costs_whatever_the_price_list_says_later(
    seller: Seller, buyer: Buyer
) -> None:
    path, token_of_cart, cart = await buyer.cart(price=100_00)
    line = cart["lines"][0]["id"]
    prices = [{"line": line, "unit": 80_00, "reason": "regular customer"}]
    sent = await seller.send(
        cart["id"],
        prices=prices,
        delivery=10_00,
        terms="30 days",
        message="As agreed.",
        version=cart["version"],
    )
    assert sent.status_code == 201, sent.text
    quote = sent.json()
    assert (quote["state"], quote["version"], quote["total"]["amount"]) == ("sent", 1, 90_00)
    (offered,) = quote["offered"]["lines"]
    assert (offered["unit_price"]["amount"], offered["listed"]["amount"]) == (80_00, 100_00)
    assert offered["reason"] == "regular customer"
    closed = await buyer.web.post(
        f"{path}/lines", json={"variant": cart["lines"][0]["variant"]}, headers=token_of_cart
    )
    assert (closed.status_code, closed.json()["code"]) == (409, "cart-quoted")
    bare = {"expected_total": quote["total"], "payments": [TEST]}
    around = await buyer.web.post(f"{path}/complete", json=bare, headers=token_of_cart)
    assert (around.status_code, around.json()["code"]) == (409, "cart-quoted")
    seen = await seller.now(quote)
    assert seen["link"] is None and seen["offered"] == quote["offered"]
    assert (await seller.till.mails("quotes/sent")) == ["Our quote for you"]
    answer = await seller.accept(quote, purchase_order="PO 7")
    assert answer.status_code == 200, answer.text
    order = answer.json()
    assert (order["state"], order["total"]["amount"], order["quote"]) == ("placed", 90_00, 1)
    assert order["purchase_order"] == "PO 7"
    assert order["id"].removeprefix("ord_") == quote["id"].removeprefix("quo_")
    assert order["lines"][0]["price_reason"] == "regular customer"
    again = await seller.accept(quote)
    assert again.json()["number"] == order["number"]
    accepted = await seller.now(quote)
    assert (accepted["state"], accepted["order"]) == ("accepted", order["id"])
    late = await seller.send(cart["id"])
    assert late.status_code == 409
    assert await seller.told(quote) == ["quote.sent", "quote.accepted"]


async def test_a_quote_is_changed_and_sent_again_and_only_its_last_version_is_accepted(
    seller: Seller, buyer: Buyer, retailer: Shop
) -> None:
    first = await seller.made(prices=[])
    line = first["offered"]["lines"][0]["id"]
    more = public("var", await retailer.product(price=50_00))
    second = (
        await seller.send(
            first["cart"],
            quantities=[{"line": line, "quantity": 3}],
            prices=[{"line": line, "unit": 90_00, "reason": "three of it"}],
            added=[{"variant": more, "unit": 40_00, "reason": "with the others"}],
            version=1,
        )
    ).json()
    assert (second["version"], [one["version"] for one in second["earlier"]]) == (2, [1])
    amounts = [(one["quantity"], one["unit_price"]["amount"]) for one in second["offered"]["lines"]]
    assert amounts == [(3, 90_00), (1, 40_00)]
    stale = await seller.accept(first)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-version")
    behind = await seller.send(first["cart"], version=1)
    assert (behind.status_code, behind.json()["code"]) == (409, "stale-version")
    third = (await seller.send(first["cart"], version=2)).json()
    assert [one["unit_price"]["amount"] for one in third["offered"]["lines"]] == [90_00, 40_00]
    assert (await seller.accept(third)).json()["total"] == third["total"]


async def test_a_customer_asks_and_staff_answer(seller: Seller, buyer: Buyer) -> None:
    path, token_of_cart, cart = await buyer.cart()
    wish = {"message": "For our office", "version": cart["version"]}
    asked = await buyer.web.post(f"{path}/quote-request", json=wish, headers=token_of_cart)
    assert (asked.status_code, asked.json()["state"], asked.json()["link"]) == (201, "asked", None)
    again = await buyer.web.post(f"{path}/quote-request", json={}, headers=token_of_cart)
    assert again.json()["id"] == asked.json()["id"]
    early = await buyer.web.post(
        f"{API}/quotes/{asked.json()['id']}/acceptance",
        json={"version": 1, "expected_total": asked.json()["total"], "payments": [TEST]},
        headers=token_of_cart,
    )
    assert (early.status_code, early.json()["code"]) == (409, "quote-not-open")
    waiting = await buyer.web.get(f"{API}/quotes?state=asked", headers=seller.headers)
    assert [one["id"] for one in waiting.json()["items"]] == [asked.json()["id"]]
    quote = (await seller.send(cart["id"])).json()
    assert (quote["state"], quote["version"], quote["wish"]) == ("sent", 2, "For our office")
    refused_by_her = await buyer.web.post(
        f"{API}/quotes/{quote['id']}/refusal", json={"reason": "too dear"}, headers=token_of_cart
    )
    assert (refused_by_her.json()["state"], refused_by_her.json()["reason"]) == ("declined", "too dear")
    assert (await seller.accept(quote)).json()["code"] == "quote-not-open"
    better = (await seller.send(cart["id"], delivery=0)).json()
    assert (better["state"], better["version"]) == ("sent", 3)
    assert (await seller.accept(better)).json()["state"] == "placed"
    assert await seller.told(quote) == [
        "quote.asked",
        "quote.sent",
        "quote.declined",
        "quote.sent",
        "quote.accepted",
    ]


async def test_what_is_over_is_not_accepted_whether_or_not_the_sweeper_was_there(
    seller: Seller, till: Till
) -> None:
    quote = await seller.made(valid_until=seller.until(hours=1))
    till.clock.move(hours=2)
    assert (await seller.now(quote))["state"] == "expired"
    late = await seller.accept(quote)
    assert (late.status_code, late.json()["code"]) == (409, "quote-not-open")
    assert await till.database.run(lambda tx: expire(tx, parse("quo", quote["id"])))
    assert not await till.database.run(lambda tx: expire(tx, parse("quo", quote["id"])))
    assert await seller.told(quote) == ["quote.sent", "quote.expired"]
    renewed = (await seller.send(quote["cart"])).json()
    assert (await seller.accept(renewed)).json()["state"] == "placed"


async def test_a_declined_payment_leaves_the_quote_open_with_its_prices(seller: Seller) -> None:
    quote = await seller.made(delivery=5_00)
    declined = await seller.accept(quote, payments=[TEST | {"method": "decline"}])
    assert declined.status_code == 409, declined.text
    assert (await seller.now(quote))["state"] == "sent"
    answer = await seller.accept(quote)
    assert (answer.json()["state"], answer.json()["total"]) == ("placed", quote["total"])


async def test_of_accepting_and_withdrawing_at_once_one_happens(seller: Seller, till: Till) -> None:
    for _ in range(4):
        quote = await seller.made()
        id = parse("quo", quote["id"])
        accepted, withdrawn = await asyncio.gather(
            seller.accept(quote),
            refused(till.database.run(partial(withdraw, id=id, reason="sold out", by=SYSTEM))),
            return_exceptions=True,
        )
        state = (await seller.now(quote))["state"]
        assert isinstance(accepted, httpx.Response)
        if accepted.status_code == 200:
            assert state == "accepted" and isinstance(withdrawn, QuoteNotOpen)
        else:
            assert accepted.json()["code"] == "quote-not-open" and state == "withdrawn"


async def test_accepted_by_many_at_once_it_is_one_order_and_one_payment(seller: Seller) -> None:
    quote = await seller.made()
    answers = await asyncio.gather(*(seller.accept(quote) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["id"] for answer in answers} == {f"ord_{quote['id'].removeprefix('quo_')}"}
    order = await seller.web.get(f"{API}/orders/{answers[0].json()['id']}", headers=seller.headers)
    assert [one["state"] for one in order.json()["payments"]] == ["authorised"]


async def test_nobody_else_sees_accepts_or_makes_a_quote(
    seller: Seller, buyer: Buyer, key: Any, till: Till
) -> None:
    quote = await seller.made()
    web, path = buyer.web, f"{API}/quotes/{quote['id']}"
    assert (await web.get(path)).status_code == 404
    body = {"version": 1, "expected_total": quote["total"], "payments": [TEST]}
    assert (await web.post(f"{path}/acceptance", json=body)).status_code == 404
    assert (await web.post(f"{path}/refusal", json={})).status_code == 404
    elsewhere = await key(*SELLER, channels=("web-jp",))
    assert (await web.get(path, headers=elsewhere)).status_code == 404
    listed = await web.get(f"{API}/quotes", headers=elsewhere)
    assert quote["id"] not in [one["id"] for one in listed.json()["items"]]
    _, token_of_cart, cart = await buyer.cart()
    hers = await web.post(
        f"{API}/carts/{cart['id']}/quote", json={"valid_until": seller.until(days=1)}, headers=token_of_cart
    )
    assert hers.status_code == 401
    no_prices = await key(*(one for one in SELLER if one is not Permission.orders_price))
    prices = [{"line": cart["lines"][0]["id"], "unit": 1, "reason": "why not"}]
    wish = {"valid_until": seller.until(days=1), "prices": prices}
    refusal = await web.post(f"{API}/carts/{cart['id']}/quote", json=wish, headers=no_prices)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "right-missing")
    unchanged = await web.get(f"{API}/carts/{cart['id']}", headers=token_of_cart)
    assert (unchanged.json()["state"], unchanged.json()["version"]) == ("open", cart["version"])


async def test_a_quote_that_could_not_be_accepted_is_not_sent(seller: Seller, buyer: Buyer) -> None:
    made = await buyer.web.post(f"{API}/carts", json={"channel": "web-no"})
    answer = await seller.send(made.json()["id"])
    assert (answer.status_code, answer.json()["code"]) == (422, "cart-incomplete")
    fields = {one["field"] for one in answer.json()["errors"]}
    assert fields == {"lines", "contact.email"}
    past = await seller.send(made.json()["id"], valid_until=seller.until(hours=-1))
    assert past.json()["errors"][0]["code"] == "past"


async def test_goods_that_are_gone_leave_the_quote_open(seller: Seller, buyer: Buyer) -> None:
    _, _, cart = await buyer.cart(stock=0)
    quote = (await seller.send(cart["id"])).json()
    answer = await seller.accept(quote)
    assert (answer.status_code, answer.json()["code"]) == (409, "out-of-stock")
    assert (await seller.now(quote))["state"] == "sent"
