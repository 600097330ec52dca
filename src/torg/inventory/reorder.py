"""What has to be ordered again, and how much of it."""

from uuid import UUID

from torg.inventory import rights
from torg.inventory.adjust import lock
from torg.inventory.store import reorder as store
from torg.inventory.store.reorder import Reorder
from torg.kernel import cursors
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Page
from torg.permissions import Permission


async def set_reorder(
    tx: Transaction, variant_id: UUID, location: str, *, point: int, to: int, by: Actor
) -> Reorder:
    """Say when a level is to be filled, and up to how many; nought and nought: not at all."""
    await rights.must(tx, Permission.stock_adjust, {location}, by)
    if to < point or (point and not to):
        raise Invalid.of(FieldProblem("to", "below-point", "It is filled up to more than the reorder point."))
    await lock(tx, variant_id, location, new=True)
    await store.put(tx, variant_id, location, point=point, to=to)
    return await store.get(tx, variant_id, location)


async def due_for_reorder(
    tx: Transaction, *, by: Actor, location: str | None = None, cursor: str | None = None, limit: int = 20
) -> Page[Reorder]:
    """Levels where what can be promised and what is on its way have fallen to the reorder point."""
    places = await rights.seen(tx, Permission.stock_read, by)
    if location is not None:
        await rights.must(tx, Permission.stock_read, [location], by)
        places = [location]
    after = cursors.decode(cursor, tuple[str, UUID])
    found = await store.due(tx, places, after=after, most=limit + 1)
    return Page.cut(found, limit, lambda level: (level.location, level.variant_id))
