"""Who may see what no place sends: staff with the right to see fulfilment in its channel or in its store."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.orders.places import holding
from torg.orders.shortfalls import store
from torg.orders.shortfalls.model import Shortfall
from torg.permissions import Permission


def sees(by: Actor, shortfall: Shortfall) -> bool:
    """Whether the actor may see the shortfall."""
    rights = (Permission.fulfilment_read, Permission.fulfilment_write)
    return any(by.may(right, store=shortfall.store, channel=shortfall.channel) for right in rights)


async def work_list(
    tx: Transaction,
    wanted: store.Wanted,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
    by: Actor,
) -> list[Shortfall]:
    """What waits for a decision where the actor may look, the oldest first."""
    by.must(Permission.fulfilment_read, anywhere=True)
    places = holding(by, Permission.fulfilment_read)
    return await store.listed(tx, wanted, places=places, after=after, limit=limit)


async def short_of(tx: Transaction, order_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these orders of which nobody sends some units."""
    return await store.open_of(tx, order_ids)
