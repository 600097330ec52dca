"""Looking at stock: how many are where, and why."""

from uuid import UUID

from torg.inventory import rights
from torg.inventory.model import Level, UnknownLevel
from torg.inventory.movement import Movement
from torg.inventory.store import reads
from torg.kernel import cursors
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.http import Page
from torg.permissions import Permission

NEWEST = 2**62


async def levels(
    tx: Transaction,
    *,
    by: Actor,
    variant_id: UUID | None = None,
    location: str | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Level]:
    """Levels of the locations that the actor may look at, by location; of one variant or one location only if asked."""
    places = await rights.seen(tx, Permission.stock_read, by)
    if location is not None:
        await rights.must(tx, Permission.stock_read, [location], by)
        places = [location]
    after = cursors.decode(cursor, tuple[str, UUID])
    if variant_id is None:
        found = await reads.levels(tx, places, after=after, most=limit + 1)
    else:
        last = after[0] if after else ""
        found = await reads.levels_of(tx, variant_id, places, after=last, most=limit + 1)
    return Page.cut(found, limit, lambda level: (level.location, level.variant_id))


async def level(tx: Transaction, variant_id: UUID, location: str, *, by: Actor) -> Level:
    """One level."""
    await rights.must(tx, Permission.stock_read, [location], by)
    found = await reads.level(tx, variant_id, location)
    if found is None:
        raise UnknownLevel(location=location)
    return found


async def movements(
    tx: Transaction,
    variant_id: UUID,
    location: str,
    *,
    by: Actor,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Movement]:
    """Why there are so many: a level's movements, the latest first, each with what was on hand after it."""
    await level(tx, variant_id, location, by=by)
    before = cursors.decode(cursor, tuple[int]) or (NEWEST,)
    found = await reads.movements(tx, variant_id, location, before=before[0], most=limit + 1)
    return Page.cut(found, limit, lambda movement: (movement.sequence,))
