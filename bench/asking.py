"""Prices asked of a database: statements and CPU of a cart's prices, a page's, and a product's of many variants."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct

from torg.catalog import all_variants
from torg.kernel.access import SYSTEM
from torg.kernel.database import TALLY, Database, Tally, Transaction
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.markets import atlas
from torg.pricing import NewPrice, PriceContext, PriceRequest, load_prices, price_lists, quote

PRODUCT = """
INSERT INTO products (id, status, kind, tax_class, options, attributes, rank, version, created_at, changed_at)
VALUES (%(id)s, 'active', 'physical', 'standard', '{}', '{}', 0, 1, now(), now())
"""
VARIANTS = """
INSERT INTO variants (id, product_id, status, sku, options, combination, weight_g, position)
SELECT id, %(product)s, 'active', id::text, '{}', id::text, 100, 0 FROM unnest(%(ids)s::uuid[]) AS n (id)
"""
CHANNEL, TIMES, LARGE = "web-no", 20, 1_000


class Asked(Struct):
    """What one question takes: statements, and CPU of the process that asks."""

    statements: float
    cpu_ms: float


async def asked(database: Database) -> dict[str, Asked]:
    """The prices of 1, 5, 48 and 200 variants, and of a product of a thousand."""
    known = await atlas(database)
    channel = known.channel(CHANNEL)
    many = await database.run(_large_product)
    found = [one.variant_id for one in await database.read(all_variants)]
    wanted = {"line_1": found[:1], "cart_5": found[:5], "listing_48": found[:48], "cart_200": found[:200]}
    context = PriceContext.of(known, channel, at=datetime.now(UTC))
    return {
        f"{name}_asked": await _measured(database, context, variants)
        for name, variants in (wanted | {"product_1000": many}).items()
    }


async def _large_product(tx: Transaction) -> list[UUID]:
    """A product of a thousand variants, each with its price."""
    product, ids = new_id(), [new_id() for _ in range(LARGE)]
    await tx.execute(PRODUCT, id=product)
    await tx.execute(VARIANTS, product=product, ids=ids)
    standard = next(one.code for one in await price_lists(tx, by=SYSTEM) if one.market == "NO")
    prices = [NewPrice(id, Money(9_900 + number, "NOK")) for number, id in enumerate(ids)]
    await load_prices(tx, standard, prices, by=SYSTEM)
    return ids


async def _measured(database: Database, context: PriceContext, variants: Sequence[UUID]) -> Asked:
    items = [PriceRequest(variant, "standard") for variant in variants]

    async def prices(tx: Transaction) -> int:
        return len(await quote(tx, context, items))

    if await database.read(prices) != len(items):  # also prepares the statement
        raise LookupError("a variant has no price to measure")
    tally = Tally()
    token = TALLY.set(tally)
    begun = time.process_time()
    for _ in range(TIMES):
        await database.read(prices)
    spent = time.process_time() - begun
    TALLY.reset(token)
    return Asked(round(tally.statements / TIMES, 1), round(1_000 * spent / TIMES, 2))
