"""The decisions about returns: how many units, and how much money. Pure.

Money of lines comes from the order's balance, so all that is given back of a line, in whatever steps, is exactly what
was paid for it. What was paid has promotions shared out already; it is not reckoned anew when a return takes away
what a promotion had asked for: the customer keeps what she was given.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import FieldProblem
from torg.orders.balance import NOTHING, GivenBack, given_back, shares
from torg.orders.model import Intent, Order, OrderLine
from torg.orders.returns.model import Came, Condition, Return, ReturnKind, ReturnState
from torg.orders.returns.policy import ReturnPolicy
from torg.payments import Payment
from torg.pricing import Amounts

MILLION: Final = 1_000_000


class Standing(Struct, frozen=True):
    """What there is to give back of an order: units that came back or were given back for without it, and announced
    ones.
    """

    lines: Mapping[UUID, OrderLine]
    back: Mapping[UUID, GivenBack]
    of_delivered: Mapping[UUID, int]
    announced: Mapping[UUID, int]

    def delivered(self, line: OrderLine, *, announced_too: bool) -> int:
        """How many delivered units of a line may still come back; those that others announced may, or may not."""
        left = line.gone - self.of_delivered.get(line.id, 0)
        return max(0, left - (0 if announced_too else self.announced.get(line.id, 0)))

    def undelivered(self, line: OrderLine) -> int:
        """How many units of a line have not left, and were not given back for."""
        before = self.back.get(line.id, NOTHING).units - self.of_delivered.get(line.id, 0)
        return line.quantity - line.gone - before


def standing(lines: Sequence[OrderLine], returns: Iterable[Return], but: UUID | None = None) -> Standing:
    """What there is to give back, without counting what `but` announces."""
    announced: dict[UUID, int] = {}
    delivered: dict[UUID, int] = {}
    known = list(returns)
    for one in known:
        if one.state.counts:
            if one.kind is not ReturnKind.undelivered:
                _add(delivered, one, announced=False)
        elif one.state is ReturnState.announced and one.id != but:
            _add(announced, one, announced=True)
    return Standing({line.id: line for line in lines}, given_back(known), delivered, announced)


def _add(units: dict[UUID, int], one: Return, *, announced: bool) -> None:
    for line in one.lines:
        if line.line_id is not None:
            units[line.line_id] = units.get(line.line_id, 0) + (
                line.announced if announced else line.quantity
            )


class Barred(Struct, frozen=True):
    """Variants that a market does not take back, and those that it takes back unopened only."""

    excluded: Collection[UUID] = frozenset()
    sealed: Collection[UUID] = frozenset()


def problems(
    stands: Standing,
    came: Sequence[Came],
    barred: Barred,
    policy: ReturnPolicy,
    *,
    open: bool,
    announced_too: bool,
    overruled: bool,
) -> list[FieldProblem]:
    """Everything that is wrong with what is to come back; staff who overrule are held to the quantities alone."""
    found = []
    seen: set[UUID] = set()
    for place, one in enumerate(came):
        line = stands.lines.get(one.line_id)
        if line is None:
            found.append(FieldProblem(f"lines.{place}.line", "unknown-line", "The order has no such line."))
            continue
        if one.line_id in seen:
            found.append(FieldProblem(f"lines.{place}.line", "twice", "This stands here twice."))
        seen.add(one.line_id)
        if one.quantity > stands.delivered(line, announced_too=announced_too):
            told = "That is more than was delivered and has not come back."
            found.append(FieldProblem(f"lines.{place}.quantity", "more-than-delivered", told))
        if not overruled:
            found += _against_policy(place, one, line, barred, policy, open=open)
    return found


def _against_policy(
    place: int, one: Came, line: OrderLine, barred: Barred, policy: ReturnPolicy, *, open: bool
) -> list[FieldProblem]:
    field = f"lines.{place}.line"
    fault = one.reason is not None and one.reason.our_fault
    if line.kind not in policy.kinds or (line.variant_id in barred.excluded and not fault):
        return [FieldProblem(field, "excluded-goods", "Goods of this kind are not taken back.")]
    if not open and not fault:
        return [FieldProblem(field, "too-late", "The time for giving it back has passed.")]
    if line.variant_id in barred.sealed and one.condition is not Condition.unopened and not fault:
        told = "Opened goods of this kind are not taken back."
        return [FieldProblem(f"lines.{place}.condition", "opened-goods", told)]
    return []


class Worth(Struct, frozen=True):
    """What was paid for units that come back, and which part of it is kept."""

    paid: Amounts
    fee: Amounts = Amounts()


class Value(Struct, frozen=True):
    """What is given back: what was paid for the lines, with the delivery, without what is kept."""

    lines: Mapping[UUID, Worth]
    delivery: Amounts

    @property
    def fee(self) -> Amounts:
        """What is kept of it."""
        return sum((one.fee for one in self.lines.values()), Amounts())

    @property
    def total(self) -> Amounts:
        """What is given back."""
        return sum((one.paid for one in self.lines.values()), self.delivery) - self.fee


def value(
    order: Order,
    stands: Standing,
    returns: Sequence[Return],
    came: Sequence[Came],
    policy: ReturnPolicy,
    *,
    withdrawal: bool,
    postage: bool,
    waived: bool = False,
    exchange: bool = False,
) -> Value:
    """What is given back for these units.

    Within the time of the law nothing is kept for restocking, and the standard delivery is given back with the last
    unit (Directive 2011/83/EU, article 13). What goods lost by being used is kept at any time (article 14). The
    retailer's own fault costs the customer nothing; `waived` neither. Who exchanges goods keeps their delivery.
    """
    fault = all(one.reason is not None and one.reason.our_fault for one in came)
    found = {}
    for one in came:
        line = stands.lines[one.line_id]
        paid = shares(line, one.quantity, stands.back.get(line.id, NOTHING)).paid
        free = withdrawal or waived or (one.reason is not None and one.reason.our_fault)
        kept = one.deduction + (0 if free else paid.gross * policy.restocking // MILLION)
        found[line.id] = Worth(paid, part_of(paid, min(kept, paid.gross)))
    if postage and policy.postage and not fault and not waived:
        found = _with_postage(found, policy.postage)
    all_back = (withdrawal or fault) and not exchange
    delivery = delivery_back(order, stands, returns, came, policy) if all_back else Amounts()
    return Value(found, delivery)


def part_of(paid: Amounts, kept: int) -> Amounts:
    """A part of what was paid, with its share of the tax."""
    tax = paid.tax * kept // paid.gross if paid.gross else 0
    return Amounts(kept - tax, tax)


def _with_postage(found: Mapping[UUID, Worth], postage: int) -> dict[UUID, Worth]:
    """The postage taken off line by line, until it is covered or nothing is left."""
    charged = {}
    for id, one in found.items():
        take = min(postage, one.paid.gross - one.fee.gross)
        postage -= take
        charged[id] = Worth(one.paid, part_of(one.paid, one.fee.gross + take))
    return charged


def delivery_back(
    order: Order,
    stands: Standing,
    returns: Sequence[Return],
    came: Sequence[Came],
    policy: ReturnPolicy,
    *,
    standard: bool = True,
) -> Amounts:
    """The delivery, where nothing of the order is kept: what was paid for it, or at most what the standard one
    costs.
    """
    now = {one.line_id: one.quantity for one in came}
    for line in stands.lines.values():
        back = stands.back.get(line.id, NOTHING).units + now.get(line.id, 0)
        if line.intent is not Intent.digital and back < line.quantity:
            return Amounts()
    paid = sum((Amounts(one.net, one.tax) for one in order.deliveries), Amounts())
    most = paid.gross
    if standard and policy.standard_delivery is not None:
        most = min(most, policy.standard_delivery)
    before = sum(one.delivery for one in returns if one.state.counts)
    left = max(0, most - before)
    return part_of(paid, left) if left != paid.gross else paid


def never_taken(order: Order, payments: Sequence[Payment], due: Return, returns: Sequence[Return]) -> int:
    """How much of what `due` gives back for was never taken: where money is taken as goods leave, what has not left was
    not paid yet.

    What others that did not leave have been left without is counted once.
    """
    taken = sum(one.capture_claimed for one in payments) - order.given_back + order.exchanged
    others = (one for one in returns if one.kind is ReturnKind.undelivered and one.id != due.id)
    before = sum(one.gross - one.refunded for one in others if one.state is ReturnState.settled)
    return max(0, order.gross - taken - before)
