"""Shelves to put goods on: variants and locations of their own for each test, so that tests that commit stay apart."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest_asyncio

from torg.inventory import Demand, Receipt, receive
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id

PRODUCT = """
INSERT INTO products (id, status, kind, tax_class, options, attributes, rank, version, created_at, changed_at)
VALUES (%(id)s, 'active', 'physical', 'standard', '{}', '{}', 0, 1, now(), now())
"""
VARIANT = """
INSERT INTO variants (id, product_id, status, sku, options, combination, weight_g, position)
VALUES (%(id)s, %(product_id)s, 'active', %(sku)s, '{}', %(sku)s, 100, 0)
"""
LOCATION = """
INSERT INTO locations (code, kind, name, country, time_zone, address, latitude_e6, longitude_e6)
VALUES (%(code)s, 'warehouse', %(code)s, 'NO', 'Europe/Oslo',
        '{"lines": [], "postal_code": "0155", "city": "Oslo", "country": "NO"}', 0, 0) ON CONFLICT DO NOTHING
"""

Stock = Callable[..., Awaitable[UUID]]


async def make_variant(tx: Transaction) -> UUID:
    """A variant that nobody else has."""
    product, variant = new_id(), new_id()
    await tx.execute(PRODUCT, id=product)
    await tx.execute(VARIANT, id=variant, product_id=product, sku=variant.hex)
    return variant


async def make_locations(tx: Transaction, *codes: str) -> None:
    """Locations, where they are missing."""
    for code in codes:
        await tx.execute(LOCATION, code=code)


async def stock_up(tx: Transaction, **quantities: int) -> UUID:
    """A new variant with so many at each location."""
    variant = await make_variant(tx)
    await make_locations(tx, *quantities)
    receipts = [Receipt(variant, place, quantity) for place, quantity in quantities.items() if quantity]
    if receipts:
        await receive(tx, receipts, document="note", by=SYSTEM)
    return variant


@pytest_asyncio.fixture
async def stock(database: Database) -> AsyncIterator[Stock]:
    """Makes a variant with stock at locations, committed: `await stock(oslo=3, bergen=1)`."""

    async def make(**quantities: int) -> UUID:
        return await database.run(lambda tx: stock_up(tx, **quantities))

    yield make


def soon(tx: Transaction) -> datetime:
    """When a checkout's holds end."""
    return tx.now + timedelta(minutes=15)


def demand(variant: UUID, quantity: int, *places: str) -> Demand:
    """What a new line wants."""
    return Demand(new_id(), variant, quantity, places)
