"""Which of a channel's best goods a first page speaks of: some that are reduced, and some that are not.

Only the choice is kept, as of some seconds ago and for nobody in particular. What the goods cost, whether they are
there and what they are called is asked for anew whenever they are shown.
"""

import asyncio
import time
from functools import partial
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.customers import NOBODY
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import parse
from torg.surfaces.storefront import shelves
from torg.surfaces.storefront.shelves import Shop

ROW: Final = 8
"""How many of a kind there are."""
LOOKED_AT: Final = 60
"""Among how many of the best is looked for reduced ones."""
KEPT: Final = "storefront.highlights"
FOR_GOOD: Final = 1e9
FRESH: Final = 5.0
QUICK: Final = 0.2
"""Seconds that may be waited for a new choice where there is an older one."""


class _Keeper(Struct):
    products: tuple[UUID, ...] | None = None
    made: float = 0.0
    took: float = 0.0
    task: asyncio.Task[tuple[UUID, ...]] | None = None


async def highlights_of(database: Database, shop: Shop) -> tuple[UUID, ...]:
    """The products, at most eight reduced ones and eight others."""
    keepers: dict[str, _Keeper] = await database.cached(KEPT, _none, FOR_GOOD)
    keeper = keepers.setdefault(shop.channel.code, _Keeper())
    last = keeper.products
    if last is not None and time.monotonic() - keeper.made < FRESH:
        return last
    if keeper.task is None or keeper.task.done():
        anybody = replace(shop, buyer=NOBODY, known=False)
        keeper.task = asyncio.create_task(_make(database, keeper, anybody))
    if last is None or keeper.took < QUICK:
        return await asyncio.shield(keeper.task)
    return last


async def _make(database: Database, keeper: _Keeper, shop: Shop) -> tuple[UUID, ...]:
    began = time.monotonic()
    ranked = (await database.read(partial(shelves.page, shop=shop, limit=LOOKED_AT))).items
    reduced = [one for one in ranked if one.reduced]
    best = [one for one in ranked if not one.reduced]
    keeper.products = tuple(parse("prd", one.id) for one in (*reduced[:ROW], *best[:ROW]))
    keeper.made = time.monotonic()
    keeper.took = keeper.made - began
    return keeper.products


async def _none(_: Transaction) -> dict[str, _Keeper]:
    return {}
