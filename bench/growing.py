"""Makes the practice retailer as large as is wanted: more goods through the front doors, more orders as copies.

Goods are the retailer's own once more, each with a number behind its name and SKU, with a price in Norway and units in
three places. Orders are bought over the API first (half by visitors, half by customers who signed in, who get no points
for them), all but a few are shipped, and then they are copied.
"""

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

import msgspec
import uvloop
from bench import copies, copying, shopping
from bench.client import Caller
from bench.measure import expect
from bench.stage import Stage
from msgspec import Struct
from msgspec.structs import replace

from torg import fulfilment, inventory
from torg.catalog import Kind, Outcome, ProductRecord, Status, all_variants, export, load
from torg.demo.named import NAMED
from torg.demo.people import PASSWORD
from torg.inventory import Receipt
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.money import Money
from torg.pricing import NewPrice, set_prices
from torg.promotions import pause_promotion

T = TypeVar("T")
PRICES = "no"
POINTS = "points"
PROMOTIONS_ARE_KNOWN = 1.5
"""Seconds after which every process has heard of a change of promotions."""
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNITS = {shopping.WAREHOUSE: shopping.PLENTY, "oslo": 20, "bergen": 20}
PRODUCTS_AT_ONCE = 200
VARIANTS_AT_ONCE = 2000
TEMPLATES = 100
OPEN = 2
"""How many of the templates are not shipped: what a working shop has on its table."""

SHIPPABLE = """
SELECT f.order_id, f.id FROM fulfilments f WHERE f.created_at >= %s ORDER BY f.order_id
"""


class Session(Struct):
    """What a customer gets who signs in."""

    token: str


async def add_variants(database: Database, wanted: int) -> int:
    """Products like those that are there, until there are so many variants; tells how many there are."""
    before = len(await database.read(all_variants))
    new = await _copied(database, wanted - before)
    for some in _portions(new, VARIANTS_AT_ONCE):
        await database.run(partial(_offer, variants=some, units=UNITS))
    return before + len(new)


async def add_offer(database: Database, units: int) -> UUID:
    """One more product, and so many of its first variant in the warehouse; nothing else of it is anywhere."""
    variant = (await _copied(database, 1))[0]
    await database.run(partial(_offer, variants=[variant], units={shopping.WAREHOUSE: units}))
    return variant


async def _copied(database: Database, wanted: int) -> list[UUID]:
    """At least so many new variants, with nothing on any shelf."""
    records = [msgspec.json.decode(line, type=ProductRecord) async for line in export(database, by=SYSTEM)]
    records = [each for each in records if each.status is Status.active and each.kind is Kind.physical]
    before = {each.variant_id for each in await database.read(all_variants)}
    for portion in _portions(list(_more(records, wanted)), PRODUCTS_AT_ONCE):
        loaded = await database.run(partial(load, records=portion, by=SYSTEM))
        wrong = [each.problems for each in loaded if each.outcome is not Outcome.created]
        if wrong:
            raise RuntimeError(f"the catalogue refuses a copy of its own goods: {wrong[0]}")
    variants = await database.read(all_variants)
    return [each.variant_id for each in variants if each.variant_id not in before]


def _more(records: Sequence[ProductRecord], wanted: int) -> Iterator[ProductRecord]:
    for number in itertools.count(2):
        for record in records:
            if wanted <= 0:
                return
            wanted -= len(record.variants)
            yield replace(
                record,
                texts={
                    language: replace(text, name=f"{text.name} {number}", slug=None)
                    for language, text in record.texts.items()
                },
                variants=tuple(
                    replace(variant, sku=f"{variant.sku}-{number}", gtin=None) for variant in record.variants
                ),
            )


async def _offer(tx: Transaction, variants: Sequence[UUID], units: Mapping[str, int]) -> None:
    prices = [
        NewPrice(each, Money(9_900 + 1_000 * (each.int % 90), "NOK"), valid_from=SINCE) for each in variants
    ]
    await set_prices(tx, PRICES, prices, by=SYSTEM)
    receipts = [Receipt(each, place, count) for each in variants for place, count in units.items()]
    await inventory.receive(tx, receipts, document="bench", by=SYSTEM)


def add_orders(stage: Stage, goods: shopping.Goods, count: int, templates: int = TEMPLATES) -> None:
    """So many orders of the year that ends now; a server and the worker run before and after, not meanwhile."""
    stage.do(lambda database: database.run(_without_points))
    time.sleep(PROMOTIONS_ARE_KNOWN)
    since = copies.Mark.now(stage.connection)
    pairs = min(templates, len(goods.variants) // 2)
    bought = [goods.variants[2 * pair : 2 * pair + 2] for pair in range(pairs)]
    uvloop.run(_buy(stage.port, bought, goods.method))
    uvloop.run(stage.meter().until_quiet())
    rows = stage.connection.execute(SHIPPABLE, (since.at,)).fetchall()
    stage.do(lambda database: _ship(database, rows[:-OPEN]))
    uvloop.run(stage.meter().until_quiet())
    stage.end_worker()
    found = copies.read(stage.connection, since, [[shopping.uuid(each) for each in pair] for pair in bought])
    if len(found) != pairs:
        raise RuntimeError(f"{len(found)} of {pairs} orders were found again")
    known = copies.columns(stage.connection)
    copying.copy(copying.Work.of(stage.url, stage.connection, known, found, count), stage.connection)
    stage.add_worker()


async def _without_points(tx: Transaction) -> None:
    # Points are counted on from order to order of a customer, which a copy of an order cannot do.
    await pause_promotion(tx, POINTS, version=None, by=SYSTEM)


async def _buy(port: int, bought: Sequence[Sequence[str]], method: str) -> None:
    caller = Caller(port)
    for number, pair in enumerate(bought):
        headers = await sign_in(caller, NAMED[number // 2 % len(NAMED)].email) if number % 2 else {}
        await shopping.purchase(pair, method, **headers)(caller)
    await caller.close()


async def sign_in(caller: Caller, email: str) -> dict[str, str]:
    """The header by which a customer of the practice retailer is known."""
    asked = {"email": email, "password": PASSWORD}
    session = expect(await caller.call("POST", "/api/v1/me/sessions", asked), 201).read(Session)
    return {"Authorization": f"Bearer {session.token}"}


async def _ship(database: Database, rows: Sequence[tuple[UUID, UUID]]) -> None:
    for order_id, fulfilment_id in rows:
        sent = partial(fulfilment.ship, order_id=order_id, fulfilment_id=fulfilment_id, by=SYSTEM)
        await database.run(partial(sent, carrier="posten", tracking=None, tracking_url=None))


def _portions(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for first in range(0, len(things), size):
        yield things[first : first + size]
