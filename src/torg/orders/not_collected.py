"""Nobody came for a pick-up: its goods are back on the shelf, and what was paid for them goes back."""

from collections.abc import Sequence
from uuid import UUID

from torg import fulfilment
from torg.fulfilment import Fulfilment, FulfilmentNotCollected
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded
from torg.orders import store
from torg.orders.model import OrderLine, OrderState
from torg.orders.returns import ReturnKind
from torg.orders.returns.without_goods import Part, give_back

REASON = "not-collected"


async def follow_not_collected(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Give back for each pick-up that ended so, once: the fulfilment's id is what is given back under."""
    for recorded in events:
        event = recorded.event
        assert isinstance(event, FulfilmentNotCollected)
        order = await store.find(tx, event.order_id, lock=True)
        if order is None or order.state is not OrderState.placed:
            continue  # cancelled meanwhile: all of its money goes back by itself
        there = await fulfilment.of_order(tx, event.order_id)
        ended = next(one for one in there if one.id == event.fulfilment_id)
        parts = [
            Part(line.id, units)
            for line in await store.lines(tx, event.order_id)
            if (units := _whole(line, ended))
        ]
        if parts:
            await give_back(
                tx, order, parts, kind=ReturnKind.undelivered, id=ended.id, reason=REASON, by=SYSTEM
            )


def _whole(line: OrderLine, ended: Fulfilment) -> int:
    """How many units of a line that is, of a bundle how many whole ones."""
    held: dict[UUID, int] = {}
    for one in ended.lines:
        if one.line_id == line.id:
            held[one.variant_id] = held.get(one.variant_id, 0) + one.quantity
    if not line.components:
        return held.get(line.variant_id, 0)
    return min(held.get(one.variant_id, 0) // one.quantity for one in line.components)
