"""What the stores of an order promise to have ready, and when."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from torg import inventory
from torg.inventory import PickUpNotPossible
from torg.kernel.database import Transaction
from torg.orders import rules, store
from torg.orders.model import Order, OrderLine

SLOW: Final = timedelta(minutes=5)
"""A store begins when the order is placed: a payment that took longer than this puts off what it has ready."""


async def promise_pick_ups(tx: Transaction, order: Order, lines: Sequence[OrderLine]) -> Order:
    """The order with what stores promise to have ready, which may be later than its cart said a moment ago."""
    methods = {shop: one.method for one in order.deliveries if (shop := one.picked_up_at) is not None}
    moments = {
        shop: await inventory.promise_pick_up(
            tx, order.order_id, methods[shop], shop, expected=rules.expected_at(lines, shop)
        )
        for shop in sorted(methods)  # the order in which stores are locked
    }
    deliveries = [
        replace(one, ready_at=moments[shop], earliest=moments[shop].date(), latest=moments[shop].date())
        if (shop := one.picked_up_at) is not None
        else one
        for one in order.deliveries
    ]
    return replace(order, deliveries=tuple(deliveries))


async def promise_again(tx: Transaction, order: Order, lines: Sequence[OrderLine]) -> Order:
    """The order as it is placed: promised anew when its payment took long. It is paid, so it is placed in any case."""
    if not order.picked_up_at or tx.now - order.updated_at <= SLOW:
        return order
    try:
        order = await promise_pick_ups(tx, order, lines)
    except PickUpNotPossible:
        return order
    store.deliver_anew(tx, order)
    return order
