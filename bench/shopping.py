"""What is measured of a shop: a page of products, one product, and a whole purchase, as a front end asks for them."""

import itertools
from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from bench.client import Caller
from bench.measure import Unit, WrongAnswer, expect
from msgspec import Struct

from torg import inventory
from torg.catalog import Kind, all_variants, specials
from torg.inventory import Receipt
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database

CHANNEL = "web-no"
WAREHOUSE = "lager-oslo"
PLENTY = 100_000
AT_ONCE = 1000
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
    token: str | None = None  # whoever is signed in needs none

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/api/v1/carts/{self.id}"

    @property
    def headers(self) -> dict[str, str]:
        """What opens it."""
        return {"Torg_Token": self.token} if self.token else {}


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
            "purchase": purchase(itertools.cycle(self.variants), self.method),
        }


async def shelved(database: Database) -> list[UUID]:
    """Every variant that lies on shelves: bundles have no stock of their own."""
    special = await specials(database)
    physical = [each.variant_id for each in await database.read(all_variants) if each.kind is Kind.physical]
    return [each for each in physical if not special.components(each)]


async def stock_up(database: Database) -> None:
    """So much of everything in the warehouse that nothing runs out while it is measured."""
    variants = await shelved(database)
    for first in range(0, len(variants), AT_ONCE):
        receipts = [Receipt(each, WAREHOUSE, PLENTY) for each in variants[first : first + AT_ONCE]]
        await database.run(partial(inventory.receive, receipts=receipts, document="bench", by=SYSTEM))


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
    path, own = cart.path, cart.headers
    expect(await caller.call("POST", f"{path}/lines", {"variant": variants[0]}, **own), 201)
    expect(await caller.call("PUT", f"{path}/address", ADDRESS, **own), 200)
    choices = expect(await caller.call("GET", f"{path}/delivery-choices", **own), 200).json()
    await caller.close()
    return Goods(
        pages=[f"{PRODUCTS}/{product['slug']}" for product in found],
        variants=variants,
        method=next(choice["method"] for choice in choices if choice["kind"] == "ship"),
    )


def uuid(public: str) -> str:
    """The id in the database behind one that the API tells."""
    return str(UUID(public.rpartition("_")[2]))


def _fetch(paths: list[str]) -> Unit:
    """One of these pages, in turn."""
    turn = itertools.cycle(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths)

    async def once(caller: Caller) -> None:
        expect(await caller.send(next(turn)), 200)

    return once


def purchase(variants: Iterable[str], method: str, **headers: str) -> Unit:
    """Seven calls: cart, two lines one by one, contact, address, delivery, completion with payment."""
    turn = iter(variants)
    number = itertools.count(1)

    async def once(caller: Caller) -> None:
        answer = await caller.call("POST", "/api/v1/carts", {"channel": CHANNEL}, **headers)
        cart = expect(answer, 201).read(Cart)
        path, own = cart.path, {**cart.headers, **headers}
        for _ in range(2):
            line = {"variant": next(turn), "quantity": 1}
            expect(await caller.call("POST", f"{path}/lines", line, **own), 201)
        contact = {"email": f"kari.{next(number)}@example.org", "name": "Kari Nordmann"}
        expect(await caller.call("PUT", f"{path}/contact", contact, **own), 200)
        expect(await caller.call("PUT", f"{path}/address", ADDRESS, **own), 200)
        answer = await caller.call("PUT", f"{path}/delivery", {"method": method}, **own)
        pay = {
            "expected_total": expect(answer, 200).read(Chosen).totals.gross,
            "payment": {"tender": "gateway", "gateway": "test", "method": "ok"},
        }
        answer = await caller.call("POST", f"{path}/complete", pay, **own)
        if (state := expect(answer, 200).read(Order).state) != "placed":
            raise WrongAnswer(f"the order is {state}")

    return once
