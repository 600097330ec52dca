"""Placed orders become work: every location is told what to send or to keep ready."""

from collections.abc import Sequence
from uuid import UUID

from torg import fulfilment, inventory
from torg.kernel.database import Transaction
from torg.markets import atlas
from torg.orders import rules, store
from torg.orders.model import OrderState
from torg.orders.plans import plans


async def plan_placed(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """Tell the locations of these orders, but of those that were cancelled, or planned, before.

    The orders know the stores among them, whose staff may read them.
    """
    known = await atlas(tx.database)
    found = await store.find_many(tx, order_ids, lock=True)
    known_to_places = await fulfilment.planned(tx, [order.order_id for order in found])
    placed = [
        order for order in found if order.state is OrderState.placed and order.order_id not in known_to_places
    ]
    lines = await store.lines_of(tx, [order.order_id for order in placed])
    demands = {
        order.order_id: rules.demands(lines[order.order_id], known.channel(order.channel), known)
        for order in placed
    }
    held = await inventory.allocate_all(tx, {order_id: some for order_id, some in demands.items() if some})
    wanted = {
        order.order_id: plans(order, lines[order.order_id], held[order.order_id], known)
        for order in placed
        if order.order_id in held
    }
    stores = {id: sorted({part.store for part in parts if part.store}) for id, parts in wanted.items()}
    await store.delivered_by(tx, {id: codes for id, codes in stores.items() if codes})
    await fulfilment.plan(tx, wanted)
