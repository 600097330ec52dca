"""A store promises to have an order's goods ready at a moment."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from torg.inventory import promise
from torg.inventory.deliver import delivery_method
from torg.inventory.model import PickUpNotPossible
from torg.inventory.promises import store
from torg.inventory.promises.means import means
from torg.inventory.promises.reach import ready_at
from torg.kernel.database import Transaction
from torg.markets import atlas


async def promise_pick_up(
    tx: Transaction, order_id: UUID, method: str, shop: str, *, expected: date | None = None
) -> datetime:
    """Have goods ready in a store as soon as it can, not before they are `expected`, and count that against its
    capacity.

    Two that ask at once are promised one after the other, so an hour that is full is never promised again. An order
    that asks again is promised anew. The right to do this is the order's.
    """
    known = await means(tx.database)
    place = known.atlas.store(shop)
    if known.capacity(place.location) != promise.UNLIMITED:
        store.lock(tx, place.location)
        taken = await store.others(tx, place.location, order_id, tx.now)
        known = known.with_promised(place.location, taken)
    moment = ready_at(await delivery_method(tx.database, method), place, tx.now, known, expected)
    if moment is None:
        raise PickUpNotPossible(store=shop)
    hour = promise.hour_of(moment, ZoneInfo(place.time_zone))
    store.keep(tx, place.location, order_id, hour, moment)
    return moment


async def drop_pick_ups(tx: Transaction, order_id: UUID, shops: Iterable[str]) -> None:
    """The order is not picked up in these stores after all; what they had promised it can be promised to others."""
    known = await atlas(tx.database)
    locations = sorted({known.store(shop).location for shop in shops})
    if locations:
        store.drop(tx, locations, order_id)


async def promised_pick_ups(
    tx: Transaction, asked: Collection[tuple[str, UUID]]
) -> dict[tuple[str, UUID], datetime]:
    """When these places have promised to have these orders ready; what nothing was promised of is left out."""
    rows = await store.ready(tx, asked) if asked else []
    return {(row.location, row.order_id): row.ready_at for row in rows}
