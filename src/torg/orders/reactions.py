"""What orders do when something has happened to them, to their payments or to their fulfilments."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from torg import fulfilment, inventory
from torg.fulfilment import (
    FulfilmentCollected,
    FulfilmentEvent,
    FulfilmentHandedOver,
    FulfilmentKind,
    FulfilmentLine,
    FulfilmentShipped,
    Plan,
)
from torg.inventory import Held
from torg.kernel import mail
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import defer
from torg.markets import Atlas, atlas
from torg.orders import jobs, letters, rules, store
from torg.orders.events import OrderCancelled, OrderDelivered, OrderEvent, OrderPlaced
from torg.orders.finalize import advance
from torg.orders.model import Capture, Intent, Order, OrderLine, OrderState
from torg.orders.rules import Step
from torg.payments import PaymentAuthorised, PaymentCaptured, PaymentFailed
from torg.payments import of_orders as payments_of

CARRY_OUT: Final = "carry-out"
"""The method of what the customer takes along as she buys it."""


async def follow_payments(tx: Transaction, events: Sequence[Recorded]) -> None:
    """A payment was decided, by whatever way: the order goes on, or its money goes back."""
    for order_id in await store.unsettled(tx, _orders(events)):
        _, step = await advance(tx, order_id)
        if step is Step.return_money:
            await defer(tx, jobs.return_money.with_(once=order_id.hex), order_id=order_id)


async def plan(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Orders were placed: every location is told what to send or to keep ready, unless one was cancelled meanwhile.

    The orders know the stores among them, whose staff may read them.
    """
    known = await atlas(tx.database)
    found = await store.find_many(tx, _orders(events), lock=True)
    placed = [order for order in found if order.state is OrderState.placed]
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


def plans(order: Order, lines: Sequence[OrderLine], held: Sequence[Held], known: Atlas) -> list[Plan]:
    """What each location does, by location and method."""
    by_id = {line.id: line for line in lines}
    stores = {shop.location: shop.code for shop in known.stores.values()}
    methods = {(d.intent, d.store): d.method for d in order.deliveries}
    parts: dict[tuple[str, str, Intent], dict[tuple[UUID, UUID], int]] = {}
    for part in held:
        line = by_id[part.line_id]
        method = methods.get((line.intent, line.store), CARRY_OUT)
        units = parts.setdefault((part.location, method, line.intent), {})
        goods = (line.id, part.variant_id)
        units[goods] = units.get(goods, 0) + part.quantity
    return [
        Plan(
            location=location,
            method=method,
            kind=FulfilmentKind(intent.value),
            number=order.number or "",
            channel=order.channel,
            store=stores.get(location),
            recipient=order.name,
            address=order.address if intent is Intent.ship else None,
            email=order.email,
            language=order.language,
            region=order.country,
            time_zone=order.time_zone,
            lines=tuple(_part(by_id[id], variant, units) for (id, variant), units in sorted(wanted.items())),
        )
        for (location, method, intent), wanted in sorted(parts.items())
    ]


def _part(line: OrderLine, variant: UUID, units: int) -> FulfilmentLine:
    for one in line.components:
        if one.variant_id == variant:
            return FulfilmentLine(line.id, variant, one.sku, one.name, units)
    name = f"{line.name}, {line.options}" if line.options else line.name
    return FulfilmentLine(line.id, line.variant_id, line.sku, name, units)


async def follow_fulfilments(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Goods have left: the lines of the order know how many."""
    for order_id in _orders(events):
        order = await store.find(tx, order_id, lock=True)
        if order is None:
            continue
        lines = await store.lines(tx, order_id)
        left = await fulfilment.units_left(tx, order_id)
        more = rules.gone(lines, left)
        if more:
            await store.mark_gone(tx, order_id, more)
        total = sum(more.get(line.id, line.gone) for line in lines)
        tx.record(OrderDelivered.of_units(order, total))


async def move_money(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Money is taken when it is due, and brought back when the order is cancelled.

    Something can be due at placement even where money is taken at shipment: digital goods never ship.
    """
    due: list[UUID] = []
    for recorded in events:
        event = recorded.event
        assert isinstance(event, OrderEvent)
        if isinstance(event, OrderCancelled):
            once = event.order_id.hex
            await defer(tx, jobs.return_money.with_(once=once), order_id=event.order_id)
        elif isinstance(event, OrderPlaced) or event.capture is Capture.shipment:
            due.append(event.order_id)
    capturable = {payment.order_id for payment in await payments_of(tx, due) if payment.capturable}
    waiting = sorted(capturable)
    for first in range(0, len(waiting), jobs.COLLECTED_AT_ONCE):
        await defer(tx, jobs.collect, order_ids=waiting[first : first + jobs.COLLECTED_AT_ONCE])


async def tell(tx: Transaction, events: Sequence[Recorded]) -> None:
    """The customer gets a confirmation, or is told that nothing will come."""
    ids = _orders(events)
    orders = {order.order_id: order for order in await store.find_many(tx, ids) if order.email is not None}
    lines = await store.lines_of(tx, list(orders))
    wishes = []
    for recorded in events:
        event = recorded.event
        assert isinstance(event, OrderEvent)
        order = orders.get(event.order_id)
        if order is not None:
            gone = isinstance(event, OrderCancelled)
            wishes.append(letters.cancelled(order) if gone else letters.placed(order, lines[order.order_id]))
    await mail.send_all(tx, wishes)


async def copy_for_customers(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Keep each customer's own list of her orders."""
    events_of_customers = [e for e in events if isinstance(e.event, OrderEvent) and e.event.customer_id]
    found = await store.find_many(tx, _orders(events_of_customers))
    lines = await store.lines_of(tx, [order.order_id for order in found])
    copies = [_copy(order, lines[order.order_id]) for order in found]
    await store.copy_for_customers(tx, [copy for copy in copies if copy is not None])


def _copy(order: Order, lines: Sequence[OrderLine]) -> store.CustomerOrder | None:
    if order.customer_id is None or order.number is None or order.placed_at is None:
        return None
    return store.CustomerOrder(
        customer_id=order.customer_id,
        order_id=order.order_id,
        number=order.number,
        state=order.state,
        channel=order.channel,
        store=order.store,
        currency=order.currency,
        gross=order.gross,
        units=order.units,
        gone=sum(line.gone for line in lines),
        title=lines[0].name if lines else "",
        image=next((line.image for line in lines if line.image), None),
        placed_at=order.placed_at,
    )


def _orders(events: Sequence[Recorded]) -> list[UUID]:
    """The orders that events tell of, each once."""
    return list(dict.fromkeys(UUID(recorded.key) for recorded in events))


LEFT: Final[tuple[type[FulfilmentEvent], ...]] = (
    FulfilmentShipped,
    FulfilmentCollected,
    FulfilmentHandedOver,
)

SUBSCRIPTIONS = (
    Subscription(
        name="orders.payments",
        types=(PaymentAuthorised, PaymentCaptured, PaymentFailed),
        handle=follow_payments,
    ),
    Subscription(name="orders.plan", types=(OrderPlaced,), handle=plan),
    Subscription(name="orders.fulfilments", types=LEFT, handle=follow_fulfilments),
    Subscription(name="orders.money", types=(OrderPlaced, OrderDelivered, OrderCancelled), handle=move_money),
    Subscription(name="orders.tell", types=(OrderPlaced, OrderCancelled), handle=tell),
    Subscription(
        name="orders.of-customers",
        types=(OrderPlaced, OrderDelivered, OrderCancelled),
        handle=copy_for_customers,
        reset=store.forget_copies,
    ),
)
