"""Compose the facts of orders anew from what they are now.

Whoever composes waits for whoever composes the same orders, and reads afterwards; so the last word is the newest.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar
from uuid import UUID

from torg import fulfilment, payments
from torg.fulfilment import Fulfilment
from torg.kernel.database import Database, Transaction
from torg.orders import store as orders
from torg.orders.documents import numbers_of
from torg.orders.hub import store
from torg.orders.hub.compose import Known, compose
from torg.orders.hub.model import OrderFacts
from torg.orders.model import Order, OrderLine, OrderState
from torg.orders.returns import Return
from torg.orders.returns import of_orders as returns_of
from torg.orders.shortfalls.see import short_of
from torg.payments import Payment

AT_ONCE: Final = 500
FIRST: Final = UUID(int=0)


T = TypeVar("T", Payment, Fulfilment, Return)


async def refresh(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """Compose the facts of these orders anew; a payment that is under way is not in the list yet."""
    if order_ids:
        await store.lock(tx, order_ids)
        found = [one for one in await orders.find_many(tx, order_ids) if one.state is not OrderState.pending]
        await store.keep(tx, [compose(known) for known in await _known(tx, found)])


async def keep(
    tx: Transaction,
    written: Sequence[tuple[Order, Sequence[OrderLine]]],
    paid: Sequence[Payment],
    sent: Sequence[Fulfilment],
    back: Sequence[Return],
) -> None:
    """Keep the facts of orders that this transaction has written with all that belongs to them."""
    paid_for, sent_of, back_of = _by_order(paid), _by_order(sent), _by_order(back)
    known = [
        Known(
            order=order,
            lines=lines,
            payments=paid_for[order.order_id],
            fulfilments=sent_of[order.order_id],
            returns=back_of[order.order_id],
        )
        for order, lines in written
    ]
    await store.keep(tx, [compose(one) for one in known])


async def composed(tx: Transaction, order_ids: Sequence[UUID]) -> list[OrderFacts]:
    """The facts of orders as they are, in the order of `order_ids`, without keeping them."""
    known = await _known(tx, await orders.find_many(tx, order_ids))
    facts = {one.order.order_id: compose(one)[0] for one in known}
    return [facts[order_id] for order_id in order_ids if order_id in facts]


async def refresh_all(database: Database) -> int:
    """Compose the facts of all orders anew, some hundred in one transaction; how many orders there are."""
    after, done = FIRST, 0
    while True:

        async def portion(tx: Transaction, after: UUID = after) -> list[UUID]:
            order_ids = await store.behind(tx, after, AT_ONCE)
            await refresh(tx, order_ids)
            return order_ids

        order_ids = await database.run(portion, repeatable=True)
        if not order_ids:
            return done
        after, done = order_ids[-1], done + len(order_ids)


async def _known(tx: Transaction, found: Sequence[Order]) -> list[Known]:
    ids = [order.order_id for order in found]
    if not ids:
        return []
    lines, paid, sent = await tx.together(
        orders.lines_of(tx, ids), payments.of_orders(tx, ids), fulfilment.of_orders(tx, ids)
    )
    back, short, numbers = await tx.together(returns_of(tx, ids), short_of(tx, ids), numbers_of(tx, ids))
    paid_for, sent_of, back_of = _by_order(paid), _by_order(sent), _by_order(back)
    return [
        Known(
            order=order,
            lines=lines[order.order_id],
            payments=paid_for[order.order_id],
            fulfilments=sent_of[order.order_id],
            returns=back_of[order.order_id],
            short=order.order_id in short,
            documents=[one.number for one in numbers if one.order_id == order.order_id],
        )
        for order in found
    ]


def _by_order(rows: Iterable[T]) -> defaultdict[UUID | None, list[T]]:
    found: defaultdict[UUID | None, list[T]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found
