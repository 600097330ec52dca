"""What the catalogue does not know of all products of a channel at once: what each costs, and which are there.

It is for orders and for narrowing only: how things stood a moment ago, for nobody in particular. What is shown is asked
for anew. Each process makes it when it is first wanted; while it is made again, who asks has the last one.
"""

import asyncio
import time
from functools import partial
from typing import Final

from msgspec import Struct

from torg import catalog, inventory, pricing
from torg.catalog import Order, Sieve, bits
from torg.customers import NOBODY
from torg.inventory import Late
from torg.kernel.database import Database, Transaction
from torg.markets import Atlas, Channel
from torg.pricing import PriceContext

KEPT: Final = "storefront.sides"
FOR_GOOD: Final = 1e9
AT_ONCE: Final = 500
FRESH: Final = 5.0
PATIENCE: Final = 30
"""It is kept at least so many times as long as it took to make."""
QUICK: Final = 0.2
NO_PRICE: Final = 1 << 62


class Sides(Struct, frozen=True):
    """The sieve that the rest belongs to, what is there, and the products by price, upwards and downwards."""

    sieve: Sieve
    there: int
    cheapest: Order
    dearest: Order


class _Keeper(Struct):
    sides: Sides | None = None
    made: float = 0.0
    took: float = 0.0
    task: asyncio.Task[Sides] | None = None


async def sides_of(database: Database, atlas: Atlas, channel: Channel, *, including: bool) -> Sides:
    """How things stood in the channel a moment ago."""
    keepers: dict[str, _Keeper] = await database.cached(KEPT, _none, FOR_GOOD)
    keeper = keepers.setdefault(channel.code, _Keeper())
    sieve = await catalog.sieve_of(database)
    age, last = time.monotonic() - keeper.made, keeper.sides
    wait = max(FRESH, PATIENCE * keeper.took)
    if last is not None and age < wait and (sieve is last.sieve or keeper.took > QUICK):
        return last
    if keeper.task is None or keeper.task.done():
        keeper.task = asyncio.create_task(_make(database, keeper, sieve, atlas, channel, including=including))
    if last is None or keeper.took < QUICK:
        return await asyncio.shield(keeper.task)
    return last


async def _make(
    database: Database, keeper: _Keeper, sieve: Sieve, atlas: Atlas, channel: Channel, *, including: bool
) -> Sides:
    began = time.monotonic()
    prices, there = [NO_PRICE] * sieve.count, []
    for start in range(0, sieve.count, AT_ONCE):
        many = range(start, min(start + AT_ONCE, sieve.count))
        told = await database.read(partial(_portion, sieve, many, atlas, channel, including))
        for place, price, sellable in told:
            if price is not None and price < prices[place]:
                prices[place] = price
            if sellable:
                there.append(place)
    upwards = sorted(range(sieve.count), key=prices.__getitem__)
    priced = [place for place in upwards if prices[place] < NO_PRICE]
    keeper.sides = Sides(
        sieve,
        bits(there, sieve.count),
        Order.of(priced, sieve.count),
        Order.of(sorted(priced, key=lambda place: (-prices[place], place)), sieve.count),
    )
    keeper.made = time.monotonic()
    keeper.took = keeper.made - began
    return keeper.sides


async def _portion(
    sieve: Sieve, many: range, atlas: Atlas, channel: Channel, including: bool, tx: Transaction
) -> list[tuple[int, int | None, bool]]:
    """Of each variant of some products: the product's place, the price, and whether it is there."""
    variants = await catalog.to_sell(tx, sieve.ids(many))
    context = PriceContext.of(atlas, channel, at=tx.now, buyer=NOBODY)
    wanted = [(one.hex, one.tax_class) for one in variants]
    prices = await pricing.shelf_prices(tx, context, wanted, including=including)
    physical = [one.hex for one in variants if one.physical]
    units = iter(await inventory.sellable(tx, physical, channel.locations, channel=channel.code))
    return [
        (many.start + one.place, price, _there(next(units)) if one.physical else True)
        for one, price in zip(variants, prices, strict=True)
    ]


def _there(units: int | Late) -> bool:
    return isinstance(units, int) and units > 0


async def _none(_: Transaction) -> dict[str, _Keeper]:
    return {}
