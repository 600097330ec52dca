"""What tax a thing is quoted with, and what becomes of its price where another tax holds than the one that is in it.

Pure. One `Taxes` serves the quotes of one context: a page or cart has few classes of tax.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec import Struct

from torg.kernel.money import ratio
from torg.pricing.context import PriceContext
from torg.pricing.model import BUILT_IN, MILLION, PriceList, TaxClass, TraceStep, Treatment
from torg.pricing.tax import (
    LowValue,
    Place,
    Ruling,
    TaxRate,
    TaxUnknown,
    UnitPrice,
    depends_on_price,
    tax_rate,
    untaxed_rate,
)


class Due(Struct, frozen=True):
    """The tax on a thing: its row, how the sale is treated, and the unit price that follows."""

    row: TaxRate
    treatment: Treatment
    amount: int
    steps: tuple[TraceStep, ...]


class Taxes:
    """The tax of everything that is quoted in one context."""

    def __init__(self, context: PriceContext, consignment: Iterable[tuple[UnitPrice, str, int]] = ()) -> None:
        self.context = context
        self.ruling = ruling = context.ruling
        self.here = ruling.place if ruling is not None else _estimated(context)
        self.plain = ruling is None or (
            ruling.treatment is Treatment.domestic
            and context.terms is not None
            and self.here == context.terms.home
        )
        self.known: dict[tuple[Place, str], TaxRate] = {}
        self.ready: dict[str, tuple[TaxRate, tuple[TraceStep, ...]]] = {}
        self.consignment = self._consignment(consignment)

    def due(self, unit: UnitPrice, tax_class: str, sold: UnitPrice | None = None) -> Due:
        """The tax on one of a thing at a price, and the price with it; `sold` is what it is sold for after promotions,
        which decides whether it is of low value.
        """
        if self.plain:
            row, steps = self.ready.get(tax_class) or self._ready(tax_class, unit)
            return Due(row, Treatment.domestic, unit.amount, steps)
        return self._due(unit, tax_class, self._holding(tax_class, sold or unit))

    def amount(self, unit: UnitPrice, tax_class: str) -> int:
        """The price of one with the tax that is due in place of the one that is in it."""
        return unit.amount if self.plain else self.due(unit, tax_class).amount

    def due_for_delivery(self, charge: UnitPrice, tax_class: str, goods: UnitPrice) -> Due:
        """The tax on a charge for delivery, which is treated like the goods that are delivered."""
        if self.plain:
            return self.due(charge, tax_class)
        assert self.ruling is not None
        holding = self.ruling
        if (low := holding.low_value) is not None and holding.hinges_on_value:
            self._comparable(low)
            if low.per == "item":
                holding = holding.within or holding
            elif goods.amount:
                holding = holding.of(TaxClass.standard, self._worth(goods, TaxClass.standard))
        return self._due(charge, tax_class, holding)

    def _due(self, unit: UnitPrice, tax_class: str, holding: Ruling) -> Due:
        row = self._row(holding, tax_class, unit)
        amount = self._amount(holding, row, tax_class, unit)
        steps: tuple[TraceStep, ...] = (tax_step(row, tax_class),)
        if holding.treatment is not Treatment.domestic:
            steps = (*steps, _treated(holding, self.context))
        if amount != unit.amount:
            steps = (*steps, TraceStep("tax-taken-out", {"amount": amount, "currency": unit.currency}))
        return Due(row, holding.treatment, amount, steps)

    def shown(self, prices: PriceList, amount: int, tax_class: str, *, including: bool) -> int:
        """A price as a market shows it, with its tax or without."""
        due = self.due(UnitPrice(amount, prices.currency, prices.tax_included), tax_class)
        return shown(due.amount, due.row.rate, included=prices.tax_included, including=including)

    def basis(
        self,
        classes: Mapping[UUID, str],
        prices: PriceList,
        variant_id: UUID,
        amount: int,
        *,
        including: bool,
    ) -> int:
        """An amount of a list with tax in it, or without."""
        return self.shown(prices, amount, classes[variant_id], including=including)

    def _at(self, place: Place, tax_class: str, unit: UnitPrice) -> TaxRate:
        if depends_on_price(place.country, tax_class):
            return tax_rate(place, tax_class, self.context.at, unit)
        row = self.known.get((place, tax_class))
        if row is None:
            row = self.known[place, tax_class] = tax_rate(place, tax_class, self.context.at)
        return row

    def _row(self, holding: Ruling, tax_class: str, unit: UnitPrice) -> TaxRate:
        if holding.treatment.untaxed:
            return untaxed_rate(holding.place, tax_class, self.context.at, holding.law)
        return self._at(holding.place, tax_class, unit)

    def _holding(self, tax_class: str, unit: UnitPrice) -> Ruling:
        assert self.ruling is not None
        low = self.ruling.low_value
        if low is None or not self.ruling.hinges_on_value:
            return self.ruling
        self._comparable(low)
        value = self._worth(unit, tax_class) if low.per == "item" else self.consignment
        return self.ruling.of(tax_class, self._worth(unit, tax_class) if value is None else value)

    def _amount(self, holding: Ruling, row: TaxRate, tax_class: str, unit: UnitPrice) -> int:
        terms = self.context.terms
        if (
            terms is None
            or not unit.tax_included
            or (terms.abroad == "gross" and not holding.treatment.untaxed)
        ):
            return unit.amount
        inside = self._at(terms.home, tax_class, unit).rate
        return unit.amount if inside == row.rate else ratio(unit.amount, MILLION + row.rate, MILLION + inside)

    def _worth(self, unit: UnitPrice, tax_class: str) -> int:
        """What one is worth without the tax of the market's own place, as arrangements for low value count."""
        terms = self.context.terms
        if not unit.tax_included or terms is None:
            return unit.amount
        return ratio(unit.amount, MILLION, MILLION + self._at(terms.home, tax_class, unit).rate)

    def _consignment(self, goods: Iterable[tuple[UnitPrice, str, int]]) -> int | None:
        low = self.ruling.low_value if self.ruling is not None else None
        if low is None or low.per != "consignment":
            return None
        worth = [self._worth(one, tax_class) * quantity for one, tax_class, quantity in goods]
        return sum(worth) if worth else None

    def _comparable(self, low: LowValue) -> None:
        if low.currency != self.context.currency:
            raise TaxUnknown(place=str(self.context.place)[:80])

    def _ready(self, tax_class: str, unit: UnitPrice) -> tuple[TaxRate, tuple[TraceStep, ...]]:
        row = self._at(self.here, tax_class, unit)
        found = row, (tax_step(row, tax_class),)
        if not depends_on_price(self.here.country, tax_class):
            self.ready[tax_class] = found
        return found


def _estimated(context: PriceContext) -> Place:
    terms = context.terms
    return terms.home if terms is not None and terms.engine != BUILT_IN else context.place


def shown(unit: int, rate: int, *, included: bool, including: bool) -> int:
    """A unit price with tax or without, rounded half away from zero when that differs."""
    if included is including:
        return unit
    if including:
        return unit + ratio(unit, rate, MILLION)
    return unit - ratio(unit, rate, MILLION + rate)


def tax_step(row: TaxRate, tax_class: str) -> TraceStep:
    """The step of a trace that tells what tax and why."""
    return TraceStep(
        "tax",
        {
            "name": row.name,
            "rate": row.rate,
            "tax_class": tax_class,
            "country": row.country,
            "region": row.region,
            "since": row.valid_from,
            "law": row.law,
        },
    )


def _treated(holding: Ruling, context: PriceContext) -> TraceStep:
    terms = context.terms
    return TraceStep(
        f"tax-{holding.treatment.value.replace('_', '-')}",
        {
            "law": holding.law,
            "from": terms.sent_from.country if terms else None,
            "to": context.country,
            "scheme": holding.registration.scheme.value if holding.registration else None,
        },
    )
