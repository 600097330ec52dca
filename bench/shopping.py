"""What is measured of a shop: a page of products, one product, and a whole purchase, as a front end asks for them."""

import itertools
from typing import Any

from bench.client import Caller
from bench.measure import Unit, WrongAnswer, expect
from msgspec import Struct

from torg import inventory
from torg.catalog import Kind, all_variants
from torg.inventory import Receipt
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.settings import Settings

CHANNEL = "web-no"
WAREHOUSE = "lager-oslo"
PLENTY = 100_000
PAGE = 20
PRODUCTS = f"/api/v1/channels/{CHANNEL}/products"
ADDRESS = {
    "delivery": {
        "country": "NO",
        "name": "Kari Nordmann",
        "street": "Storgata 1",
        "city": "Oslo",
        "postal_code": "0155",
    }
}


class Cart(Struct):
    """What the buyer must know of the cart."""

    id: str
    token: str


class Totals(Struct):
    """What is to be paid."""

    gross: dict[str, Any]


class Chosen(Struct):
    """The cart after the delivery was chosen."""

    totals: Totals


class Order(Struct):
    """What the buyer must know of the order."""

    state: str


class Goods(Struct):
    """What there is to ask for."""

    pages: list[str]
    variants: list[str]
    method: str

    def units(self) -> dict[str, Unit]:
        """Everything that is measured, by name."""
        return {
            "list": _fetch([f"{PRODUCTS}?limit={PAGE}"]),
            "detail": _fetch(self.pages),
            "purchase": _purchase(self.variants, self.method),
        }


async def stock_up(database: Database, _settings: Settings) -> None:
    """So much of everything in the warehouse that nothing runs out while it is measured."""

    async def receive(tx: Transaction) -> None:
        variants = [each for each in await all_variants(tx) if each.kind is Kind.physical]
        receipts = [Receipt(each.variant_id, WAREHOUSE, PLENTY) for each in variants]
        await inventory.receive(tx, receipts, document="bench", by=SYSTEM)

    await database.run(receive)


async def look_around(port: int, most: int = 2000) -> Goods:
    """Read the shop as a customer: what can be bought, and how it can be sent."""
    caller = Caller(port)
    found: list[dict[str, Any]] = []
    cursor = ""
    while len(found) < most:
        page = expect(await caller.call("GET", f"{PRODUCTS}?limit=100{cursor}"), 200).json()
        found += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    variants = [
        v["id"] for p in found for v in p["variants"] if v["availability"] == "in_stock" and v["price"]
    ]
    cart = expect(await caller.call("POST", "/api/v1/carts", {"channel": CHANNEL}), 201).read(Cart)
    path, token = f"/api/v1/carts/{cart.id}", cart.token
    expect(await caller.call("POST", f"{path}/lines", {"variant": variants[0]}, Torg_Token=token), 201)
    expect(await caller.call("PUT", f"{path}/address", ADDRESS, Torg_Token=token), 200)
    choices = expect(await caller.call("GET", f"{path}/delivery-choices", Torg_Token=token), 200).json()
    await caller.close()
    return Goods(
        pages=[f"{PRODUCTS}/{product['slug']}" for product in found],
        variants=variants,
        method=next(choice["method"] for choice in choices if choice["kind"] == "ship"),
    )


def _fetch(paths: list[str]) -> Unit:
    """One of these pages, in turn."""
    turn = itertools.cycle(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths)

    async def once(caller: Caller) -> None:
        expect(await caller.send(next(turn)), 200)

    return once


def _purchase(variants: list[str], method: str) -> Unit:
    """Seven calls: cart, two lines one by one, contact, address, delivery, completion with payment."""
    turn = itertools.cycle(variants)
    number = itertools.count(1)

    async def once(caller: Caller) -> None:
        cart = expect(await caller.call("POST", "/api/v1/carts", {"channel": CHANNEL}), 201).read(Cart)
        token, path = cart.token, f"/api/v1/carts/{cart.id}"
        for _ in range(2):
            line = {"variant": next(turn), "quantity": 1}
            expect(await caller.call("POST", f"{path}/lines", line, Torg_Token=token), 201)
        contact = {"email": f"kari.{next(number)}@example.org", "name": "Kari Nordmann"}
        expect(await caller.call("PUT", f"{path}/contact", contact, Torg_Token=token), 200)
        expect(await caller.call("PUT", f"{path}/address", ADDRESS, Torg_Token=token), 200)
        answer = await caller.call("PUT", f"{path}/delivery", {"method": method}, Torg_Token=token)
        pay = {
            "expected_total": expect(answer, 200).read(Chosen).totals.gross,
            "payment": {"tender": "gateway", "gateway": "test", "method": "ok"},
        }
        answer = await caller.call("POST", f"{path}/complete", pay, Torg_Token=token)
        if (state := expect(answer, 200).read(Order).state) != "placed":
            raise WrongAnswer(f"the order is {state}")

    return once
