"""Looking at counts."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from torg.inventory import rights
from torg.inventory.counts import store
from torg.inventory.counts.model import Count, CountLine, CountNotOpen, CountState, UnknownCount
from torg.kernel import cursors
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.http import Page
from torg.kernel.ids import public
from torg.permissions import Permission


async def counts(
    tx: Transaction,
    *,
    by: Actor,
    location: str | None = None,
    state: CountState | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Count]:
    """Counts of the locations where the actor may count, the newest first."""
    places = await rights.seen(tx, Permission.stock_count, by)
    if location is not None:
        await rights.must(tx, Permission.stock_count, [location], by)
        places = [location]
    before = cursors.decode(cursor, tuple[datetime, UUID])
    found = await store.list_of(tx, places, state=state, before=before, most=limit + 1)
    return Page.cut(found, limit, lambda count: (count.opened_at, count.id))


async def count(tx: Transaction, id: UUID, *, by: Actor) -> Count:
    """One count."""
    by.must(Permission.stock_count, anywhere=True)
    found = await store.load(tx, id)
    if found is None or not await rights.sees(tx, Permission.stock_count, [found.location], by):
        raise UnknownCount(count=public("cnt", id))
    return found


async def lines(
    tx: Transaction,
    id: UUID,
    *,
    by: Actor,
    differing: bool | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[CountLine]:
    """What was counted; while a blind count is open, nobody is told what was expected, nor which lines differ."""
    found = await count(tx, id, by=by)
    hidden = found.blind and found.state is CountState.open
    after = cursors.decode(cursor, tuple[UUID])
    rows = await store.lines(
        tx,
        id,
        differing=None if hidden else differing,
        after=after[0] if after else None,
        most=limit + 1,
    )
    page = Page.cut(rows, limit, lambda row: (row.variant_id,))
    return page.map(lambda row: replace(row, expected=None)) if hidden else page


async def lock(tx: Transaction, id: UUID, permission: Permission, *, by: Actor) -> Count:
    """An open count of a location where the actor has the right, its row locked."""
    by.must(permission, anywhere=True)
    found = await store.lock(tx, id)
    if found is None:
        raise UnknownCount(count=public("cnt", id))
    await rights.must(tx, permission, {found.location}, by)
    if found.state is not CountState.open:
        raise CountNotOpen()
    return found
