"""Compose the facts of orders anew from what they are now.

Whoever composes waits for whoever composes the same orders, and reads afterwards; so the last word is the newest.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final, TypeVar
from uuid import UUID

from torg import fulfilment, payments
from torg.fulfilment import Fulfilment
from torg.kernel.database import Database, Transaction
from torg.orders import store as orders
from torg.orders.changes.known import waiting_of as changes_waiting
from torg.orders.claims.known import open_of as claims_open
from torg.orders.documents import numbers_of
from torg.orders.hub import store
from torg.orders.hub.compose import Known, compose
from torg.orders.hub.model import OrderFacts, Problem
from torg.orders.model import Order, OrderLine, OrderState
from torg.orders.returns import Return
from torg.orders.returns import of_orders as returns_of
from torg.orders.shortfalls.see import short_of
from torg.payments import Payment

AT_ONCE: Final = 500
FIRST: Final = UUID(int=0)


T = TypeVar("T", Payment, Fulfilment, Return)


async def refresh(tx: Transaction, order_ids: Sequence[UUID]) -> int:
    """Compose the facts of these orders anew; how many had to be kept, since others stood there.

    An order whose payment is under way is not in the list yet.
    """
    if not order_ids:
        return 0
    await store.lock(tx, order_ids)
    return await store.keep(tx, await _listed(tx, order_ids))


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


async def composed(tx: Transaction, order_ids: Sequence[UUID]) -> list[tuple[OrderFacts, list[str]]]:
    """The facts of orders as they are, with their keys, without keeping them."""
    return [compose(one) for one in await _known(tx, await orders.find_many(tx, order_ids))]


async def refresh_all(database: Database) -> tuple[int, int]:
    """Compose the facts of all orders anew, some hundred in one transaction; how many orders there are, and of how
    many something else stood in the list."""
    after, done, differed = FIRST, 0, 0
    while True:

        async def portion(tx: Transaction, after: UUID = after) -> tuple[list[UUID], int]:
            order_ids = await store.behind(tx, after, AT_ONCE)
            return order_ids, await refresh(tx, order_ids)

        order_ids, kept = await database.run(portion, repeatable=True)
        if not order_ids:
            return done, differed
        after, done, differed = order_ids[-1], done + len(order_ids), differed + kept


async def differing(database: Database) -> AsyncIterator[UUID]:
    """The orders of which the list shows, or finds them by, something else than what they are; nothing is changed."""
    after = FIRST
    while True:

        async def portion(tx: Transaction, after: UUID = after) -> tuple[list[UUID], list[UUID]]:
            order_ids = await store.behind(tx, after, AT_ONCE)
            return order_ids, await store.differing(tx, await _listed(tx, order_ids))

        order_ids, wrong = await database.read(portion)
        for order_id in wrong:
            yield order_id
        if not order_ids:
            return
        after = order_ids[-1]


async def _listed(tx: Transaction, order_ids: Sequence[UUID]) -> list[tuple[OrderFacts, list[str]]]:
    found = await orders.find_many(tx, order_ids)
    known = await _known(tx, [one for one in found if one.state is not OrderState.pending])
    return [compose(one) for one in known]


async def _known(tx: Transaction, found: Sequence[Order]) -> list[Known]:
    ids = [order.order_id for order in found]
    if not ids:
        return []
    lines, paid, sent = await tx.together(
        orders.lines_of(tx, ids), payments.of_orders(tx, ids), fulfilment.of_orders(tx, ids)
    )
    back, numbers, debts = await tx.together(
        returns_of(tx, ids), numbers_of(tx, ids), payments.debts_of(tx, ids)
    )
    short, complained, disputed, waiting = await tx.together(
        short_of(tx, ids), claims_open(tx, ids), payments.disputed(tx, ids), changes_waiting(tx, ids)
    )
    open_ = {
        Problem.shortfall: short,
        Problem.claim: complained,
        Problem.dispute: disputed,
        Problem.change: waiting,
    }
    paid_for, sent_of, back_of = _by_order(paid), _by_order(sent), _by_order(back)
    return [
        Known(
            order=order,
            lines=lines[order.order_id],
            payments=paid_for[order.order_id],
            fulfilments=sent_of[order.order_id],
            returns=back_of[order.order_id],
            open=[problem for problem, those in open_.items() if order.order_id in those],
            debts=[one for one in debts if one.order_id == order.order_id],
            documents=[one.number for one in numbers if one.order_id == order.order_id],
        )
        for order in found
    ]


def _by_order(rows: Iterable[T]) -> defaultdict[UUID | None, list[T]]:
    found: defaultdict[UUID | None, list[T]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found
