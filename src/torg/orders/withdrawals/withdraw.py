"""A consumer withdraws from her contract: her statement is written down, does what it can, and is acknowledged.

The answer and the acknowledgement are the same whether or not there is such an order, so nobody learns of orders by
guessing; what a statement does is told to the order's own address alone. An order is found by its number and the e-mail
address that it was made with, or by who has its token or is its customer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from msgspec.structs import replace

from torg.kernel import mail
from torg.kernel.access import Actor, throttle
from torg.kernel.access.email_address import normalise
from torg.kernel.access.throttle import Limit
from torg.kernel.database import Database, Transaction
from torg.kernel.http import Page
from torg.markets import Atlas, atlas
from torg.orders import store as orders
from torg.orders.cancel import cancel
from torg.orders.entrust import entrusted
from torg.orders.model import Order, OrderState
from torg.orders.returns import announce, decide
from torg.orders.returns.model import PaidBack, Wish
from torg.orders.returns.windows import local_day
from torg.orders.withdrawals import letters, store
from torg.orders.withdrawals.events import WithdrawalStated
from torg.orders.withdrawals.model import Outcome, Statement, Withdrawal
from torg.orders.withdrawals.stop import REASON, catch_up, stop_rest
from torg.permissions import Permission

PER_EMAIL: Final = Limit.within("withdrawal-email", 10, timedelta(hours=1))
PER_ADDRESS: Final = Limit.within("withdrawal-address", 30, timedelta(hours=1))


async def state(
    database: Database, said: Statement, *, id: UUID, address: str | None, by: Actor
) -> Withdrawal:
    """Take a statement, a few in an hour from one place and to one address; the same `id` is the same statement."""
    said = replace(said, email=normalise(said.email))
    counters = [PER_ADDRESS.counting(throttle.network(address)), PER_EMAIL.counting(said.email)]
    await throttle.take(database, counters)
    return await database.run(lambda tx: withdraw(tx, said, id=id, by=by), actor=str(by), repeatable=True)


async def withdraw(tx: Transaction, said: Statement, *, id: UUID, by: Actor) -> Withdrawal:
    """Write a statement down, and do what it says as far as the law goes; its acknowledgement is on its way."""
    order = await _order(tx, said, by)
    if (there := await store.find(tx, id, order.order_id if order else None)) is not None:
        return there
    outcome, return_id = await _done(tx, order, id, by) if order else (Outcome.not_found, None)
    stated = Withdrawal(
        id=id,
        order_id=order.order_id if order else None,
        outcome=outcome,
        number=said.number,
        name=said.name,
        email=said.email,
        message=said.message,
        language=said.language,
        market=said.market,
        return_id=return_id,
        at=tx.now,
    )
    await store.add(tx, stated)
    tx.record(WithdrawalStated.of(stated))
    zone = _zone(await atlas(tx.database), said.market)
    await mail.send_all(tx, [letters.acknowledged(stated, zone)])
    return stated


def _zone(known: Atlas, market: str) -> str:
    """The clock of a market's stores, where it has some."""
    return next((known.location(shop.location).time_zone for shop in known.stores_of(market)), "UTC")


async def _order(tx: Transaction, said: Statement, by: Actor) -> Order | None:
    order_id = await orders.claimed(tx, said.number.strip().upper())
    order = await orders.find(tx, order_id, lock=True) if order_id else None
    if order is None or order.state not in {OrderState.placed, OrderState.cancelled}:
        return None
    hers = order.email is not None and order.email.lower() == said.email
    return order if hers or decide.may_give_back(order, by) else None


async def _done(tx: Transaction, order: Order, id: UUID, by: Actor) -> tuple[Outcome, UUID | None]:
    if order.state is OrderState.cancelled:
        return Outcome.nothing_left, None
    await catch_up(tx, order)
    here = await decide.known(tx, order)
    if not here.windows.withdrawal(local_day(order, tx.now)):
        return Outcome.too_late, None
    if not any(line.gone for line in here.lines):
        await cancel(tx, order.order_id, reason=REASON, by=entrusted(by))
        return Outcome.cancelled, None
    stopped = await stop_rest(tx, order, id=uuid5(id, "stopped"), by=by)
    here = await decide.known(tx, order)
    wishes = [
        Wish(line.id, units)
        for line in here.lines
        if (units := here.stands.delivered(line, announced_too=False))
    ]
    if not wishes:
        return Outcome.cancelled if stopped else Outcome.nothing_left, None
    return_id = uuid5(id, "return")
    await announce.write(tx, here, wishes, to=PaidBack.original, id=return_id, by=by)
    return Outcome.announced, return_id


async def list_withdrawals(
    tx: Transaction,
    *,
    outcome: Outcome | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    by: Actor,
) -> Page[Withdrawal]:
    """Statements, the newest first; those whose order was not found are work for staff."""
    by.must(Permission.orders_return)
    rows: Sequence[Withdrawal] = await store.listed(tx, outcome=outcome, after=after, limit=limit + 1)
    return Page.cut(rows, limit, lambda one: (one.at, one.id))
