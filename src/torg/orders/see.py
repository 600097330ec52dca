"""Who may see an order: its customer, who has its token, and staff with the right in its channel or in a store of it.

A store of it is the one that sold it, and each that hands over or sends some of it, wherever it was bought.

For everybody else there is no such order.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg import fulfilment
from torg.customers import require_customer
from torg.fulfilment import Fulfilment
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.http import Page
from torg.kernel.ids import public
from torg.orders import store
from torg.orders.changes.known import of_order as changes_of
from torg.orders.changes.model import Change
from torg.orders.model import Order, OrderLine, UnknownOrder
from torg.orders.returns import Return
from torg.orders.returns import of_order as returns_of
from torg.orders.store import CustomerOrder
from torg.payments import Payment
from torg.payments import of_order as payments_of
from torg.permissions import Permission


class Seen(Struct, frozen=True):
    """An order with all that belongs to it."""

    order: Order
    lines: list[OrderLine]
    payments: list[Payment] = []
    fulfilments: list[Fulfilment] = []
    returns: list[Return] = []
    changes: list[Change] = []


def may_see(order: Order, by: Actor) -> bool:
    """Whether the actor may see the order."""
    if order.customer_id is not None and order.customer_id == by.customer_id:
        return True
    if order.token_hash is not None and order.token_hash in by.tokens:
        return True
    return staff_may_see(order, by)


def staff_may_see(order: Order, by: Actor) -> bool:
    """Whether the actor may see the order as one of the staff, or as a program."""
    places = (order.store, *order.stores)
    return any(by.may(Permission.orders_read, store=place, channel=order.channel) for place in places)


async def see(tx: Transaction, order_id: UUID, *, by: Actor) -> Seen:
    """An order with its lines, payments, fulfilments and returns."""
    order = await store.find(tx, order_id)
    if order is None or not may_see(order, by):
        raise UnknownOrder(order=public("ord", order_id))
    return await whole(tx, order)


async def whole(tx: Transaction, order: Order) -> Seen:
    """The order with all that belongs to it, for who has been let in."""
    return Seen(
        order=order,
        lines=await store.lines(tx, order.order_id),
        payments=await payments_of(tx, order.order_id),
        fulfilments=await fulfilment.of_order(tx, order.order_id),
        returns=await returns_of(tx, order.order_id),
        changes=await changes_of(tx, order.order_id),
    )


async def for_change(tx: Transaction, order_id: UUID, permission: Permission, *, by: Actor) -> Order:
    """An order, locked, for staff who may see it and have the right to change it in this way."""
    by.must(permission, anywhere=True)
    order = await store.find(tx, order_id, lock=True)
    if order is None:
        raise UnknownOrder(order=public("ord", order_id))
    here = {"store": order.store, "channel": order.channel}
    if not (may_see(order, by) or by.may(permission, store=here["store"], channel=here["channel"])):
        raise UnknownOrder(order=public("ord", order_id))
    by.must(permission, store=order.store, channel=order.channel)
    return order


async def own_orders(
    tx: Transaction, *, after: tuple[datetime, UUID] | None, limit: int, by: Actor
) -> Page[CustomerOrder]:
    """The customer's own orders, the newest first."""
    rows = await store.of_customer(tx, require_customer(by), after, limit + 1)
    return Page.cut(rows, limit, lambda order: (order.placed_at, order.order_id))
