"""How prices look outside: amounts as money, variants by their public ids, reasons in the reader's words."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from torg.kernel.i18n import Words
from torg.kernel.ids import parse, public
from torg.kernel.money import Money
from torg.markets import Code
from torg.pricing.delivery import DeliveryRateChange
from torg.pricing.explain import explain
from torg.pricing.keep_lists import PriceListChange
from torg.pricing.model import (
    DeliveryRate,
    DeliveryStep,
    Price,
    PriceKind,
    PriceList,
    Quote,
    Reduction,
    TaxClass,
)
from torg.pricing.set import NewPrice
from torg.pricing.store import PriceChange
from torg.pricing.tax import TaxRate

MOST_PRICES = 1000

Named = Annotated[str, Meta(min_length=1, max_length=100)]
Priority = Annotated[int, Meta(ge=-1000, le=1000, description="The higher one wins.")]
Version = Annotated[
    int, Meta(ge=0, description="The version that this was decided on; 0: there is none yet.")
]
VariantId = Annotated[str, Meta(min_length=36, max_length=36, pattern="^var_[0-9a-f]{32}$")]
Country = Annotated[str, Meta(min_length=2, max_length=2, pattern="^[A-Z]{2}$", description="ISO 3166-1")]
Countries = Annotated[tuple[Country, ...], Meta(min_length=1, max_length=100)]
Prefixes = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=20)], ...], Meta(max_length=200)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000, description="Of the variant, over all lines of a cart.")]
CompanyId = Annotated[str, Meta(min_length=36, max_length=36, pattern="^com_[0-9a-f]{32}$")]
Weight = Annotated[int, Meta(ge=1, le=100_000_000, description="Grams; left out: any weight.")]


class NewPriceList(Struct, frozen=True, forbid_unknown_fields=True):
    """A price list to add."""

    code: Code
    name: Named
    currency: Annotated[str, Meta(min_length=3, max_length=3, pattern="^[A-Z]{3}$", description="ISO 4217")]
    tax_included: bool
    market: Code | None = None
    channel: Code | None = None
    priority: Priority = 0
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    kind: PriceKind = PriceKind.selling
    store: Code | None = None
    customer_group: Code | None = None
    company: CompanyId | None = None

    def price_list(self) -> PriceList:
        """The list in the words of pricing."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        given["company"] = parse("com", self.company) if self.company else None
        return PriceList(**given)


class PriceListView(Struct, frozen=True):
    """A price list with all that it says of itself, without its prices."""

    code: str
    name: str
    kind: PriceKind
    currency: str
    tax_included: bool
    market: str | None
    channel: str | None
    store: str | None
    customer_group: str | None
    company: str | None
    priority: int
    valid_from: datetime | None
    valid_to: datetime | None
    version: int

    @classmethod
    def of(cls, prices: PriceList) -> "PriceListView":
        """The list with public ids."""
        fields = {name: getattr(prices, name) for name in cls.__struct_fields__}
        company = public("com", prices.company) if prices.company else None
        return cls(**fields | {"company": company})


class PriceListPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a price list; what is left out stays."""

    name: Named | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    valid_from: datetime | UnsetType | None = UNSET
    valid_to: datetime | UnsetType | None = UNSET
    version: Version | None = None

    def change(self) -> PriceListChange:
        """The change in the words of pricing."""
        return PriceListChange(self.name, self.priority, self.valid_from, self.valid_to)


class PriceToSet(Struct, frozen=True, forbid_unknown_fields=True):
    """What a variant is to cost: from now on when no beginning is given, for ever when no end is, from one piece on
    when no quantity is.
    """

    variant_id: VariantId
    amount: Money
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    version: Version | None = None
    from_quantity: Quantity = 1

    def price(self) -> NewPrice:
        """The price in the words of pricing."""
        return NewPrice(
            variant_id=parse("var", self.variant_id),
            amount=self.amount,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            version=self.version,
            from_quantity=self.from_quantity,
        )


class PricesToSet(Struct, frozen=True, forbid_unknown_fields=True):
    """Prices to set together, all or none."""

    prices: Annotated[tuple[PriceToSet, ...], Meta(min_length=1, max_length=MOST_PRICES)]


class PriceView(Struct, frozen=True):
    """What one of a variant costs in a list from a quantity on, from a time until another."""

    variant_id: str
    price_list: str
    amount: Money
    from_quantity: int
    valid_from: datetime
    valid_to: datetime | None
    version: int

    @classmethod
    def of(cls, price: Price, currency: str) -> "PriceView":
        """The price with its list's currency."""
        return cls(
            variant_id=public("var", price.variant_id),
            price_list=price.price_list,
            amount=Money(price.amount, currency),
            from_quantity=price.from_quantity,
            valid_from=price.valid_from,
            valid_to=price.valid_to,
            version=price.version,
        )


class PricesView(Struct, frozen=True):
    """Prices as they stand after a change, in the order in which they were given."""

    prices: list[PriceView]

    @classmethod
    def of(cls, prices: Sequence[Price], currency: str) -> "PricesView":
        """The prices with their list's currency."""
        return cls([PriceView.of(price, currency) for price in prices])


class PriceChangeView(Struct, frozen=True):
    """One line of a price's history; `cancelled` was scheduled and taken back before it began."""

    variant_id: str
    price_list: str
    at: datetime
    actor: str
    amount: Money
    amount_before: Money | None
    valid_from: datetime
    valid_to: datetime | None
    valid_to_before: datetime | None
    from_quantity: int
    cancelled: bool

    @classmethod
    def of(cls, change: PriceChange) -> "PriceChangeView":
        """The line as it was written."""
        before = None if change.amount_before is None else Money(change.amount_before, change.currency)
        return cls(
            variant_id=public("var", change.variant_id),
            price_list=change.price_list,
            at=change.at,
            actor=change.actor,
            amount=Money(change.amount, change.currency),
            amount_before=before,
            valid_from=change.valid_from,
            valid_to=change.valid_to,
            valid_to_before=change.valid_to_before,
            from_quantity=change.from_quantity,
            cancelled=change.cancelled,
        )


class TraceStepView(Struct, frozen=True):
    """A step towards a price: a stable word, a sentence in the caller's language, and the facts."""

    code: str
    text: str
    facts: dict[str, Any]


class PriceBreakView(Struct, frozen=True):
    """What one costs from so many on."""

    from_quantity: int
    unit: Money


class ReductionView(Struct, frozen=True):
    """What would be asked without the reduction, since when it is, and the lowest price of the thirty days before."""

    regular: Money
    since: datetime
    lowest_30_days: Money | None

    @classmethod
    def of(cls, reduction: Reduction, currency: str) -> "ReductionView":
        """The reduction in a currency."""
        lowest = None if reduction.lowest is None else Money(reduction.lowest, currency)
        return cls(Money(reduction.regular, currency), reduction.since, lowest)


class QuoteView(Struct, frozen=True):
    """What one of a variant costs in a channel at a place and time, and why."""

    variant_id: str
    channel: str
    unit: Money
    tax_included: bool
    tax_rate: Annotated[int, Meta(description="Millionths: 250000 is 25 %.")]
    tax_name: str
    price_list: str
    recommended: Money | None
    breaks: list[PriceBreakView]
    reduction: ReductionView | None
    trace: list[TraceStepView]

    @classmethod
    def of(cls, variant_id: str, channel: str, quote: Quote, words: Words) -> "QuoteView":
        """The quote with its reasons."""
        return cls(
            variant_id=variant_id,
            channel=channel,
            unit=Money(quote.unit, quote.currency),
            tax_included=quote.tax_included,
            tax_rate=quote.tax_rate,
            tax_name=quote.tax_name,
            price_list=quote.price_list,
            recommended=None if quote.recommended is None else Money(quote.recommended, quote.currency),
            breaks=[PriceBreakView(b.from_quantity, Money(b.unit, quote.currency)) for b in quote.breaks],
            reduction=ReductionView.of(quote.reduction, quote.currency) if quote.reduction else None,
            trace=[TraceStepView(step.code, explain(step, words), dict(step.facts)) for step in quote.trace],
        )


class TaxRateView(Struct, frozen=True):
    """A rate of tax with the law behind it; `below` limits it to cheaper things."""

    country: str
    region: str | None
    postal_prefixes: tuple[str, ...]
    classes: tuple[TaxClass, ...]
    name: str
    rate: Annotated[int, Meta(description="Millionths: 250000 is 25 %.")]
    valid_from: date
    valid_until: date | None
    below: Money | None
    law: str
    source: str
    checked: date

    @classmethod
    def of(cls, row: TaxRate) -> "TaxRateView":
        """The row of the table."""
        below = None if row.below is None else Money(row.below.amount, row.below.currency)
        names = (name for name in cls.__struct_fields__ if name != "below")
        return cls(below=below, **{name: getattr(row, name) for name in names})


class DeliveryStepView(Struct, frozen=True, forbid_unknown_fields=True):
    """A charge for parcels up to a weight."""

    amount: Money
    up_to_g: Weight | None = None

    def step(self) -> DeliveryStep:
        """The step in the words of pricing, in the market's currency."""
        return DeliveryStep(self.amount.amount, self.up_to_g)


Steps = Annotated[tuple[DeliveryStepView, ...], Meta(min_length=1, max_length=50)]


class DeliveryRateView(Struct, frozen=True):
    """What a delivery method costs in a market, to some places, by weight and amount of goods."""

    code: str
    name: str
    method: str
    market: str
    countries: tuple[str, ...]
    postal_prefixes: tuple[str, ...]
    steps: list[DeliveryStepView]
    free_from: Money | None
    tax_included: bool
    valid_from: datetime | None
    valid_to: datetime | None
    version: int

    @classmethod
    def of(cls, rate: DeliveryRate, currency: str) -> "DeliveryRateView":
        """The rate with its market's currency."""
        names = ("code", "name", "method", "market", "countries", "postal_prefixes", "tax_included")
        times = ("valid_from", "valid_to", "version")
        return cls(
            steps=[DeliveryStepView(Money(step.amount, currency), step.up_to_g) for step in rate.steps],
            free_from=None if rate.free_from is None else Money(rate.free_from, currency),
            **{name: getattr(rate, name) for name in (*names, *times)},
        )


class NewDeliveryRate(Struct, frozen=True, forbid_unknown_fields=True):
    """A delivery rate to add."""

    code: Code
    name: Named
    method: Code
    market: Code
    countries: Countries
    steps: Steps
    tax_included: bool = True
    postal_prefixes: Prefixes = ()
    free_from: Money | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def rate(self) -> DeliveryRate:
        """The rate in the words of pricing."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        given["steps"] = tuple(step.step() for step in self.steps)
        given["free_from"] = None if self.free_from is None else self.free_from.amount
        return DeliveryRate(**given)


class DeliveryRatePatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a delivery rate; what is left out stays."""

    name: Named | UnsetType = UNSET
    countries: Countries | UnsetType = UNSET
    postal_prefixes: Prefixes | UnsetType = UNSET
    steps: Steps | UnsetType = UNSET
    free_from: Money | UnsetType | None = UNSET
    tax_included: bool | UnsetType = UNSET
    version: Version | None = None

    def change(self) -> DeliveryRateChange:
        """The change in the words of pricing."""
        return DeliveryRateChange(
            name=self.name,
            countries=self.countries,
            postal_prefixes=self.postal_prefixes,
            steps=tuple(step.step() for step in self.steps) if self.steps else UNSET,
            free_from=self.free_from.amount if isinstance(self.free_from, Money) else self.free_from,
            tax_included=self.tax_included,
        )
