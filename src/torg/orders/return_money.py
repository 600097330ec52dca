"""Bring back the money of an order that will not be delivered."""

from uuid import UUID

from torg import payments
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.orders import store
from torg.orders.model import OrderState
from torg.payments import Gateways


async def return_money(database: Database, gateways: Gateways, order_id: UUID) -> None:
    """Bring back what was paid for an order; nothing of one that was taken up again or placed meanwhile."""
    await payments.return_money(
        database,
        gateways,
        order_id,
        reason="not-delivered",
        by=SYSTEM,
        still=lambda tx: _not_delivered(tx, order_id),
    )


async def _not_delivered(tx: Transaction, order_id: UUID) -> bool:
    # The order is locked, so it cannot be prepared anew between the look and the claim.
    order = await store.find(tx, order_id, lock=True)
    return order is not None and order.state in {OrderState.lapsed, OrderState.cancelled}
