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
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import defer
from torg.markets import Atlas, atlas
from torg.orders import jobs, rules, store
from torg.orders.events import OrderCancelled, OrderDelivered, OrderEvent, OrderPlaced
from torg.orders.finalize import advance
from torg.orders.model import Capture, Intent, Order, OrderLine, OrderState
from torg.orders.rules import Step
from torg.orders.tell import tell_cancelled, tell_placed
from torg.payments import PaymentAuthorised, PaymentCaptured, PaymentFailed
from torg.payments import of_order as payments_of

CARRY_OUT: Final = "carry-out"
"""The method of what the customer takes along as she buys it."""


async def follow_payments(tx: Transaction, events: Sequence[Recorded]) -> None:
    """A payment was decided, by whatever way: the order goes on, or its money goes back."""
    for order_id in _orders(events):
        if await store.find(tx, order_id) is None:
            continue
        _, step = await advance(tx, order_id)
        if step is Step.return_money:
            await defer(tx, jobs.return_money.with_(once=order_id.hex), order_id=order_id)


async def plan(tx: Transaction, events: Sequence[Recorded]) -> None:
    """An order was placed: every location is told what to send or to keep ready, unless it was cancelled meanwhile.

    The order knows the stores among them, whose staff may read it.
    """
    known = await atlas(tx.database)
    for order_id in _orders(events):
        order = await store.find(tx, order_id, lock=True)
        if order is None or order.state is not OrderState.placed:
            continue
        lines = await store.lines(tx, order_id)
        demands = rules.demands(lines, known.channel(order.channel), known)
        if demands:
            held = await inventory.allocate(tx, order_id, demands)
            parts = plans(order, lines, held, known)
            stores = sorted({part.store for part in parts if part.store is not None})
            if stores:
                await store.delivered_by(tx, order_id, stores)
            await fulfilment.plan(tx, order_id, parts)


def plans(order: Order, lines: Sequence[OrderLine], held: Sequence[Held], known: Atlas) -> list[Plan]:
    """What each location does, by location and method."""
    by_id = {line.id: line for line in lines}
    stores = {shop.location: shop.code for shop in known.stores.values()}
    methods = {(d.intent, d.store): d.method for d in order.deliveries}
    parts: dict[tuple[str, str, Intent], dict[UUID, int]] = {}
    for part in held:
        line = by_id[part.line_id]
        method = methods.get((line.intent, line.store), CARRY_OUT)
        units = parts.setdefault((part.location, method, line.intent), {})
        units[line.id] = units.get(line.id, 0) + part.quantity
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
            lines=tuple(_part(by_id[id], units) for id, units in sorted(wanted.items())),
        )
        for (location, method, intent), wanted in sorted(parts.items())
    ]


def _part(line: OrderLine, units: int) -> FulfilmentLine:
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
    for recorded in events:
        event = recorded.event
        assert isinstance(event, OrderEvent)
        once = event.order_id.hex
        if isinstance(event, OrderCancelled):
            await defer(tx, jobs.return_money.with_(once=once), order_id=event.order_id)
        elif isinstance(event, OrderPlaced) or event.capture is Capture.shipment:
            payments = await payments_of(tx, event.order_id)
            if any(payment.capturable for payment in payments):
                await defer(tx, jobs.collect.with_(once=once), order_id=event.order_id)


async def tell(tx: Transaction, events: Sequence[Recorded]) -> None:
    """The customer gets a confirmation, or is told that nothing will come."""
    for recorded in events:
        event = recorded.event
        assert isinstance(event, OrderEvent)
        order = await store.find(tx, event.order_id)
        if order is None or order.email is None:
            continue
        if isinstance(event, OrderCancelled):
            await tell_cancelled(tx, order)
        else:
            await tell_placed(tx, order, await store.lines(tx, event.order_id))


async def copy_for_customers(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Keep each customer's own list of her orders."""
    for order_id in _orders(events):
        order = await store.find(tx, order_id)
        if order is None or order.customer_id is None or order.number is None or order.placed_at is None:
            continue
        lines = await store.lines(tx, order_id)
        copy = store.CustomerOrder(
            customer_id=order.customer_id,
            order_id=order_id,
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
        await store.copy_for_customer(tx, copy)


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
