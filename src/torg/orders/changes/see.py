"""Who may change an order, and see what became of its changes."""

from typing import Final
from uuid import UUID

from torg.kernel.access import Actor, ActorKind
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.orders import store as orders
from torg.orders.changes import store
from torg.orders.changes.model import Change
from torg.orders.model import Order, UnknownOrder
from torg.orders.see import may_see
from torg.permissions import Permission

STAFF: Final = frozenset({ActorKind.staff, ActorKind.api_key, ActorKind.system})


async def for_change(tx: Transaction, order_id: UUID, *, by: Actor, lock: bool) -> Order:
    """The order for who may change something of it: its customer, who has its token, and staff with the right."""
    order = await orders.find(tx, order_id, lock=lock)
    if by.kind in STAFF:
        by.must(Permission.orders_change, anywhere=True)
    if order is None or not may_see(order, by):
        raise UnknownOrder(order=public("ord", order_id))
    if by.kind in STAFF:
        by.must(Permission.orders_change, store=order.store, channel=order.channel)
    return order


async def changes_of(tx: Transaction, order_id: UUID, *, by: Actor) -> list[Change]:
    """The history of an order's versions, the oldest first, for who may see the order."""
    order = await orders.find(tx, order_id)
    if order is None or not may_see(order, by):
        raise UnknownOrder(order=public("ord", order_id))
    return await store.of_order(tx, order_id)
