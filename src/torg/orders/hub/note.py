"""Write down something about an order, for other staff. Notes are never changed: a second one corrects the first."""

from collections.abc import Sequence
from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import new_id, public
from torg.orders import store as orders
from torg.orders.events import OrderNoted
from torg.orders.hub import store
from torg.orders.hub.store import Note
from torg.orders.model import Order, UnknownOrder
from torg.orders.see import staff_may_see
from torg.permissions import Permission


async def note(tx: Transaction, order_id: UUID, text: str, *, by: Actor) -> Note:
    """Write a note on an order, for staff who may see it; its customer does not."""
    by.must(Permission.orders_note, anywhere=True)
    order = await seen_by_staff(tx, order_id, by)
    by.must(Permission.orders_note, store=order.store, channel=order.channel)
    if not text.strip():
        raise Invalid.of(FieldProblem("text", "required", "This field is required."))
    written = Note(order_id, new_id(), text.strip(), str(by), tx.now)
    await store.add_note(tx, written)
    tx.record(OrderNoted.of(order))
    return written


async def notes_of(tx: Transaction, order_id: UUID, *, by: Actor) -> Sequence[Note]:
    """The notes on an order, the oldest first."""
    by.must(Permission.orders_read, anywhere=True)
    await seen_by_staff(tx, order_id, by)
    return await store.notes(tx, order_id)


async def seen_by_staff(tx: Transaction, order_id: UUID, by: Actor) -> Order:
    """An order, for staff who may read it where it belongs; its own customer is nobody here."""
    order = await orders.find(tx, order_id)
    if order is None or not staff_may_see(order, by):
        raise UnknownOrder(order=public("ord", order_id))
    return order
