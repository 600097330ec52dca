"""A change that makes an order dearer waits for its money: it is paid, then done as it was agreed, or lapses.

Everything here is called with the order locked, so of two that go on with a change at once the second finds what the
first has done.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg import inventory, payments
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.markets import Channel
from torg.orders.changes import store
from torg.orders.changes.carry_out import carry_out
from torg.orders.changes.events import OrderChangeLapsed
from torg.orders.changes.model import Change, Changed, ChangeEnded, ChangeState, UnknownChange
from torg.orders.changes.see import for_change
from torg.orders.changes.work_out import WorkedOut, work_out
from torg.orders.model import Order
from torg.orders.returns import known as returns
from torg.orders.returns.model import Return, ReturnState
from torg.orders.rules import CHECK
from torg.payments import CreditBuysNoCredit, GatewayNotOffered, Gateways, TenderChoice
from torg.payments import of_order as payments_of

TAKEN_BACK: Final = "taken-back"
OVERTAKEN: Final = "overtaken"
UNPAID: Final = "unpaid"
NOT_RETURNED: Final = "not-returned"


async def pay(
    tx: Transaction,
    order_id: UUID,
    change_id: UUID,
    choices: Sequence[TenderChoice],
    *,
    gateways: Gateways,
    by: Actor,
) -> Changed:
    """Pay what a waiting change makes dearer; once it is all paid, the order is changed."""
    order = await for_change(tx, order_id, by=by, lock=True)
    waiting = await _waiting(tx, order, change_id)
    return await tender(tx, order, waiting, choices, gateways=gateways, by=by)


async def tender(
    tx: Transaction,
    order: Order,
    waiting: Change,
    choices: Sequence[TenderChoice],
    *,
    gateways: Gateways,
    by: Actor,
) -> Changed:
    """Write down the payments of a change; what is paid at once (cash, credit) changes the order at once."""
    if not choices:
        raise Invalid.of(FieldProblem("payments", "required", "This field is required."))
    worked = await _worked(tx, order, waiting, await _returned(tx, waiting), by)
    mine = [one for one in worked.payments if one.id in waiting.payments]
    if any(one.under_way for one in mine) or not worked.money.collect:
        return Changed(order, waiting)
    _must_be_offered(choices, worked)
    total = Money(worked.money.collect, order.currency)
    purchase = _purchase(tx, worked, waiting)
    made, errand = await payments.tender(tx, choices, total, purchase, gateways=gateways, by=by)
    ids = [one.id for one in made]
    await store.paid_by(tx, waiting, ids, tx.now + CHECK)
    waiting = replace(waiting, payments=(*waiting.payments, *ids))
    if errand is not None:
        return Changed(order, waiting, errand)
    return await advance(tx, order, waiting)


def _must_be_offered(choices: Sequence[TenderChoice], worked: WorkedOut) -> None:
    offered = worked.channel.settings.gateways
    for choice in choices:
        if offered is not None and choice.gateway is not None and choice.gateway not in offered:
            raise GatewayNotOffered(gateway=choice.gateway)
    if any(choice.tender.credit for choice in choices) and any(line.gift_card for line in worked.drawn.lines):
        raise CreditBuysNoCredit()


def _purchase(tx: Transaction, worked: WorkedOut, waiting: Change) -> payments.Purchase:
    here = _here(worked, waiting)
    soon = tx.now + timedelta(minutes=worked.channel.settings.checkout_hold_minutes)
    return payments.Purchase(
        order_id=waiting.order_id,
        customer_id=worked.order.customer_id,
        channel=here.code,
        store=here.store,
        language=worked.order.language,
        country=_where(worked, here),
        expires_at=min(waiting.expires_at or soon, soon),
    )


def _here(worked: WorkedOut, waiting: Change) -> Channel:
    """The channel in which she pays: that of the store in which she stands, else the order's."""
    found = (
        one
        for one in worked.known.channels.values()
        if one.store == waiting.store and one.market == worked.order.market
    )
    return next(found, worked.channel) if waiting.store else worked.channel


def _where(worked: WorkedOut, here: Channel) -> str:
    """Where she pays: in the store of the channel, else where she buys from."""
    shop = here.store
    if shop is None:
        return worked.order.country
    return worked.known.location(worked.known.store(shop).location).country


async def advance(tx: Transaction, order: Order, waiting: Change) -> Changed:
    """Bring a waiting change of a locked order as far as its payments allow: done, still waiting, or lapsed."""
    back = await _returned(tx, waiting)
    if back is not None and back.state.ended:
        return await lapse(tx, order, waiting, NOT_RETURNED)
    if back is not None and waiting.on_arrival and back.state is ReturnState.announced:
        return Changed(order, waiting)
    worked = await _worked(tx, order, waiting, back, SYSTEM)
    mine = [one for one in worked.payments if one.id in waiting.payments]
    other = _dearer(worked) != waiting.after.gross - waiting.before.gross or (
        back is None and order.version != waiting.based_on
    )
    if worked.problems or other:
        return await lapse(tx, order, waiting, OVERTAKEN)
    if not worked.money.collect:
        order, done = await carry_out(tx, worked, waiting, by=SYSTEM)
        await store.end(tx, done)
        return Changed(order, done)
    if any(one.under_way for one in mine) or tx.now < (waiting.expires_at or tx.now):
        return Changed(order, waiting)
    return await lapse(tx, order, waiting, UNPAID)


def _dearer(worked: WorkedOut) -> int:
    return worked.drawn.order.gross - worked.order.gross


async def _returned(tx: Transaction, waiting: Change) -> Return | None:
    """The return whose goods pay for an exchange."""
    if waiting.return_id is None:
        return None
    return await returns.find(tx, waiting.order_id, waiting.return_id, lock=True)


async def _worked(
    tx: Transaction, order: Order, waiting: Change, back: Return | None, by: Actor
) -> WorkedOut:
    """What the change makes of the order now; whoever exchanges was looked at by the exchange."""
    worth = back.gross if back is not None and back.state.counts else waiting.credit
    return await work_out(
        tx,
        order,
        waiting.actions,
        waiting.prices,
        waiting.id,
        by=by if back is None else SYSTEM,
        buying=True,
        credit=worth,
        counter=waiting.store,
    )


async def take_back(tx: Transaction, order_id: UUID, change_id: UUID, *, by: Actor) -> Changed:
    """Take back a change that waits: the order stays as it is, and what was paid for the change goes back."""
    order = await for_change(tx, order_id, by=by, lock=True)
    return await lapse(tx, order, await _waiting(tx, order, change_id), TAKEN_BACK)


async def _waiting(tx: Transaction, order: Order, change_id: UUID) -> Change:
    found = await store.find(tx, order.order_id, change_id)
    if found is None:
        raise UnknownChange(change=public("och", change_id))
    if found.state is not ChangeState.waiting:
        raise ChangeEnded(state=found.state.value)
    return found


async def lapse(tx: Transaction, order: Order, waiting: Change, why: str) -> Changed:
    """Nothing of the change is left: its goods can be sold, and its money goes back."""
    await inventory.release(tx, waiting.id, f"change-{why}")
    mine = [one for one in await payments_of(tx, order.order_id) if one.id in waiting.payments]
    await payments.let_go(tx, mine, by=SYSTEM)
    if waiting.return_id is not None:
        await returns.exchanged(tx, order.order_id, waiting.return_id, 0)
    lapsed = replace(
        waiting,
        state=ChangeState.lapsed,
        ended_for=why,
        ended_at=tx.now,
        check_at=tx.now if waiting.payments else None,
        settled_at=None if waiting.payments else tx.now,
    )
    await store.end(tx, lapsed)
    tx.record(OrderChangeLapsed.of_change(order, lapsed))
    return Changed(order, lapsed)


async def drop(tx: Transaction, order: Order, why: str) -> None:
    """The order is given up: no change of it waits any more."""
    waiting = await store.waiting(tx, order.order_id)
    if waiting is not None:
        await lapse(tx, order, waiting, why)
