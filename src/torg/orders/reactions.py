"""What orders do when something has happened to them, to their payments or to their fulfilments."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from torg import fulfilment, promotions
from torg.fulfilment import (
    FulfilmentCollected,
    FulfilmentEvent,
    FulfilmentHandedOver,
    FulfilmentNotCollected,
    FulfilmentRejected,
    FulfilmentShipped,
)
from torg.inventory import StockAdjusted, StockLoaded, StockReceived
from torg.kernel import mail
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import defer
from torg.orders import jobs, letters, rules, store
from torg.orders.changes import jobs as change_jobs
from torg.orders.changes import known as changes
from torg.orders.changes.events import OrderChanged, OrderChangeLapsed
from torg.orders.changes.letters import changed as changed_letter
from torg.orders.events import OrderCancelled, OrderDelivered, OrderEvent, OrderPlaced
from torg.orders.finalize import advance
from torg.orders.model import Capture, Order, OrderLine
from torg.orders.not_collected import follow_not_collected
from torg.orders.plan_placed import plan_placed
from torg.orders.rules import Step
from torg.orders.shortfalls.make_up import follow_rejections
from torg.orders.shortfalls.sweep import goods_came
from torg.payments import (
    PaymentAuthorisationEnding,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentEvent,
    PaymentFailed,
)
from torg.payments import of_orders as payments_of


async def follow_payments(tx: Transaction, events: Sequence[Recorded]) -> None:
    """A payment was decided, by whatever way: the order goes on, or its money goes back."""
    for order_id in await store.unsettled(tx, _orders(events)):
        _, step = await advance(tx, order_id)
        if step is Step.return_money:
            await defer(tx, jobs.return_money.with_(once=order_id.hex), order_id=order_id)


async def follow_payments_of_changes(tx: Transaction, events: Sequence[Recorded]) -> None:
    """A payment was decided that a change waits for, or that has lapsed: somebody goes on with it."""
    payments = [recorded.event.payment_id for recorded in events if isinstance(recorded.event, PaymentEvent)]
    for due in await changes.open_of(tx, _orders(events), payments):
        await defer(tx, change_jobs.go_on.with_(once=due.id.hex), order_id=due.order_id, change_id=due.id)


async def plan(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Orders were placed: every location is told what to send or to keep ready."""
    await plan_placed(tx, _orders(events))


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
        elif isinstance(event, OrderChangeLapsed):
            await _settle(tx, event.order_id, event.change_id)
        elif isinstance(event, OrderChanged):
            due.append(event.order_id)
            if event.give_back:
                await _settle(tx, event.order_id, event.change_id)
        elif isinstance(event, OrderPlaced) or event.capture is Capture.shipment:
            due.append(event.order_id)
    capturable = {payment.order_id for payment in await payments_of(tx, due) if payment.capturable}
    waiting = sorted(capturable)
    for first in range(0, len(waiting), jobs.COLLECTED_AT_ONCE):
        await defer(tx, jobs.collect, order_ids=waiting[first : first + jobs.COLLECTED_AT_ONCE])


async def _settle(tx: Transaction, order_id: UUID, change_id: UUID) -> None:
    await defer(tx, change_jobs.go_on.with_(once=change_id.hex), order_id=order_id, change_id=change_id)


async def collect_in_time(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Authorisations end soon: what is due of their orders is taken before."""
    await defer(tx, jobs.collect, order_ids=_orders(events))


async def issue_gift_cards(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Orders were placed, or more of their money was taken: gift cards among their goods are issued once paid, or on
    the day on which they are to be sent.
    """
    wanted = await store.with_gift_cards(tx, _orders(events))
    for order_id, at in dict.fromkeys((one.order_id, one.sent_at) for one in wanted):
        later = at if at is not None and at > tx.now else None
        once = f"{order_id.hex}:{later.isoformat() if later else ''}"
        await defer(tx, jobs.issue_gift_cards.with_(at=later, once=once), order_id=order_id)


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
            mine = lines[order.order_id]
            wishes.append(letters.cancelled(order, tx.now) if gone else letters.placed(order, mine, tx.now))
    await mail.send_all(tx, wishes)


async def tell_of_changes(tx: Transaction, events: Sequence[Recorded]) -> None:
    """The customer is told what has become of her order, and what that means for her money."""
    wishes = []
    for recorded in events:
        event = recorded.event
        assert isinstance(event, OrderChanged)
        order = await store.find(tx, event.order_id)
        change = await changes.find(tx, event.order_id, event.change_id)
        if order is not None and order.email is not None and change is not None:
            wishes.append(changed_letter(order, change, tx.now))
    await mail.send_all(tx, wishes)


async def reward(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Who buys counts as somebody who has bought, and gets what her order earns; both go when it is cancelled."""
    orders = {order.order_id: order for order in await store.find_many(tx, _orders(events))}
    buyers = []
    for recorded in events:
        event = recorded.event
        assert isinstance(event, OrderEvent)
        order = orders[event.order_id]
        gone = isinstance(event, OrderCancelled)
        buyers.append((order.customer_id, order.email, -1 if gone else 1))
        if any(one.points or one.coupons for one in order.earned):
            change = promotions.take_back if gone else promotions.grant
            await change(tx, order.order_id, order.customer_id, order.earned)
    await promotions.count_buyers(tx, buyers)


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

MOVES_MONEY: Final[tuple[type[OrderEvent], ...]] = (
    OrderPlaced,
    OrderChanged,
    OrderChangeLapsed,
    OrderDelivered,
    OrderCancelled,
)

SUBSCRIPTIONS = (
    Subscription(
        name="orders.payments",
        types=(PaymentAuthorised, PaymentCaptured, PaymentFailed),
        handle=follow_payments,
    ),
    Subscription(
        name="orders.payments-of-changes",
        types=(PaymentAuthorised, PaymentCaptured, PaymentFailed),
        handle=follow_payments_of_changes,
    ),
    Subscription(name="orders.plan", types=(OrderPlaced,), handle=plan),
    Subscription(name="orders.fulfilments", types=LEFT, handle=follow_fulfilments),
    Subscription(name="orders.not-collected", types=(FulfilmentNotCollected,), handle=follow_not_collected),
    Subscription(name="orders.rejections", types=(FulfilmentRejected,), handle=follow_rejections),
    Subscription(
        name="orders.goods-came", types=(StockReceived, StockLoaded, StockAdjusted), handle=goods_came
    ),
    Subscription(name="orders.money", types=MOVES_MONEY, handle=move_money),
    Subscription(name="orders.in-time", types=(PaymentAuthorisationEnding,), handle=collect_in_time),
    Subscription(
        name="orders.gift-cards", types=(OrderPlaced, PaymentCaptured), handle=issue_gift_cards, gathers=True
    ),
    Subscription(name="orders.tell", types=(OrderPlaced, OrderCancelled), handle=tell, gathers=True),
    Subscription(name="orders.tell-of-changes", types=(OrderChanged,), handle=tell_of_changes),
    Subscription(name="orders.rewards", types=(OrderPlaced, OrderCancelled), handle=reward, gathers=True),
    Subscription(
        name="orders.of-customers",
        types=(OrderPlaced, OrderChanged, OrderDelivered, OrderCancelled),
        handle=copy_for_customers,
        reset=store.forget_copies,
    ),
)
