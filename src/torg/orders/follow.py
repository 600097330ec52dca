"""An order as whoever holds its link follows it: what was bought and where it is, nothing of how it was paid."""

from uuid import UUID

from torg import fulfilment
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.orders import store
from torg.orders.model import UnknownOrder
from torg.orders.see import Seen


async def followed(tx: Transaction, order_id: UUID) -> Seen:
    """The order with its lines and fulfilments, for who has been let in by its link."""
    order = await store.find(tx, order_id)
    if order is None:
        raise UnknownOrder(order=public("ord", order_id))
    return Seen(
        order=order,
        lines=await store.lines(tx, order_id),
        fulfilments=await fulfilment.of_order(tx, order_id),
    )
