"""Bring in finished orders of another system: thousands in one transaction, with all that belongs to them.

An order that is there already (by its id) stays as it is, with everything of it, so the same history again changes
nothing, also when two load it at once.
"""

from collections.abc import Sequence
from uuid import UUID

from torg import fulfilment, payments, promotions
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.markets import load_atlas
from torg.orders import hub
from torg.orders.history import rules, store
from torg.orders.history.model import MOST_ORDERS, HistoricOrder, HistoricReturn, HistoryWrong, NumberTaken
from torg.orders.model import Order, OrderLine, OrderState
from torg.orders.returns import add_returns
from torg.orders.rules import number_of
from torg.permissions import Permission

MOST_TRIES = 20


async def load_history(tx: Transaction, orders: Sequence[HistoricOrder], *, source: str, by: Actor) -> int:
    """Bring in orders of a source; how many were new. At most `MOST_ORDERS` at once.

    Today's stock does not move, nothing is captured, nobody is told. `HistoryWrong` when an order contradicts itself,
    `NumberTaken` when another order has its number; then nothing is written.
    """
    if len(orders) > MOST_ORDERS:
        raise HistoryWrong(f"at most {MOST_ORDERS} orders are brought in at once")
    known = await load_atlas(tx)
    composed: dict[UUID, tuple[HistoricOrder, Order, tuple[OrderLine, ...]]] = {}
    for given in orders:
        order, lines = rules.order_of(given, known, source, str(by), tx.now)
        _may(by, order)
        if given.order_id in composed:
            raise HistoryWrong(f"order {given.order_id} comes twice")
        composed[given.order_id] = given, order, lines
    new = await store.add(tx, [(order, lines) for _, order, lines in composed.values()])
    fresh = [composed[order_id] for order_id in new]
    numbered = await _numbered(tx, fresh)
    rows = [(given, numbered[order.order_id], lines) for given, order, lines in fresh]
    paid = [pair for given, order, _ in rows for pair in rules.payments_of(given, order)]
    await payments.load_history(
        tx, [payment for payment, _ in paid], [refund for _, refunds in paid for refund in refunds]
    )
    sent = [one for given, order, _ in rows for one in rules.fulfilments_of(given, order, known)]
    await fulfilment.load_history(tx, sent)
    back = [
        rules.return_of(returned, order, known, source, str(by))
        for given, order, _ in rows
        for returned in given.returns
    ]
    await add_returns(tx, back)
    await hub.keep(
        tx, [(order, lines) for _, order, lines in rows], [payment for payment, _ in paid], sent, back
    )
    await store.copy_for_customers(tx, [(order, lines) for _, order, lines in rows])
    bought = [order for _, order, _ in rows if order.state is OrderState.placed]
    await promotions.count_buyers(tx, [(order.customer_id, order.email, 1) for order in bought])
    return len(new)


async def load_returns(tx: Transaction, returns: Sequence[HistoricReturn], *, source: str, by: Actor) -> int:
    """Bring in returns of which nobody knows the order; how many were new."""
    known = await load_atlas(tx)
    composed = [rules.return_of(given, None, known, source, str(by)) for given in returns]
    for one in composed:
        by.must(Permission.orders_place, store=one.store, channel=one.channel)
    return await add_returns(tx, composed)


def _may(by: Actor, order: Order) -> None:
    by.must(Permission.orders_place, store=order.store, channel=order.channel)


async def _numbered(
    tx: Transaction, fresh: Sequence[tuple[HistoricOrder, Order, tuple[OrderLine, ...]]]
) -> dict[UUID, Order]:
    """The new orders with numbers that are theirs: their own, or the first of ours that is free."""
    settled = {order.order_id: order for _, order, _ in fresh}
    waiting = [(order, given.number) for given, order, _ in fresh]
    for attempt in range(1, MOST_TRIES):
        taken = await store.claim_numbers(tx, [order for order, _ in waiting])
        if not taken:
            return settled
        waiting = [(order, own) for order, own in waiting if order.order_id in taken]
        if own := next((own for _, own in waiting if own is not None), None):
            raise NumberTaken(number=own)
        waiting = [(store.renumbered(o, number_of(o.market, o.order_id, attempt)), None) for o, _ in waiting]
        await store.renumber(tx, [order for order, _ in waiting])
        settled |= {order.order_id: order for order, _ in waiting}
    raise LookupError("no number is free: they need more digits")
