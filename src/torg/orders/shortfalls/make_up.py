"""Goods that a place did not send: another sends them, or staff decide.

The rules of the channel choose, without the places that have said no to these goods, as often as the channel's rules
allow. What nobody can send, or only one place may, waits in the work list. Done twice, the second time does nothing.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from torg import fulfilment, inventory
from torg.fulfilment import FulfilmentRejected, Rejection
from torg.inventory import Otherwise
from torg.kernel import mail
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded
from torg.kernel.ids import new_id
from torg.orders import letters
from torg.orders import store as orders
from torg.orders.model import Order, OrderLine, OrderState
from torg.orders.shortfalls import store
from torg.orders.shortfalls.events import ShortfallBackordered, ShortfallEvent, ShortfallOpened
from torg.orders.shortfalls.model import OPEN, PAUSE, Shortfall, ShortfallState, Why
from torg.orders.shortfalls.send import look_elsewhere, send


async def follow_rejections(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Places have said no: their goods are sent from elsewhere, or come into the work list."""
    for recorded in events:
        event = recorded.event
        assert isinstance(event, FulfilmentRejected)
        await make_up(tx, event.order_id, event.rejection_id)


async def make_up(tx: Transaction, order_id: UUID, rejection_id: UUID) -> None:
    """Find other places for what was rejected at once; what was dealt with before stays as it is."""
    order = await orders.find(tx, order_id, lock=True)
    if order is None or order.state is not OrderState.placed:
        return  # cancelled meanwhile: nobody has to send anything
    if await store.of_rejection(tx, order_id, rejection_id):
        return
    lines = {line.id: line for line in await orders.lines(tx, order_id)}
    said = await fulfilment.rejections(tx, order_id)
    by = await inventory.routing_rules(tx, order.channel)
    mine = [one for one in said if one.id == rejection_id]
    missing = [_shortfall(order, lines[one.line_id], one, by.attempts) for one in mine]
    routable = [one for one in missing if one.why is None]
    found, sent = await look_elsewhere(tx, order, lines, routable, said)
    await send(tx, order, lines, found, origin=rejection_id, round=missing[0].round + 1)
    decided = [_decided(tx, one, by.otherwise, sent=one.id in sent) for one in missing]
    await store.add(tx, decided)
    await _tell(tx, order, [one for one in decided if one.state in OPEN])


def _shortfall(order: Order, line: OrderLine, said: Rejection, most: int) -> Shortfall:
    why = Why.one_place if line.store else Why.attempts if said.round >= most else None
    return Shortfall(
        order_id=order.order_id,
        id=new_id(),
        rejection_id=said.id,
        line_id=line.id,
        variant_id=said.variant_id,
        sku=said.sku,
        name=said.name,
        quantity=said.quantity,
        number=order.number or "",
        channel=order.channel,
        store=line.store or order.store,
        intent=line.intent,
        location=said.location,
        reason=said.reason,
        round=said.round,
        state=ShortfallState.waiting,
        why=why,
        opened_at=said.at,
    )


def _decided(tx: Transaction, missing: Shortfall, otherwise: Otherwise, *, sent: bool) -> Shortfall:
    if sent:
        return replace(missing, state=ShortfallState.served, settled_at=tx.now, settled_by=str(SYSTEM))
    if missing.why is None and otherwise is Otherwise.wait:
        later = tx.now + PAUSE
        return replace(missing, why=Why.nobody, state=ShortfallState.backordered, due_at=later)
    return replace(missing, why=missing.why or Why.nobody)


async def _tell(tx: Transaction, order: Order, waiting: Sequence[Shortfall]) -> None:
    tx.record(*(_event(one) for one in waiting))
    if waiting and order.email is not None:
        late = [(one.name, one.quantity) for one in waiting]
        await mail.send_all(tx, [letters.delayed(order, late, waiting[0].rejection_id)])


def _event(missing: Shortfall) -> ShortfallEvent:
    waits = missing.state is ShortfallState.backordered
    return (ShortfallBackordered if waits else ShortfallOpened).of(missing)
