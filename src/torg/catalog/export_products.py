"""The catalogue as newline-delimited JSON, a product a line, in the form that the import reads."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from torg.catalog.load_products import record_of
from torg.catalog.store import products
from torg.kernel.access import Actor
from torg.kernel.database import Database
from torg.permissions import Permission

AT_ONCE: Final = 200


async def export(database: Database, *, by: Actor) -> AsyncIterator[bytes]:
    """Every product that can be had in some variant, drafts and archived ones included, in the order of their making.

    Read in portions without a common snapshot: what changes meanwhile is exported as it was when its turn came.
    """
    by.must(Permission.catalog_read)
    last = UUID(int=0)
    while True:
        portion = await database.read(partial(products.after, id=last, limit=AT_ONCE))
        if not portion:
            return
        for product in portion:
            if product.active_variants():
                yield msgspec.json.encode(record_of(product)) + b"\n"
        last = portion[-1].id
