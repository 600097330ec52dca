"""Change a placed order: look what it would mean, do it, pay what it makes dearer, or take it back.

What does not make the order dearer is done at once, in one transaction. What does waits for its money, like a purchase:
its goods are held, the order stays as it is; once it is paid it is done as it was agreed, or, when it was overtaken,
its money goes back. Whoever asks for the same twice gets the same change.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg import inventory
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.orders import rules
from torg.orders.changes import store
from torg.orders.changes.actions import Action
from torg.orders.changes.carry_out import carry_out
from torg.orders.changes.events import OrderChangeWaiting
from torg.orders.changes.model import (
    Change,
    Changed,
    ChangeNotPossible,
    ChangeState,
    ChangeWaiting,
    Prices,
    Version,
)
from torg.orders.changes.see import STAFF, for_change
from torg.orders.changes.wait import tender
from torg.orders.changes.work_out import WorkedOut, work_out
from torg.orders.model import TotalChanged
from torg.orders.plan_placed import plan_placed
from torg.orders.rules import GRACE
from torg.payments import Gateways, TenderChoice
from torg.permissions import Permission

BY_CUSTOMER: Final = "by-customer"


class Wish(Struct, frozen=True, kw_only=True):
    """What somebody wants of an order: decided on `version`, and agreed to for `expected_total`."""

    actions: tuple[Action, ...]
    reason: str = ""
    prices: Prices = Prices.then
    version: int
    expected_total: Money
    payments: tuple[TenderChoice, ...] = ()


async def preview(
    tx: Transaction, order_id: UUID, actions: Sequence[Action], prices: Prices, *, by: Actor
) -> WorkedOut:
    """What these actions would make of an order, and what of them is not possible. Nothing is written or held."""
    order = await for_change(tx, order_id, by=by, lock=False)
    _may_choose(prices, by)
    return await work_out(tx, order, actions, prices, new_id(), by=by, buying=False)


async def change(tx: Transaction, order_id: UUID, wish: Wish, *, gateways: Gateways, by: Actor) -> Changed:
    """Change an order as was agreed to, or have the change wait for its money.

    Refused with all that is not possible, when the total has changed, or when the order is not what was seen.
    """
    order = await for_change(tx, order_id, by=by, lock=True)
    _may_choose(wish.prices, by)
    if by.kind in STAFF and not wish.reason.strip():
        raise Invalid.of(FieldProblem("reason", "required", "This field is required."))
    known = await store.of_order(tx, order_id)
    if again := _again(known, wish, by):
        return Changed(order, again)
    if any(one.state is ChangeState.waiting for one in known):
        raise ChangeWaiting()
    if wish.version != order.version:
        raise StaleVersion(given=wish.version, present=order.version)
    await plan_placed(tx, [order_id])
    id = new_id()
    worked = await work_out(tx, order, wish.actions, wish.prices, id, by=by, buying=True)
    worked = _without(worked, {payment for one in known for payment in one.payments if one.ended_for})
    if worked.problems:
        raise ChangeNotPossible.of(*worked.problems)
    if wish.expected_total != worked.drawn.order.total:
        raise TotalChanged(expected=wish.expected_total, present=worked.drawn.order.total)
    made = _change(worked, wish, id, tx, by)
    terms = worked.channel.settings.changes
    made = replace(made, expires_at=tx.now + timedelta(hours=terms.pay_within_hours))
    if not terms.paid_first and not wish.payments:
        return await carried(tx, worked, replace(made, collect=0), by=by)
    return await begin(tx, worked, made, wish.payments, gateways, by)


def _may_choose(prices: Prices, by: Actor) -> None:
    """Prices of now are for staff to give."""
    if prices is Prices.now and by.kind not in STAFF:
        by.must(Permission.orders_change)


def _again(known: Sequence[Change], wish: Wish, by: Actor) -> Change | None:
    """The change that this very wish of this very actor has become, when it was asked for before."""
    same = (
        one
        for one in known
        if one.based_on == wish.version
        and one.actions == wish.actions
        and one.actor == str(by)
        and one.state is not ChangeState.lapsed
    )
    return next(same, None)


def _without(worked: WorkedOut, payments: set[UUID]) -> WorkedOut:
    """Money of changes that have lapsed is on its way back: it pays for nothing."""
    left = [one for one in worked.payments if one.id not in payments]
    return worked if len(left) == len(worked.payments) else worked.paid_by(left)


def _change(worked: WorkedOut, wish: Wish, id: UUID, tx: Transaction, by: Actor) -> Change:
    return Change(
        order_id=worked.order.order_id,
        id=id,
        state=ChangeState.waiting,
        based_on=worked.order.version,
        actor=str(by),
        reason=wish.reason or BY_CUSTOMER,
        prices=wish.prices,
        actions=wish.actions,
        before=Version.of(worked.order, worked.lines),
        after=Version.of(worked.drawn.order, worked.drawn.lines),
        currency=worked.order.currency,
        collect=worked.money.collect,
        give_back=worked.money.give_back,
        created_at=tx.now,
    )


async def carried(tx: Transaction, worked: WorkedOut, made: Change, *, by: Actor) -> Changed:
    """Hold what is wanted more, and carry the change out."""
    await _hold(tx, worked, made, by=by)
    order, done = await carry_out(tx, worked, replace(made, expires_at=None), by=by)
    await store.add(tx, done)
    return Changed(order, done)


async def begin(
    tx: Transaction,
    worked: WorkedOut,
    made: Change,
    choices: Sequence[TenderChoice],
    gateways: Gateways,
    by: Actor,
) -> Changed:
    """Hold what is wanted more; then wait for the money, and for what comes back for it, until the change expires; or,
    when there is nothing to wait for, carry it out.
    """
    if not made.collect and not made.on_arrival:
        return await carried(tx, worked, made, by=by)
    await _hold(tx, worked, made, by=by)
    made = replace(made, check_at=made.expires_at)
    await store.add(tx, made)
    tx.record(OrderChangeWaiting.of_change(worked.order, made))
    if not choices or not made.collect:
        return Changed(worked.order, made)
    return await tender(tx, worked.order, made, choices, gateways=gateways, by=by)


async def _hold(tx: Transaction, worked: WorkedOut, made: Change, *, by: Actor) -> None:
    demands = rules.demands(worked.drawn.more, worked.channel, worked.known)
    if demands:
        await inventory.hold(
            tx,
            made.order_id,
            demands,
            expires_at=(made.expires_at or tx.now) + GRACE,
            by=by,
            channel=worked.channel.code,
            to=rules.destination(worked.drawn.order, tx.now),
            under=made.id,
        )
