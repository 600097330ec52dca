"""Goods come back and others go out, in one act with one balance: at a counter, or announced.

The return and the change that it pays for are written in one transaction. From then on rows say what is to happen: the
change is done when the old goods and the difference are there, or lapses, and then the return's money goes back as that
of any other return. Whoever asks for the same twice gets the same exchange.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Database, Transaction, external
from torg.kernel.errors import FieldProblem
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.markets import atlas
from torg.orders.changes import known as changes
from torg.orders.changes.actions import Action
from torg.orders.changes.change import begin as begin_change
from torg.orders.changes.model import (
    Change,
    Changed,
    ChangeNotPossible,
    ChangeState,
    ChangeWaiting,
    Prices,
    UnknownChange,
    Version,
)
from torg.orders.changes.proceed import decided, go_on, paid
from torg.orders.changes.wait import TAKEN_BACK, lapse, tender
from torg.orders.changes.work_out import WorkedOut, work_out
from torg.orders.exchanges.model import (
    DifferenceChanged,
    Exchange,
    Exchanged,
    Previewed,
    Sent,
    balance_of,
)
from torg.orders.exchanges.price import priced
from torg.orders.model import Intent, Order, UnknownOrder
from torg.orders.plan_placed import plan_placed
from torg.orders.returns import announce, decide, end, receive
from torg.orders.returns import known as store
from torg.orders.returns.decide import Decision, Known
from torg.orders.returns.model import (
    NotReturnable,
    Return,
    ReturnMoved,
    ReturnReason,
    ReturnState,
    UnknownReturn,
    Wish,
)
from torg.orders.returns.policy import ExchangeWhen
from torg.orders.returns.receive import Reception
from torg.orders.returns.take_back import settled
from torg.orders.see import may_see
from torg.payments import Gateways, TenderChoice
from torg.permissions import Permission
from torg.pricing import TaxEngines

WHY: Final = "exchange"


async def look(database: Database, engines: TaxEngines, wanted: Exchange, *, by: Actor) -> Previewed:
    """What an exchange would mean for goods and money; changes nothing."""
    external()

    async def work() -> Previewed:
        return await database.read(lambda tx: _preview(tx, wanted, by=by))

    return await decided(database, engines, work, asks=3)


async def exchange(
    database: Database, gateways: Gateways, engines: TaxEngines, wanted: Exchange, *, by: Actor
) -> Exchanged:
    """Exchange goods as the preview said, as far as it goes now; under the same id it is the same exchange."""
    external()

    async def work() -> Exchanged:
        return await database.run(
            lambda tx: begin(tx, wanted, gateways=gateways, by=by), actor=str(by), repeatable=True
        )

    begun = await decided(database, engines, work, asks=3)
    changed = await paid(database, gateways, begun.changed, by)
    return await _as_far(database, gateways, begun.returned, changed)


async def pay(
    database: Database,
    gateways: Gateways,
    engines: TaxEngines,
    order_id: UUID,
    return_id: UUID,
    choices: tuple[TenderChoice, ...],
    *,
    by: Actor,
) -> Exchanged:
    """Pay the difference of an exchange that waits for it."""
    external()

    async def work() -> Exchanged:
        return await database.run(
            lambda tx: _tender(tx, order_id, return_id, choices, gateways, by),
            actor=str(by),
            repeatable=True,
        )

    begun = await decided(database, engines, work)
    changed = await paid(database, gateways, begun.changed, by)
    return await _as_far(database, gateways, begun.returned, changed)


async def take_back(
    database: Database, gateways: Gateways, order_id: UUID, return_id: UUID, *, by: Actor
) -> Exchanged:
    """Take back an exchange whose new goods have not gone out: what came is an ordinary return, what was announced is
    called off.
    """
    external()
    left = await database.run(lambda tx: _leave(tx, order_id, return_id, by), actor=str(by), repeatable=True)
    return await _as_far(database, gateways, left.returned, left.changed)


async def begin(tx: Transaction, wanted: Exchange, *, gateways: Gateways, by: Actor) -> Exchanged:
    """Write down the return and the change, and do what can be done now. Refused as a whole, with all that is wrong."""
    order = await _may(tx, wanted, lock=True, by=by)
    if (there := await store.find(tx, order.order_id, wanted.id)) is not None:
        return await _again(tx, order, there)
    if await changes.waiting(tx, order.order_id) is not None:
        raise ChangeWaiting()
    await plan_placed(tx, [order.order_id])
    here, decision = await _decision(tx, wanted, by=by)
    actions, worked = await _worked(tx, order, wanted, here, decision, buying=True)
    if worked.problems:
        raise ChangeNotPossible(*worked.problems)
    credit = decision.value.total.gross
    _must_be_agreed(wanted, balance_of(worked, credit), order)
    returned = await _write(tx, wanted, by=by)
    if not returned.state.counts and returned.state is not ReturnState.announced:
        raise NotReturnable(FieldProblem("lines", "required", "Nothing is taken back."))
    made = _change(tx, worked, actions, wanted, here, returned, by)
    changed = await begin_change(tx, worked, made, wanted.payments, gateways, by)
    return Exchanged(await _now(tx, order.order_id, wanted.id), changed)


async def _preview(tx: Transaction, wanted: Exchange, *, by: Actor) -> Previewed:
    order = await _may(tx, wanted, lock=False, by=by)
    here, decision = await _decision(tx, wanted, by=by)
    _, worked = await _worked(tx, order, wanted, here, decision, buying=False)
    return Previewed(here, decision, worked, _sent(wanted, here))


async def _may(tx: Transaction, wanted: Exchange, *, lock: bool, by: Actor) -> Order:
    """Who takes goods back may exchange them; who hands new ones over must have the right to place orders, too."""
    if wanted.store is not None:
        by.must(Permission.orders_return, anywhere=True)
    order = await decide.placed(tx, wanted.order_id, lock=lock)
    carried = [
        FieldProblem(f"taken.{place}.intent", "no-way", "This is handed over in a store.")
        for place, one in enumerate(wanted.taken)
        if one.intent is Intent.carry_out and (wanted.store is None or one.store != wanted.store)
    ]
    if carried:
        raise ChangeNotPossible(*carried)
    if wanted.store is not None:
        by.must(Permission.orders_return, store=wanted.store, channel=order.channel)
        by.must(Permission.orders_place, store=wanted.store, channel=order.channel)
    return order


def _reception(wanted: Exchange) -> Reception:
    return Reception(
        order_id=wanted.order_id,
        id=wanted.id,
        store=wanted.store,
        came=wanted.came,
        to=wanted.to,
        customer_id=wanted.customer_id,
        reason=wanted.reason or WHY,
        overrule=wanted.overrule,
        change_id=wanted.change_id,
    )


def _wishes(wanted: Exchange) -> list[Wish]:
    return [
        Wish(one.line_id, one.quantity, one.reason or ReturnReason.changed_mind, one.note)
        for one in wanted.came
    ]


async def _decision(tx: Transaction, wanted: Exchange, *, by: Actor) -> tuple[Known, Decision]:
    if wanted.store is not None:
        return await receive.preview(tx, _reception(wanted), by=by)
    return await announce.preview(tx, wanted.order_id, _wishes(wanted), exchange=True, by=by)


async def _write(tx: Transaction, wanted: Exchange, *, by: Actor) -> Return:
    if wanted.store is not None:
        return await receive.receive(tx, _reception(wanted), by=by)
    return await announce.announce(
        tx,
        wanted.order_id,
        _wishes(wanted),
        to=wanted.to,
        id=wanted.id,
        change_id=wanted.change_id,
        by=by,
    )


async def _worked(
    tx: Transaction, order: Order, wanted: Exchange, here: Known, decision: Decision, *, buying: bool
) -> tuple[tuple[Action, ...], WorkedOut]:
    known = await atlas(tx.database)
    actions = await priced(tx, here, wanted.came, wanted.taken, wanted.change_id, wanted.store, known)
    worked = await work_out(
        tx,
        order,
        actions,
        Prices.then,
        wanted.change_id,
        by=SYSTEM,
        buying=buying,
        credit=decision.value.total.gross,
        counter=wanted.store,
    )
    return actions, worked


def _must_be_agreed(wanted: Exchange, difference: int, order: Order) -> None:
    present = Money(difference, order.currency)
    if wanted.difference is not None and wanted.difference != present:
        raise DifferenceChanged(expected=wanted.difference, present=present)


def _sent(wanted: Exchange, here: Known) -> Sent:
    if wanted.store is not None:
        return Sent.in_hand
    return Sent.at_once if here.policy.exchange is ExchangeWhen.at_once else Sent.on_arrival


def _change(
    tx: Transaction,
    worked: WorkedOut,
    actions: tuple[Action, ...],
    wanted: Exchange,
    here: Known,
    returned: Return,
    by: Actor,
) -> Change:
    pay_within = timedelta(hours=worked.channel.settings.changes.pay_within_hours)
    on_arrival = _sent(wanted, here) is Sent.on_arrival
    since = returned.expires_at if on_arrival and returned.expires_at else tx.now
    return Change(
        order_id=wanted.order_id,
        id=wanted.change_id,
        state=ChangeState.waiting,
        based_on=worked.order.version,
        actor=str(by),
        reason=wanted.reason or WHY,
        prices=Prices.then,
        actions=actions,
        before=Version.of(worked.order, worked.lines),
        after=Version.of(worked.drawn.order, worked.drawn.lines),
        currency=worked.order.currency,
        collect=worked.money.collect,
        created_at=tx.now,
        expires_at=since + pay_within,
        return_id=wanted.id,
        credit=worked.credit,
        on_arrival=on_arrival,
        store=wanted.store,
    )


async def _again(tx: Transaction, order: Order, there: Return) -> Exchanged:
    if there.change_id is None:
        raise ReturnMoved(state=there.state.value)
    change = await changes.find(tx, order.order_id, there.change_id)
    if change is None:
        raise UnknownChange(change=public("och", there.change_id))
    return Exchanged(there, Changed(order, change))


async def _hers(tx: Transaction, order_id: UUID, return_id: UUID, by: Actor) -> tuple[Order, Exchanged]:
    """An exchange for whose it is, and for staff who take goods back where it is done."""
    order = await decide.placed(tx, order_id, lock=True)
    there = await store.find(tx, order_id, return_id, lock=True)
    if not decide.may_give_back(order, by):
        store_of = there.store or order.store if there else order.store
        if not (
            may_see(order, by) or by.may(Permission.orders_return, store=store_of, channel=order.channel)
        ):
            raise UnknownOrder(order=public("ord", order_id))
        by.must(Permission.orders_return, store=store_of, channel=order.channel)
    if there is None or there.change_id is None:
        raise UnknownReturn(return_=public("ret", return_id))
    return order, await _again(tx, order, there)


async def _tender(
    tx: Transaction,
    order_id: UUID,
    return_id: UUID,
    choices: Sequence[TenderChoice],
    gateways: Gateways,
    by: Actor,
) -> Exchanged:
    order, known = await _hers(tx, order_id, return_id, by)
    if known.changed.change.state is not ChangeState.waiting:
        return known
    changed = await tender(tx, order, known.changed.change, choices, gateways=gateways, by=by)
    return Exchanged(await _now(tx, order_id, return_id), changed)


async def _leave(tx: Transaction, order_id: UUID, return_id: UUID, by: Actor) -> Exchanged:
    order, known = await _hers(tx, order_id, return_id, by)
    changed = known.changed
    if changed.change.state is ChangeState.waiting:
        changed = await lapse(tx, order, changed.change, TAKEN_BACK)
    if known.returned.state is ReturnState.announced and changed.change.state is ChangeState.lapsed:
        await end.call_off(tx, order_id, return_id, by=by)
    return Exchanged(await _now(tx, order_id, return_id), changed)


async def _now(tx: Transaction, order_id: UUID, return_id: UUID) -> Return:
    found = await store.find(tx, order_id, return_id)
    if found is None:
        raise LookupError("the return of an exchange is gone")
    return found


async def _as_far(database: Database, gateways: Gateways, returned: Return, changed: Changed) -> Exchanged:
    """The exchange with the return's money on its way, where it is decided how much of it goes back."""
    order_id, return_id = returned.key, returned.id
    if changed.change.state is ChangeState.waiting:
        return Exchanged(returned, changed)
    now = await settled(database, gateways, order_id, return_id)
    if now is None:
        now = await database.read(lambda tx: _now(tx, order_id, return_id))
    return Exchanged(now, changed)


async def arrived(database: Database, gateways: Gateways, order_id: UUID, return_id: UUID) -> None:
    """What comes back of an exchange has come, or will not: its change goes on, and its money."""
    external()
    there = await database.read(lambda tx: store.find(tx, order_id, return_id))
    if there is None or there.change_id is None:
        return
    changed = await go_on(database, order_id, there.change_id)
    await _as_far(database, gateways, there, changed)
