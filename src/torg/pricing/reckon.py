"""Adding up: lines, delivery and discounts become net, tax and gross, and always agree with each other.

Pure, whole numbers only. The rules (and why: `docs/decisions`, "Tax is rounded once per rate"):

1. A line's amount is quantity times unit, less its part of the discounts; tax is in it or not as its price
list says. 2. Amounts of one tax (name, rate and treatment) are taxed together: their exact tax is added up and rounded
once, half away from zero. That is how an invoice is checked (EN 16931 BR-CO-17) and what Japan prescribes. 3.
The rounded tax is shared out: each line gets its exact tax rounded down, and the units left over go to the
largest remainders, the earlier line first. So a line is less than one minor unit away from its own exact tax.
4. Where tax is in the amount, net is amount less tax; where it is not, gross is amount plus tax. 5. A charge
for delivery that follows the goods is split over their taxes by what they cost, and each part is one more
amount of that tax. Without goods that cost something it has its own rate.

Hence totals are sums of lines and delivery, for every tax and for all, in any currency. Reckoned without tax,
then with, a net amount comes back exactly; a gross amount comes back to within one minor unit, since not
every gross amount has a net amount that leads to it.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from torg.kernel.money import allocate
from torg.pricing.model import MILLION, Quote, Treatment


class PricedLine(Struct, frozen=True):
    """A quantity of something at a unit price, with the tax on it."""

    quantity: int
    unit: int
    tax_rate: int
    tax_name: str
    tax_included: bool
    treatment: Treatment = Treatment.domestic

    @classmethod
    def of(cls, quote: Quote, quantity: int) -> "PricedLine":
        """So many of what was quoted."""
        return cls(quantity, quote.unit, quote.tax_rate, quote.tax_name, quote.tax_included, quote.treatment)


class PricedDelivery(Struct, frozen=True):
    """A charge for delivery; `follows_goods` says that it is taxed like the goods, else it has its own rate."""

    amount: int
    tax_rate: int
    tax_name: str
    tax_included: bool
    follows_goods: bool = False
    treatment: Treatment = Treatment.domestic

    @classmethod
    def of(cls, quote: Quote) -> "PricedDelivery":
        """The charge that was quoted."""
        return cls(
            quote.unit,
            quote.tax_rate,
            quote.tax_name,
            quote.tax_included,
            quote.follows_goods,
            quote.treatment,
        )


class Discount(Struct, frozen=True):
    """What something (a code) takes off each line, in the order of the lines and in their own amounts."""

    source: str
    amounts: tuple[int, ...]


class TaxTotal(Struct, frozen=True):
    """All that is taxed alike: one tax, one rate, one treatment."""

    name: str
    rate: int
    net: int
    tax: int
    gross: int
    treatment: Treatment = Treatment.domestic


class LineTotal(Struct, frozen=True):
    """A line added up; `amount` is before the discount, in the price list's own terms."""

    amount: int
    discount: int
    net: int
    tax: int
    gross: int
    tax_rate: int
    tax_name: str
    treatment: Treatment = Treatment.domestic


class DeliveryTotal(Struct, frozen=True):
    """A charge for delivery added up; it may be taxed at several rates."""

    net: int
    tax: int
    gross: int
    taxes: tuple[TaxTotal, ...]


class Totals(Struct, frozen=True):
    """Everything added up, in minor units of one currency; `discount` is in the price lists' terms."""

    currency: str
    lines: tuple[LineTotal, ...]
    delivery: tuple[DeliveryTotal, ...]
    taxes: tuple[TaxTotal, ...]
    discount: int
    net: int
    tax: int
    gross: int


class _Charge:
    """An amount with one tax on it: a line, or a part of a charge for delivery."""

    __slots__ = ("amount", "included", "tax")

    def __init__(self, amount: int, included: bool) -> None:
        self.amount = amount
        self.included = included
        self.tax = 0

    @property
    def net(self) -> int:
        return self.amount - self.tax if self.included else self.amount

    @property
    def gross(self) -> int:
        return self.amount if self.included else self.amount + self.tax


_Tax = tuple[str, int, Treatment]
_Groups = defaultdict[_Tax, list[_Charge]]
NO_TAX: Final = 0


def totals(
    currency: str,
    lines: Sequence[PricedLine],
    delivery: Sequence[PricedDelivery] = (),
    discounts: Sequence[Discount] = (),
) -> Totals:
    """Add up a cart, an order or a receipt; a discount above its line is a defect of the caller (ValueError)."""
    off = _discounts(lines, discounts)
    groups: _Groups = defaultdict(list)
    goods = [
        _into(groups, _tax_of(line), line.quantity * line.unit - less, line.tax_included)
        for line, less in zip(lines, off, strict=True)
    ]
    weights = _weights(lines, goods)
    carried = [_delivered(groups, charge, weights) for charge in delivery]
    for (_, rate, _), charges in groups.items():
        _share_tax(charges, rate)
    added = tuple(_line(line, charge, less) for line, charge, less in zip(lines, goods, off, strict=True))
    taxes = _by_tax(groups)
    return Totals(
        currency=currency,
        lines=added,
        delivery=tuple(_delivery(parts) for parts in carried),
        taxes=taxes,
        discount=sum(off),
        net=sum(tax.net for tax in taxes),
        tax=sum(tax.tax for tax in taxes),
        gross=sum(tax.gross for tax in taxes),
    )


def _discounts(lines: Sequence[PricedLine], discounts: Sequence[Discount]) -> list[int]:
    off = [0] * len(lines)
    for discount in discounts:
        if len(discount.amounts) != len(lines) or min(discount.amounts, default=0) < 0:
            raise ValueError(f"the discount {discount.source} does not have one amount for each line")
        off = [before + amount for before, amount in zip(off, discount.amounts, strict=True)]
    for line, less in zip(lines, off, strict=True):
        if less and less > line.quantity * line.unit:
            raise ValueError("a discount is above what the line costs")
    return off


def _tax_of(priced: PricedLine | PricedDelivery) -> _Tax:
    return priced.tax_name, priced.tax_rate, priced.treatment


def _place(tax: _Tax) -> tuple[int, str, str]:
    return -tax[1], tax[0], tax[2]


def _into(groups: _Groups, tax: _Tax, amount: int, included: bool) -> _Charge:
    charge = _Charge(amount, included)
    groups[tax].append(charge)
    return charge


def _weights(lines: Sequence[PricedLine], goods: Sequence[_Charge]) -> dict[_Tax, int]:
    weights: dict[_Tax, int] = {}
    for line, charge in zip(lines, goods, strict=True):
        if charge.amount > 0:
            tax = _tax_of(line)
            weights[tax] = weights.get(tax, 0) + charge.amount
    return weights


def _delivered(
    groups: _Groups, charge: PricedDelivery, weights: dict[_Tax, int]
) -> list[tuple[_Tax, _Charge]]:
    if not (charge.follows_goods and weights):
        weights = {_tax_of(charge): 1}
    order = sorted(weights, key=_place)
    amounts = allocate(charge.amount, [weights[tax] for tax in order])
    return [
        (tax, _into(groups, tax, amount, charge.tax_included))
        for tax, amount in zip(order, amounts, strict=True)
    ]


def _share_tax(charges: Sequence[_Charge], rate: int) -> None:
    if rate == NO_TAX:
        return
    # Over one denominator: tax is amount*rate/(MILLION+rate) of what includes it, amount*rate/MILLION of the rest.
    whole = MILLION * (MILLION + rate)
    exact = [charge.amount * rate * (MILLION if charge.included else MILLION + rate) for charge in charges]
    everything = sum(exact)
    rounded = (2 * abs(everything) + whole) // (2 * whole)
    left = rounded if everything >= 0 else -rounded
    remainders = []
    for charge, tax in zip(charges, exact, strict=True):
        charge.tax, remainder = divmod(tax, whole)
        remainders.append(remainder)
        left -= charge.tax
    for index in sorted(range(len(charges)), key=lambda place: -remainders[place])[:left]:
        charges[index].tax += 1


def _line(line: PricedLine, charge: _Charge, less: int) -> LineTotal:
    return LineTotal(
        amount=charge.amount + less,
        discount=less,
        net=charge.net,
        tax=charge.tax,
        gross=charge.gross,
        tax_rate=line.tax_rate,
        tax_name=line.tax_name,
        treatment=line.treatment,
    )


def _delivery(parts: Sequence[tuple[_Tax, _Charge]]) -> DeliveryTotal:
    taxes = tuple(_tax_total(tax, [charge]) for tax, charge in parts)
    return DeliveryTotal(
        net=sum(tax.net for tax in taxes),
        tax=sum(tax.tax for tax in taxes),
        gross=sum(tax.gross for tax in taxes),
        taxes=taxes,
    )


def _by_tax(groups: _Groups) -> tuple[TaxTotal, ...]:
    return tuple(_tax_total(tax, groups[tax]) for tax in sorted(groups, key=_place))


def _tax_total(tax: _Tax, charges: Sequence[_Charge]) -> TaxTotal:
    return TaxTotal(
        name=tax[0],
        rate=tax[1],
        treatment=tax[2],
        net=sum(charge.net for charge in charges),
        tax=sum(charge.tax for charge in charges),
        gross=sum(charge.gross for charge in charges),
    )
