"""What changes need outside a transaction: gateways and tax engines are asked, money goes back.

Each step is a transaction of its own that may be repeated; whoever dies between two is taken over by the next call, by
what follows from the payment's events, or by the sweeper.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from uuid import UUID

from torg import payments
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Database, Transaction, external
from torg.kernel.errors import Conflict, Refused
from torg.orders import store as orders
from torg.orders.changes import store
from torg.orders.changes.actions import Action
from torg.orders.changes.change import Wish, change, preview
from torg.orders.changes.model import Change, Changed, ChangeState, Prices
from torg.orders.changes.wait import OVERTAKEN, advance, lapse, pay
from torg.orders.changes.work_out import WorkedOut
from torg.orders.model import Order
from torg.payments import Answer, Destination, Errand, Gateways, TenderChoice
from torg.payments import of_order as payments_of
from torg.pricing import TaxEngines, TaxNotDecided

T = TypeVar("T")

CHANGED: Final = "order-changed"
NOT_CHANGED: Final = "order-not-changed"


async def look(
    database: Database,
    engines: TaxEngines,
    order_id: UUID,
    actions: tuple[Action, ...],
    prices: Prices,
    *,
    by: Actor,
) -> WorkedOut:
    """A preview; an outside tax engine that has not been asked about this basket is asked first."""
    external()

    async def work() -> WorkedOut:
        return await database.read(lambda tx: preview(tx, order_id, actions, prices, by=by))

    return await decided(database, engines, work)


async def change_order(
    database: Database,
    gateways: Gateways,
    engines: TaxEngines,
    order_id: UUID,
    wish: Wish,
    *,
    by: Actor,
) -> Changed:
    """Change an order, or begin to; as far as it goes now."""
    external()

    async def work() -> Changed:
        return await database.run(
            lambda tx: change(tx, order_id, wish, gateways=gateways, by=by), actor=str(by), repeatable=True
        )

    return await paid(database, gateways, await decided(database, engines, work), by)


async def pay_change(
    database: Database,
    gateways: Gateways,
    engines: TaxEngines,
    order_id: UUID,
    change_id: UUID,
    choices: tuple[TenderChoice, ...],
    *,
    by: Actor,
) -> Changed:
    """Pay a change that waits, as far as it goes now."""
    external()

    async def work() -> Changed:
        return await database.run(
            lambda tx: pay(tx, order_id, change_id, choices, gateways=gateways, by=by),
            actor=str(by),
            repeatable=True,
        )

    return await paid(database, gateways, await decided(database, engines, work), by)


async def decided(
    database: Database, engines: TaxEngines, work: Callable[[], Awaitable[T]], *, asks: int = 1
) -> T:
    """What comes of the work; outside tax engines are asked what they have not been asked yet, so often at most."""
    try:
        return await work()
    except TaxNotDecided as undecided:
        if undecided.question is None or not asks:
            raise
        await engines.decide(database, undecided.question)
    return await decided(database, engines, work, asks=asks - 1)


async def paid(database: Database, gateways: Gateways, begun: Changed, by: Actor) -> Changed:
    """Ask the gateway for what a change has begun to pay, and go on with the change."""
    if begun.errand is not None:
        answer = await payments.ask(gateways, begun.errand)
        await database.run(_recording(begun.errand, answer), actor=str(by), repeatable=True)
    elif begun.change.state is ChangeState.waiting and begun.change.payments:
        for payment in begun.change.payments:
            await payments.look_again(database, gateways, begun.order.order_id, payment, asked=True)
    else:
        return begun
    return await go_on(database, begun.order.order_id, begun.change.id)


def _recording(errand: Errand, answer: Answer) -> Callable[[Transaction], Awaitable[None]]:
    async def work(tx: Transaction) -> None:
        await payments.record(tx, errand, answer)

    return work


async def go_on(database: Database, order_id: UUID, change_id: UUID) -> Changed:
    """Bring a waiting change as far as its payments allow; one that cannot be done any more lapses."""
    external()

    async def work(tx: Transaction) -> Changed:
        order, known = await _locked(tx, order_id, change_id)
        return (
            Changed(order, known)
            if known.state is not ChangeState.waiting
            else await advance(tx, order, known)
        )

    async def give_up(tx: Transaction) -> Changed:
        order, known = await _locked(tx, order_id, change_id)
        if known.state is not ChangeState.waiting:
            return Changed(order, known)
        return await lapse(tx, order, known, OVERTAKEN)

    try:
        return await database.run(work, repeatable=True)
    except (Refused, Conflict):
        return await database.run(give_up, repeatable=True)


async def _locked(tx: Transaction, order_id: UUID, change_id: UUID) -> tuple[Order, Change]:
    order = await orders.find(tx, order_id, lock=True)
    known = await store.find(tx, order_id, change_id)
    if order is None or known is None:
        raise LookupError("a change that is gone on with does not exist")
    return order, known


async def settle(database: Database, gateways: Gateways, order_id: UUID, change_id: UUID) -> Change:
    """Give back what a change made cheaper, or what was paid for one that has lapsed; once, however often called."""
    external()
    known = await database.read(lambda tx: store.find(tx, order_id, change_id))
    if known is None:
        raise LookupError("a change that is to be settled does not exist")
    if known.settled_at is not None or known.state is ChangeState.waiting:
        return known
    if known.state is ChangeState.applied:
        done = await _give_back(database, gateways, known)
    else:
        done = await _return(database, gateways, known)
    if done:
        await database.run(lambda tx: store.settle(tx, order_id, change_id), repeatable=True)
    return known


async def _give_back(database: Database, gateways: Gateways, known: Change) -> bool:
    """Over the ways in which it was paid; what is just being taken can go back once it has been."""
    there = await database.read(lambda tx: payments_of(tx, known.order_id))
    amount = min(known.give_back, sum(one.refundable for one in there))
    if amount < known.give_back and any(one.capture_claimed > one.captured for one in there):
        return False
    if amount:
        await payments.refund_order(
            database,
            gateways,
            known.order_id,
            amount,
            to=Destination.original,
            customer_id=None,
            reason=CHANGED,
            by=SYSTEM,
            id=known.id,
        )
    return True


async def _return(database: Database, gateways: Gateways, known: Change) -> bool:
    mine = set(known.payments)
    await payments.return_money(database, gateways, known.order_id, reason=NOT_CHANGED, by=SYSTEM, only=mine)
    there = await database.read(lambda tx: payments_of(tx, known.order_id))
    return not any(one.secured or one.under_way for one in there if one.id in mine)
