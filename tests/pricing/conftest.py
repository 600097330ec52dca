"""The practice retailer's markets with a few things to sell, for the tests of prices."""

from uuid import UUID

import pytest_asyncio

from torg.catalog import NewProduct, NewVariant, ProductText, create
from torg.demo import markets as demo
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.markets import Atlas, load_atlas


async def make_variants(
    tx: Transaction, count: int, tax_class: str = "standard", prefix: str = "SKU"
) -> list[UUID]:
    """Products of one variant each."""
    ids = []
    for number in range(count):
        new = NewProduct(
            tax_class=tax_class,
            texts={"en": ProductText(name=f"{prefix} {number}")},
            variants=(NewVariant(sku=f"{prefix}-{number}", weight_g=250),),
        )
        ids.append((await create(tx, new, by=SYSTEM)).variants[0].id)
    return ids


@pytest_asyncio.fixture
async def places(tx: Transaction) -> Atlas:
    """The practice retailer's markets and channels, in the test's own transaction."""
    await demo.fill(tx)
    return await load_atlas(tx)


@pytest_asyncio.fixture
async def goods(tx: Transaction, places: Atlas) -> list[UUID]:
    """Three variants."""
    return await make_variants(tx, 3)
