"""Cancel an order of which nothing has left."""

from uuid import UUID

from torg import fulfilment, inventory, payments, promotions
from torg.fulfilment import AlreadyLeft
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.orders import rules, store
from torg.orders.changes.wait import drop as drop_change
from torg.orders.events import OrderCancelled
from torg.orders.model import Order
from torg.orders.see import for_change
from torg.orders.shortfalls.drop import drop
from torg.permissions import Permission


async def cancel(tx: Transaction, order_id: UUID, *, reason: str, by: Actor) -> Order:
    """Cancel an order of which nothing has left: its goods can be sold again, and its money goes back soon after."""
    order = await for_change(tx, order_id, Permission.orders_cancel, by=by)
    cancelled = rules.cancel(order, reason, tx.now)
    lines = await store.lines(tx, order_id)
    if any(line.gone for line in lines):
        raise AlreadyLeft()
    if any(line.gift_card for line in lines):
        await payments.withdraw(tx, order_id, by=by)
    await drop_change(tx, order, "order-cancelled")
    await fulfilment.cancel(tx, order_id)
    await inventory.release(tx, order_id, "order-cancelled")
    await inventory.drop_pick_ups(tx, order_id, order.picked_up_at)
    await drop(tx, order_id, by=by)
    await promotions.give_back(tx, order_id, order.used)
    if not await store.cancel(tx, cancelled):
        raise LookupError("an order that was locked was moved")
    await audit.write(tx, by, "order.cancelled", public("ord", order_id), after={"reason": reason})
    tx.record(OrderCancelled.of(cancelled))
    return cancelled
