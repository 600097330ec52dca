"""Nobody has to serve what is missing of an order that is cancelled."""

from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.orders.shortfalls import store
from torg.orders.shortfalls.events import ShortfallSettled


async def drop(tx: Transaction, order_id: UUID, *, by: Actor) -> None:
    """Take what is open of the order off the work list. The right to do this is the order's."""
    missing = await store.cancel(tx, order_id, str(by))
    tx.record(*(ShortfallSettled.of(one) for one in missing))
