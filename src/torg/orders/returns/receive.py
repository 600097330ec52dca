"""Goods come back to a store or a warehouse: they are looked at, put on their shelf or beside it, and given back for.

Whoever has the right in the place takes back what was bought anywhere. The order is locked, so of two stores that take
the same units at once one learns that they have come back.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg import inventory
from torg.inventory import Back
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem
from torg.kernel.ids import public
from torg.markets import atlas
from torg.orders import store as orders
from torg.orders.entrust import entrusted
from torg.orders.model import Intent, Order
from torg.orders.returns import decide, label, paying, rewarded
from torg.orders.returns.blank import blank, blank_line
from torg.orders.returns.decide import Decision, Known
from torg.orders.returns.events import ReturnEnded, ReturnReceived
from torg.orders.returns.model import (
    Came,
    NotReturnable,
    PaidBack,
    Return,
    ReturnLine,
    ReturnMoved,
    ReturnState,
    UnknownReturn,
)
from torg.orders.returns.number import take_number
from torg.orders.returns.store import returns as store
from torg.permissions import Permission

SOON: Final = timedelta(minutes=1)
"""When the sweep looks whether the money of a return has gone: whoever received it is at it first."""


class Reception(Struct, frozen=True, kw_only=True):
    """What came to a place: of an announced return, or of an order of which nothing was announced.

    `overrule` is why staff take back what the policy does not; `customer_id` gets the store credit where the order is
    nobody's. In an exchange the change `change_id` adds what it pays for.
    """

    order_id: UUID
    id: UUID
    announced: bool = False
    store: str | None = None
    location: str | None = None
    came: tuple[Came, ...]
    to: PaidBack | None = None
    customer_id: UUID | None = None
    reason: str | None = None
    overrule: str | None = None
    change_id: UUID | None = None


async def receive(tx: Transaction, wanted: Reception, *, by: Actor) -> Return:
    """Take goods back and decide what is given back for them; called again under the same id it is the same return.

    The money goes on its way with `settle`. A return of which everything is rejected is refused.
    """
    order = await _order(tx, wanted, lock=True, by=by)
    place = await _place(tx, wanted)
    there = await store.find(tx, order.order_id, wanted.id, lock=True)
    if there is not None and there.state.counts:
        return there
    before = _announced(there, wanted)
    here, decision = await _decided(tx, order, wanted, before, by=by)
    await paying.must_be_possible(tx, here, decision, wanted, by=by)
    base = before or await _new(tx, order, wanted.id, by)
    number = base.number or ""
    returned = _returned(tx, here, decision, wanted, base, place, by)
    await _pay_less(tx, base, returned)
    await _keep(tx, returned, before, by)
    if returned.state is ReturnState.refused:
        tx.record(ReturnEnded.of(returned))
        return returned
    await _put_back(tx, here, wanted.came, place, number, by)
    if wanted.change_id is None and returned.change_id is None:
        await rewarded.take_back(tx, here, returned.id, returned.lines)
    tx.record(ReturnReceived.of(returned))
    return returned


async def preview(tx: Transaction, wanted: Reception, *, by: Actor) -> tuple[Known, Decision]:
    """What would be given back for what lies here; refused as the deed would be."""
    order = await _order(tx, wanted, lock=False, by=by)
    await _place(tx, wanted)
    before = await store.find(tx, order.order_id, wanted.id) if wanted.announced else None
    return await _decided(tx, order, wanted, before, by=by)


async def _order(tx: Transaction, wanted: Reception, *, lock: bool, by: Actor) -> Order:
    """The order, for who has the right where its goods lie."""
    by.must(Permission.orders_return, anywhere=True)
    order = await decide.placed(tx, wanted.order_id, lock=lock)
    by.must(Permission.orders_return, store=wanted.store, channel=order.channel)
    return order


async def _place(tx: Transaction, wanted: Reception) -> str:
    """The location where the goods lie now."""
    known = await atlas(tx.database)
    if wanted.store is not None:
        return known.store(wanted.store).location
    if wanted.location is None:
        told = "Say in which store or at which location it came back."
        raise NotReturnable(FieldProblem("store", "required", told))
    held = next((shop.code for shop in known.stores.values() if shop.location == wanted.location), None)
    if held is not None:
        told = "Name the store whose location this is."
        raise NotReturnable(FieldProblem("location", "store-needed", told))
    return known.location(wanted.location).code


async def _new(tx: Transaction, order: Order, id: UUID, by: Actor) -> Return:
    return blank(order, id, await take_number(tx, order.order_id, id), tx.now, by)


def _announced(there: Return | None, wanted: Reception) -> Return | None:
    if there is None and wanted.announced:
        raise UnknownReturn(return_=public("ret", wanted.id))
    if there is not None and there.state is not ReturnState.announced:
        raise ReturnMoved(state=there.state.value)
    return there


async def _decided(
    tx: Transaction, order: Order, wanted: Reception, before: Return | None, *, by: Actor
) -> tuple[Known, Decision]:
    if wanted.overrule is not None:
        by.must(Permission.orders_overrule, store=wanted.store, channel=order.channel)
    here = await decide.known(tx, order, but=wanted.id)
    wrong = [
        FieldProblem(f"lines.{place}.note", "required", "Say why something is kept of what was paid.")
        for place, one in enumerate(wanted.came)
        if one.deduction and not one.note
    ]
    if not wanted.came or not any(one.quantity or one.rejected for one in wanted.came):
        wrong.append(FieldProblem("lines", "required", "Say what came back."))
    if wrong:
        raise NotReturnable(*wrong)
    reasons = {line.line_id: line.reason for line in before.lines} if before else {}
    came = [one if one.reason else replace(one, reason=reasons.get(one.line_id)) for one in wanted.came]
    decision = decide.decide(
        here,
        came,
        tx,
        postage=before is not None
        and wanted.store is None
        and await label.postage_kept(tx, here.policy, before),
        announced_too=True,
        overruled=wanted.overrule is not None,
        since=before,
        exchange=wanted.change_id is not None or (before is not None and before.change_id is not None),
    )
    return here, decision


def _returned(
    tx: Transaction, here: Known, decision: Decision, wanted: Reception, base: Return, place: str, by: Actor
) -> Return:
    value = decision.value
    units = sum(one.quantity for one in wanted.came)
    return replace(
        base,
        state=ReturnState.received if units else ReturnState.refused,
        store=wanted.store,
        location=place,
        customer_id=wanted.customer_id or here.order.customer_id,
        net=value.total.net,
        tax=value.total.tax,
        gross=value.total.gross,
        delivery=value.delivery.gross,
        delivery_tax=value.delivery.tax,
        fee=value.fee.gross,
        fee_tax=value.fee.tax,
        withdrawal=decision.withdrawal,
        destination=wanted.to or base.destination,
        change_id=wanted.change_id or base.change_id,
        exchanged=None if base.exchanged is None else min(base.exchanged, value.total.gross),
        overruled=wanted.overrule,
        units=units,
        reason=wanted.reason,
        actor=str(by),
        returned_at=tx.now,
        received_at=tx.now,
        check_at=tx.now + SOON if units else None,
        lines=tuple(_line(here, decision, one, base) for one in wanted.came),
    )


def _line(here: Known, decision: Decision, one: Came, base: Return) -> ReturnLine:
    worth = decision.value.lines[one.line_id]
    known = {old.line_id: old for old in base.lines}
    line = known.get(one.line_id) or blank_line(here.stands.lines[one.line_id], len(known))
    return replace(
        line,
        quantity=one.quantity,
        net=worth.paid.net,
        tax=worth.paid.tax,
        gross=worth.paid.gross,
        reason=one.reason or line.reason,
        note=one.note or line.note,
        condition=one.condition,
        restock=one.restock,
        rejected=one.rejected,
        rejection=one.rejection,
        fee=worth.fee.gross,
        fee_tax=worth.fee.tax,
    )


async def _pay_less(tx: Transaction, before: Return, returned: Return) -> None:
    """What was sent before the old goods came is owed where these are worth less than was thought."""
    less = (before.exchanged or 0) - (returned.exchanged or 0)
    if less:
        await orders.owe(tx, returned.key, less)


async def _keep(tx: Transaction, returned: Return, before: Return | None, by: Actor) -> None:
    if before is None:
        await store.add(tx, [returned])
    elif not await store.save(tx, returned):
        raise LookupError("a return of a locked order was moved")
    facts = {"order": public("ord", returned.key), "units": returned.units, "gross": returned.gross}
    if returned.overruled:
        facts["overruled"] = returned.overruled
    await audit.write(tx, by, f"return.{returned.state}", public("ret", returned.id), **facts)


async def _put_back(
    tx: Transaction, here: Known, came: Sequence[Came], place: str, number: str, by: Actor
) -> None:
    """Whole goods on their shelf, others beside it; of a bundle its components."""
    whole: dict[UUID, int] = {}
    broken: dict[UUID, int] = {}
    for one in came:
        line = here.stands.lines[one.line_id]
        if line.intent is Intent.digital or not one.quantity:
            continue
        there = whole if one.restock else broken
        for variant, each in [(part.variant_id, part.quantity) for part in line.components] or [
            (line.variant_id, 1)
        ]:
            there[variant] = there.get(variant, 0) + each * one.quantity
    for units, damaged in ((whole, False), (broken, True)):
        if units:
            backs = [Back(variant, units[variant], damaged) for variant in sorted(units)]
            await inventory.take_back(tx, place, backs, document=number, by=entrusted(by))
