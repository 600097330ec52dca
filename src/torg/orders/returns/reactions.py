"""What follows from returns: their money goes on its way, and customers are told."""

from collections.abc import Sequence

from torg import fulfilment, payments
from torg.kernel import mail
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import defer
from torg.orders import store as orders
from torg.orders.balance import balance
from torg.orders.changes import known as changes
from torg.orders.changes.model import ChangeState
from torg.orders.model import Order
from torg.orders.returns import jobs, letters
from torg.orders.returns.events import (
    ReturnAnnounced,
    ReturnEnded,
    ReturnEvent,
    ReturnReceived,
    ReturnSettled,
)
from torg.orders.returns.model import Return
from torg.orders.returns.set_policy import policy_of
from torg.orders.returns.store import returns as store


async def move_money(tx: Transaction, events: Sequence[Recorded]) -> None:
    """What was received is given back for, should whoever received it not have come to it."""
    for recorded in events:
        event = recorded.event
        assert isinstance(event, ReturnEvent)
        if event.order_id is not None:
            once = event.return_id.hex
            await defer(
                tx, jobs.settle_return.with_(once=once), key=event.order_id, return_id=event.return_id
            )


async def label(tx: Transaction, events: Sequence[Recorded]) -> None:
    """What is announced gets its label; what is not sent any more, or was brought to a store, gives it up."""
    for recorded in events:
        event = recorded.event
        assert isinstance(event, ReturnEvent)
        if event.order_id is None:
            continue
        if isinstance(event, ReturnAnnounced):
            if (await policy_of(tx, event.market)).label is None:
                continue
            once = event.return_id.hex
            await defer(tx, jobs.label_return.with_(once=once), key=event.order_id, return_id=event.return_id)
        elif isinstance(event, ReturnEnded) or event.store is not None:
            await fulfilment.give_up_label(tx, event.order_id, event.return_id)


async def tell(tx: Transaction, events: Sequence[Recorded]) -> None:
    """The customer learns what becomes of what she gives back."""
    wishes = []
    for recorded in events:
        event = recorded.event
        assert isinstance(event, ReturnEvent)
        if event.order_id is None:
            continue
        order = await orders.find(tx, event.order_id)
        there = await store.find(tx, event.order_id, event.return_id)
        if order is not None and there is not None and order.email is not None:
            owed = await _owed(tx, order, there) if isinstance(event, ReturnEnded) else 0
            wishes.append(letters.about(order, there, event, tx.now, owed))
    await mail.send_all(tx, wishes)


async def _owed(tx: Transaction, order: Order, ended: Return) -> int:
    """What is to be paid for new goods that were sent before the old ones came, which they did not."""
    change = await changes.find(tx, order.order_id, ended.change_id) if ended.change_id else None
    if change is None or change.state is not ChangeState.applied:
        return 0
    paid, back = await payments.of_order(tx, order.order_id), await store.of_order(tx, order.order_id)
    return max(0, balance(order, await orders.lines(tx, order.order_id), paid, back).due)


SUBSCRIPTIONS = (
    Subscription(name="orders.returned-money", types=(ReturnReceived,), handle=move_money),
    Subscription(
        name="orders.returned-label", types=(ReturnAnnounced, ReturnReceived, ReturnEnded), handle=label
    ),
    Subscription(
        name="orders.returned-tell", types=(ReturnAnnounced, ReturnSettled, ReturnEnded), handle=tell
    ),
)
