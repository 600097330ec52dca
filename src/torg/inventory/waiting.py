"""What cannot leave yet: promised before it was there, and still not there for this order.

Of what is on hand, first comes what was promised from stock; what is left over serves the later promises, the oldest
first, whatever order is worked on first. A pre-order waits for its day also when its goods are there.
"""

from collections.abc import Collection
from uuid import UUID

from torg.inventory.store import waiting as store
from torg.inventory.store.waiting import Waiting
from torg.kernel.database import Transaction
from torg.kernel.errors import Refused


class StockAwaited(Refused):
    """What has arrived belongs to earlier promises, or is not out yet."""

    code = "stock-awaited"
    message = "At {location}, what is there belongs to earlier orders. This order's goods are expected on {expected}."


async def waiting(tx: Transaction, order_ids: Collection[UUID]) -> list[Waiting]:
    """Which holds of these orders cannot leave yet, and how many of their units are not there; in one statement."""
    return await store.waiting(tx, order_ids, tx.now.date()) if order_ids else []
