"""A customer cancels her own order by herself, as long as nobody works on it and her channel lets her."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from torg import fulfilment
from torg.fulfilment import Fulfilment
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Refused
from torg.markets import ByCustomer, Channel, atlas
from torg.orders import store
from torg.orders.cancel import cancel
from torg.orders.changes.build import begun_of
from torg.orders.changes.see import STAFF, for_change
from torg.orders.entrust import entrusted
from torg.orders.model import Order, OrderLine, OrderState

REASON: Final = "by-customer"
NOTHING: Final = frozenset[ByCustomer]()


class OnlyByStaff(Refused):
    """Somebody prepares the goods already, or the channel leaves it to staff."""

    code = "only-by-staff"
    message = "This order is being prepared. Ask us to cancel it."


def open_to_customer(
    order: Order, lines: Sequence[OrderLine], fulfilments: Sequence[Fulfilment], channel: Channel
) -> frozenset[ByCustomer]:
    """What of an order its customer may change by herself now; nothing once somebody works on it."""
    if order.state is not OrderState.placed or order.source is not None:
        return NOTHING
    if any(begun_of(lines, fulfilments).values()):
        return NOTHING
    return frozenset(channel.settings.changes.by_customer)


async def cancel_own(tx: Transaction, order_id: UUID, *, by: Actor) -> Order:
    """Cancel the actor's own order of which nothing is begun; an order that is cancelled stays so."""
    order = await for_change(tx, order_id, by=by, lock=True)
    if order.state is OrderState.cancelled:
        return order
    channel = (await atlas(tx.database)).channel(order.channel)
    lines, sent = await store.lines(tx, order_id), await fulfilment.of_order(tx, order_id)
    if by.kind in STAFF or ByCustomer.lines not in open_to_customer(order, lines, sent, channel):
        raise OnlyByStaff()
    return await cancel(tx, order_id, reason=REASON, by=entrusted(by))
