"""How an order stands with its customer's money: what it costs, what was paid and given back, and what is due.

Pure. Everybody who gives back, credits, collects or prints money of lines asks here, so that all of them come to the
same minor unit: giving back a line unit by unit, in whatever steps and in whatever order of lines, gives back exactly
what was paid for it, with its discounts, tax and rounding.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.orders.model import Order, OrderLine, OrderState
from torg.orders.returns.model import Return, ReturnState
from torg.payments import Payment
from torg.pricing import Amounts, share


class GivenBack(Struct, frozen=True):
    """What was given back for a line so far: for how many units, and how much."""

    units: int = 0
    amounts: Amounts = Amounts()


NOTHING: Final = GivenBack()


class Shares(Struct, frozen=True):
    """What was paid for `units` of a line, and what there is left to give back after them, for how many units."""

    units: int
    paid: Amounts
    units_left: int
    left: Amounts


def shares(line: OrderLine, units: int, back: GivenBack = NOTHING) -> Shares:
    """What was paid for so many units of a line of which this was given back before; a ValueError for more than it has.

    What was given back without units (for damage) makes the units that are left worth less.
    """
    left = Amounts(line.net, line.tax) - back.amounts
    there = line.quantity - back.units
    paid = share(left, units, there)
    return Shares(units, paid, there - units, left - paid)


def given_back(returns: Iterable[Return]) -> dict[UUID, GivenBack]:
    """What was given back for each line of an order by those of its returns that have come."""
    found: dict[UUID, GivenBack] = {}
    for part in (line for one in returns if one.state.counts for line in one.lines):
        if part.line_id is not None:
            before = found.get(part.line_id, NOTHING)
            found[part.line_id] = GivenBack(
                before.units + part.quantity, before.amounts + Amounts(part.net, part.tax)
            )
    return found


class LineBalance(Struct, frozen=True):
    """A line, what was paid for it, what was given back, and what is left for the units that she keeps."""

    line_id: UUID
    units: int
    paid: Amounts
    back: GivenBack
    left: Amounts


class Balance(Struct, frozen=True, kw_only=True):
    """How an order stands, in minor units of its currency.

    `gross` is what it costs now, `returned` what of that was taken back. `secured` is authorised or taken and has
    not gone back; `open` is what of it may still be taken. `captured` was taken; of that `returning` is on its way
    back, `refunded` went back as it was paid, `credited` as store credit. `pending` payments may yet bring something.
    """

    currency: str
    gross: int
    returned: int
    secured: int
    open: int
    captured: int
    returning: int
    refunded: int
    credited: int
    pending: int
    lines: tuple[LineBalance, ...]

    @property
    def due(self) -> int:
        """What is to be collected, or, below zero, to be given back; what was never taken need not go back."""
        left = self.gross - self.returned - (self.secured - self.open)
        return left if left <= 0 else max(0, left - self.open)


def balance(
    order: Order, lines: Sequence[OrderLine], payments: Sequence[Payment], returns: Sequence[Return] = ()
) -> Balance:
    """How an order with these payments and returns stands; what is not delivered (lapsed, cancelled) costs nothing."""
    back = given_back(returns)
    costs = order.state in {OrderState.placed, OrderState.pending}
    return Balance(
        currency=order.currency,
        gross=order.gross if costs else 0,
        returned=sum(_taken_back(one) for one in returns) if costs else 0,
        secured=sum(one.secured for one in payments),
        open=sum(one.capturable for one in payments),
        captured=sum(one.captured for one in payments),
        returning=sum(one.refund_claimed - one.refunded for one in payments),
        refunded=sum(one.refunded for one in payments),
        credited=sum(one.credited for one in payments),
        pending=sum(one.amount for one in payments if one.state.open),
        lines=tuple(_of_line(line, back.get(line.id, NOTHING)) for line in lines),
    )


def _taken_back(one: Return) -> int:
    """What came back, and what is still to come whose exchange has been sent already."""
    if one.state is ReturnState.announced:
        return one.exchanged or 0
    return one.gross if one.state.counts else 0


def _of_line(line: OrderLine, back: GivenBack) -> LineBalance:
    paid = Amounts(line.net, line.tax)
    return LineBalance(line.id, line.quantity, paid, back, paid - back.amounts)
