"""Looking at goods on their way: seen by whoever may look at either end."""

from datetime import datetime
from uuid import UUID

from torg.inventory import rights
from torg.inventory.supplies import store
from torg.inventory.supplies.model import NotOnItsWay, Supply, SupplyKind, SupplyState, UnknownSupply
from torg.kernel import cursors
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.http import Page
from torg.kernel.ids import public
from torg.permissions import Permission


async def supplies(
    tx: Transaction,
    *,
    by: Actor,
    location: str | None = None,
    kind: SupplyKind | None = None,
    state: SupplyState | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Supply]:
    """Purchase orders and transfers to or from the locations that the actor may look at, the newest first."""
    places = await rights.seen(tx, Permission.stock_read, by)
    if location is not None:
        await rights.must(tx, Permission.stock_read, [location], by)
        places = [location]
    before = cursors.decode(cursor, tuple[datetime, UUID])
    found = await store.list_of(tx, places, kind=kind, state=state, before=before, most=limit + 1)
    return Page.cut(found, limit, lambda supply: (supply.opened_at, supply.id))


async def supply(tx: Transaction, id: UUID, *, by: Actor) -> Supply:
    """One purchase order or transfer."""
    by.must(Permission.stock_read, anywhere=True)
    found = await store.load(tx, id)
    if found is None or not await rights.sees(tx, Permission.stock_read, [found.location, found.source], by):
        raise UnknownSupply(supply=public("sup", id))
    return found


async def lock(tx: Transaction, id: UUID, version: int | None, *, by: Actor) -> Supply:
    """One that is on its way to where the actor may change stock, its row locked; of this version if one is given."""
    by.must(Permission.stock_adjust, anywhere=True)
    found = await store.lock(tx, id)
    if found is None:
        raise UnknownSupply(supply=public("sup", id))
    await rights.must(tx, Permission.stock_adjust, {found.location}, by)
    if version is not None and version != found.version:
        raise StaleVersion(given=version, present=found.version)
    if found.state is not SupplyState.on_its_way:
        raise NotOnItsWay()
    return found
