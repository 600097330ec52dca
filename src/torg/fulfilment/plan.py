"""Tell locations what an order wants from them, and take it back while nothing has left."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from torg.fulfilment import store
from torg.fulfilment.errors import AlreadyLeft
from torg.fulfilment.events import FulfilmentCancelled, FulfilmentHandedOver, FulfilmentPlanned
from torg.fulfilment.model import TO_DO, Fulfilment, Plan, Rejection
from torg.fulfilment.rules import first_state
from torg.fulfilment.shipments.give_up import give_up_all
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.kernel.spread import together


async def plan(tx: Transaction, wanted: Mapping[UUID, Sequence[Plan]]) -> None:
    """Make one fulfilment per order, origin, location and method; an origin that has some already gets no more.

    Goods that are carried out have left as they were sold. The right to do this is the orders'.
    """
    for group in await together(tx, (order_id for order_id, plans in wanted.items() if plans)):
        planned = [(order_id, new_id(), plan) for order_id in group for plan in wanted[order_id]]
        made = await store.insert(tx, planned)
        for order_id, id, one in planned:
            if id in made:
                left = first_state(one.kind).left
                tx.record((FulfilmentHandedOver if left else FulfilmentPlanned).of_plan(order_id, id, one))


async def planned(tx: Transaction, order_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these orders that have been planned: their goods move with what places were told from then on."""
    return await store.planned(tx, order_ids)


async def cancel(tx: Transaction, order_id: UUID) -> None:
    """Send nothing of the order any more; `AlreadyLeft`, and nothing changed, when some of it has left."""
    there = await store.of_order(tx, order_id, lock=True)
    if any(fulfilment.left for fulfilment in there):
        raise AlreadyLeft()
    await store.cancel(tx, order_id)
    await give_up_all(tx, order_id)
    tx.record(*(FulfilmentCancelled.of(f) for f in there if f.state in TO_DO))


async def units_left(tx: Transaction, order_id: UUID) -> dict[tuple[UUID, UUID], int]:
    """How many units have left the building, by the order's line and variant: a bundle's line has several variants."""
    left: dict[tuple[UUID, UUID], int] = {}
    for fulfilment in await store.of_order(tx, order_id):
        for line in fulfilment.lines:
            if line.gone:
                part = (line.line_id, line.variant_id)
                left[part] = left.get(part, 0) + line.gone
    return left


async def of_order(tx: Transaction, order_id: UUID) -> list[Fulfilment]:
    """All fulfilments of an order, for who may see the order."""
    return await store.of_order(tx, order_id)


async def of_orders(tx: Transaction, order_ids: Sequence[UUID]) -> list[Fulfilment]:
    """All fulfilments of these orders, for who may see them."""
    return await store.of_orders(tx, order_ids) if order_ids else []


async def rejections(tx: Transaction, order_id: UUID) -> list[Rejection]:
    """What places could not send of an order, and why, for who may see the order."""
    return await store.rejections(tx, order_id)
