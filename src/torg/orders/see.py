"""Who may see an order: its customer, who has its token, and staff with the right in its channel or store.

For everybody else there is no such order.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg import fulfilment
from torg.customers import require_customer
from torg.fulfilment import Fulfilment
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.orders import store
from torg.orders.model import Order, OrderLine, OrderState, UnknownOrder
from torg.orders.store import CustomerOrder, Wanted
from torg.payments import Payment
from torg.payments import of_order as payments_of
from torg.permissions import Permission

MOST_LOOKS: Final = 10
"""How many pages are read for one that is shown, when a reader may see little of what there is."""


class Seen(Struct, frozen=True):
    """An order with all that belongs to it."""

    order: Order
    lines: list[OrderLine]
    payments: list[Payment] = []
    fulfilments: list[Fulfilment] = []


def may_see(order: Order, by: Actor) -> bool:
    """Whether the actor may see the order."""
    if order.customer_id is not None and order.customer_id == by.customer_id:
        return True
    if order.token_hash is not None and order.token_hash in by.tokens:
        return True
    return by.may(Permission.orders_read, store=order.store, channel=order.channel)


async def see(tx: Transaction, order_id: UUID, *, by: Actor) -> Seen:
    """An order with its lines, payments and fulfilments."""
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


async def list_orders(
    tx: Transaction,
    wanted: Wanted,
    *,
    number: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    by: Actor,
) -> tuple[list[Order], tuple[datetime, UUID] | None]:
    """Orders that staff may see, the newest first, and where the next page begins."""
    by.must(Permission.orders_read, anywhere=True)
    if number is not None:
        order_id = await store.claimed(tx, number.strip().upper())
        if order_id is None:
            return [], None
        wanted = replace(wanted, order_id=order_id)
    channels, stores = by.channels(Permission.orders_read), by.stores(Permission.orders_read)
    wanted = replace(
        wanted,
        channels=sorted(channels) if channels is not None else None,
        stores=sorted(stores) if stores is not None else None,
    )
    found: list[Order] = []
    for _ in range(MOST_LOOKS):
        rows = await store.listed(tx, wanted, after, limit + 1)
        for row in rows[:limit]:
            if len(found) == limit:
                return found, after
            after = (row.created_at, row.order_id)
            if by.may(Permission.orders_read, store=row.store, channel=row.channel):
                found.append(row)
        if len(rows) <= limit:
            return found, None
        if len(found) == limit:
            break
    return found, after


async def own_orders(
    tx: Transaction, *, after: tuple[datetime, UUID] | None, limit: int, by: Actor
) -> list[CustomerOrder]:
    """The customer's own orders, the newest first."""
    return await store.of_customer(tx, require_customer(by), after, limit)


__all__ = ["OrderState", "Seen", "for_change", "list_orders", "may_see", "own_orders", "see", "whole"]
