"""The money of a received return goes on its way: over the tenders that paid, as store credit, or in cash.

A chain of short transactions. Whoever received the return begins it, a job and the sweep go on with it: however often
it is begun, the same refunds are asked for under the return's own id. What is exchanged waits until it is decided how
much of it pays for other goods.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from msgspec.structs import replace

from torg import payments
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction, external
from torg.kernel.ids import public
from torg.orders import store as orders
from torg.orders.model import Capture
from torg.orders.returns import decide, rewarded, rules
from torg.orders.returns.events import ReturnSettled
from torg.orders.returns.model import (
    PaidBack,
    Return,
    ReturnKind,
    ReturnMoved,
    ReturnState,
    UnknownReturn,
)
from torg.orders.returns.store import returns as store
from torg.payments import Destination, Gateways, Refund, RefundState

WAITED: Final = timedelta(days=1)
"""How long a return waits for money that was authorised and is still to be taken."""

DESTINATION: Final = {
    PaidBack.original: Destination.original,
    PaidBack.store_credit: Destination.store_credit,
    PaidBack.cash: Destination.cash,
}


async def settle(database: Database, gateways: Gateways, key: UUID, return_id: UUID) -> Return:
    """Give back what a received return says, as far as it was paid; a return whose money has gone stays as it is.

    While money that is to go back has not been taken yet the return waits, and the sweep comes back to it.
    """
    external()
    due, amount = await database.run(lambda tx: _due(tx, key, return_id))
    if due.state is not ReturnState.received or amount is None:
        return due
    refunds = []
    if amount:
        refunds = await payments.refund_order(
            database,
            gateways,
            key,
            amount,
            to=DESTINATION[due.destination],
            customer_id=due.customer_id if due.destination is PaidBack.store_credit else None,
            reason=f"{public('ret', due.id)}",
            by=SYSTEM,
            id=asked_under(due),
            in_store=due.store,
        )
    return await database.run(lambda tx: _settled(tx, due, refunds))


def asked_under(due: Return) -> UUID:
    """Under which id the money of a return is asked for."""
    return uuid5(due.id, f"settle:{due.tries}")


async def _due(tx: Transaction, key: UUID, return_id: UUID) -> tuple[Return, int | None]:
    """The return with how much goes back for it now; None while it waits."""
    order = await orders.find(tx, key, lock=True)
    due = await store.find(tx, key, return_id, lock=True)
    if due is None:
        raise UnknownReturn(return_=public("ret", return_id))
    undecided = due.change_id is not None and due.exchanged is None
    if due.state is not ReturnState.received or order is None or undecided:
        return due, None
    begun = await payments.refunded_under(tx, key, asked_under(due))
    if begun:
        return due, begun
    paid = await payments.of_orders(tx, [key], lock=True)
    there = sum(one.refundable for one in paid)
    left = due.gross - due.refunded - (due.exchanged or 0)
    if due.kind is ReturnKind.undelivered and order.capture is Capture.shipment:
        never = rules.never_taken(order, paid, due, await store.of_order(tx, key))
        left = max(0, left - never)
    coming = any(one.capturable or one.capture_claimed > one.captured for one in paid)
    if there < left and coming and due.received_at and tx.now - due.received_at < WAITED:
        return due, None
    return due, min(left, there)


async def _settled(tx: Transaction, asked: Return, refunds: list[Refund]) -> Return:
    order = await orders.find(tx, asked.key, lock=True)
    due = await store.find(tx, asked.key, asked.id, lock=True)
    if due is None or due.state is not ReturnState.received or due.tries != asked.tries:
        return due or asked
    if order is not None and due.change_id is not None and not due.exchanged:
        await rewarded.take_back(tx, await decide.known(tx, order), due.id)
    going = sum(one.amount for one in refunds if one.state is not RefundState.refused)
    if any(one.state is RefundState.refused for one in refunds):
        waits = replace(due, refunded=due.refunded + going, tries=due.tries + 1, check_at=None)
        return await _saved(tx, waits)
    settled = replace(
        due,
        state=ReturnState.settled,
        refunded=due.refunded + going,
        settled_at=tx.now,
        check_at=None,
    )
    tx.record(ReturnSettled.of(settled))
    return await _saved(tx, settled)


async def _saved(tx: Transaction, present: Return) -> Return:
    if not await store.save(tx, present):
        raise ReturnMoved(state=present.state.value)
    return replace(present, version=present.version + 1)
