"""What was seen of an order's parcels, for who may see the order."""

from uuid import UUID

from torg.fulfilment.tracking import store
from torg.fulfilment.tracking.store import Seen as SeenOfParcel
from torg.kernel.database import Transaction

__all__ = ["SeenOfParcel", "seen_of"]


async def seen_of(tx: Transaction, order_id: UUID) -> list[SeenOfParcel]:
    """Everything that was seen of them, the first first."""
    return await store.seen(tx, order_id)
