"""Money is given back for units that nobody brings: they never left, or the customer has complained of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem
from torg.kernel.ids import public
from torg.orders.balance import NOTHING, shares
from torg.orders.model import Order, OrderLine
from torg.orders.returns import decide, rewarded, rules
from torg.orders.returns.blank import blank, blank_line
from torg.orders.returns.decide import Known
from torg.orders.returns.events import ReturnReceived
from torg.orders.returns.model import (
    Came,
    CashNotGiven,
    CreditNeedsCustomer,
    NotReturnable,
    PaidBack,
    Return,
    ReturnKind,
    ReturnLine,
    ReturnState,
)
from torg.orders.returns.number import take_number
from torg.orders.returns.receive import SOON
from torg.orders.returns.store import returns as store
from torg.pricing import Amounts


class Part(Struct, frozen=True):
    """Units of a line that are given back for, or, without units, an `amount` of what was paid for it."""

    line_id: UUID
    quantity: int = 0
    amount: int = 0


async def give_back(
    tx: Transaction,
    order: Order,
    parts: Sequence[Part],
    *,
    kind: ReturnKind,
    id: UUID,
    reason: str,
    to: PaidBack = PaidBack.original,
    claim_id: UUID | None = None,
    standard: bool = False,
    by: Actor,
) -> Return:
    """Decide about a locked order that this is given back; under the same `id` it is the same. The caller has checked
    the right.

    Never more than is left of what was paid for a line. With the last unit that never left goes the delivery,
    of which the law asks for the `standard` one where it is the customer who does not want it.
    """
    if (there := await store.find(tx, order.order_id, id)) is not None:
        return there
    if to is PaidBack.cash:
        raise CashNotGiven()
    if to is PaidBack.store_credit and order.customer_id is None:
        raise CreditNeedsCustomer()
    number = await take_number(tx, order.order_id, id)
    base = replace(
        blank(order, id, number, tx.now, by), kind=kind, destination=to, claim_id=claim_id, reason=reason
    )
    here = await decide.known(tx, order)
    given = _given(here, parts, base, tx.now, standard=standard)
    await store.add(tx, [given])
    await rewarded.take_back(tx, here, id, given.lines)
    await audit.write(tx, by, f"return.{kind}", public("ret", id), order=public("ord", order.order_id))
    tx.record(ReturnReceived.of(given))
    return given


def _given(here: Known, parts: Sequence[Part], base: Return, at: datetime, *, standard: bool) -> Return:
    lines = _lines(here, parts, base.kind)
    delivery = Amounts()
    if base.kind is ReturnKind.undelivered:
        units = [Came(one.line_id, one.quantity) for one in parts]
        delivery = rules.delivery_back(
            here.order, here.stands, here.returns, units, here.policy, standard=standard
        )
    total = sum((Amounts(line.net, line.tax) for line in lines), delivery)
    return replace(
        base,
        state=ReturnState.received,
        net=total.net,
        tax=total.tax,
        gross=total.gross,
        delivery=delivery.gross,
        delivery_tax=delivery.tax,
        units=sum(line.quantity for line in lines),
        received_at=at,
        check_at=at + SOON,
        lines=lines,
    )


def _lines(here: Known, parts: Sequence[Part], kind: ReturnKind) -> tuple[ReturnLine, ...]:
    wrong = [problem for place, part in enumerate(parts) if (problem := _problem(here, place, part, kind))]
    if wrong or not parts:
        raise NotReturnable(*wrong)
    return tuple(_line(here, place, part) for place, part in enumerate(parts))


def _problem(here: Known, place: int, part: Part, kind: ReturnKind) -> FieldProblem | None:
    line = here.stands.lines.get(part.line_id)
    if line is None:
        return FieldProblem(f"lines.{place}.line", "unknown-line", "The order has no such line.")
    undelivered = kind is ReturnKind.undelivered
    there = here.stands.undelivered(line) if undelivered else here.stands.delivered(line, announced_too=True)
    if part.quantity > there:
        told = "That is more units than are left to give back for."
        return FieldProblem(f"lines.{place}.quantity", "more-than-left", told)
    if not part.quantity and not 0 < part.amount <= _left(here, line).gross:
        told = "That is more than is left of what was paid."
        return FieldProblem(f"lines.{place}.amount", "more-than-paid", told)
    return None


def _left(here: Known, line: OrderLine) -> Amounts:
    return Amounts(line.net, line.tax) - here.stands.back.get(line.id, NOTHING).amounts


def _line(here: Known, place: int, part: Part) -> ReturnLine:
    line = here.stands.lines[part.line_id]
    worth = (
        shares(line, part.quantity, here.stands.back.get(line.id, NOTHING)).paid
        if part.quantity
        else rules.part_of(_left(here, line), part.amount)
    )
    return replace(
        blank_line(line, place),
        quantity=part.quantity,
        net=worth.net,
        tax=worth.tax,
        gross=worth.gross,
        restock=False,
    )
