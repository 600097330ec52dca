"""The words of prices: lists, prices with their time, quotes with their reasons, totals.

Amounts are whole minor units; tax rates are whole millionths (25 % is 250,000). A price list states whether
tax is in its prices; nothing else is assumed about them.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta, Struct

from torg.kernel.errors import NotFound, Refused
from torg.kernel.money import MOST

MILLION: Final = 1_000_000
BUILT_IN: Final = "built-in"
"""The tax engine that needs nobody outside."""

Amount = Annotated[int, Meta(ge=0, le=MOST, description="Minor units of the price list's currency.")]


class UnknownPriceList(NotFound):
    """No price list has this code."""

    code = "unknown-price-list"
    message = "There is no price list {price_list}."


class UnknownDeliveryRate(NotFound):
    """No delivery rate has this code."""

    code = "unknown-delivery-rate"
    message = "There is no delivery rate {delivery_rate}."


class PriceHasBegun(Refused):
    """A price that has been asked for cannot be taken back as if it never had."""

    code = "price-has-begun"
    message = "A price that has begun cannot be cancelled. Give it an end instead."


class NoPrice(Refused):
    """Goods are wanted that have no price here and now."""

    code = "no-price"
    message = "There is no price here for {skus}."


class TaxClass(StrEnum):
    """What kind of goods the tax law sees; what a voucher buys is taxed, not its sale (directive (EU) 2016/1065)."""

    standard = "standard"
    food = "food"
    books = "books"
    clothing = "clothing"
    zero = "zero"
    exempt = "exempt"
    voucher = "voucher"


class PriceKind(StrEnum):
    """What the amounts of a price list are: what is asked for, what is recommended (and shown beside it), what the
    goods cost the retailer (and only who may see `prices:cost` learns).
    """

    selling = "selling"
    recommended = "recommended"
    cost = "cost"


class Treatment(StrEnum):
    """How a sale is taxed: what each of them means stands in docs/tax.md."""

    domestic = "domestic"
    distance_sale = "distance_sale"
    origin = "origin"
    seller_imports = "seller_imports"
    low_value = "low_value"
    intra_community = "intra_community"
    reverse_charge = "reverse_charge"
    export = "export"

    @property
    def untaxed(self) -> bool:
        """Whether the seller takes no tax, which the buyer has to be told: the text is `tax.note.<treatment>`."""
        return self in NO_TAX_TAKEN


NO_TAX_TAKEN: Final = frozenset({Treatment.intra_community, Treatment.reverse_charge, Treatment.export})


class PriceList(Struct, frozen=True):
    """Prices that hold together: of a kind, in a currency, with tax or without; for a market, a channel, a store, a
    customer group or a company; from a time to another.
    """

    code: str
    name: str
    currency: str
    tax_included: bool
    market: str | None = None
    channel: str | None = None
    priority: int = 0
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    version: int = 1
    kind: PriceKind = PriceKind.selling
    store: str | None = None
    customer_group: str | None = None
    company: UUID | None = None

    @property
    def public(self) -> bool:
        """Whether these prices are for everybody."""
        return self.customer_group is None and self.company is None


Key = tuple[UUID, datetime, int]


class Converted(Struct, frozen=True):
    """From what a price was converted: an amount of another list, at a stated rate of a day and by whose statement.

    One unit of `currency` was worth `rate` units of the list's own currency.
    """

    price_list: str
    currency: str
    rate: str
    as_of: date
    source: str


class Price(Struct, frozen=True):
    """What one of a variant costs in a list from a quantity on, from a time to another; the one that began last
    holds.
    """

    variant_id: UUID
    price_list: str
    amount: int
    valid_from: datetime
    valid_to: datetime | None = None
    version: int = 1
    from_quantity: int = 1

    @property
    def key(self) -> Key:
        """What tells it from the other prices of its list."""
        return self.variant_id, self.valid_from, self.from_quantity


class PastPrice(Struct, frozen=True, array_like=True):
    """A line of a price's history as `lowest` reads it."""

    variant_id: UUID
    price_list: str
    valid_from: datetime
    valid_to: datetime | None
    amount: int
    at: datetime
    first: bool
    cancelled: bool


class Candidate(Struct, frozen=True, array_like=True):
    """A price with what its list says of itself: what `rules.resolve` chooses from."""

    variant_id: UUID
    amount: int
    valid_from: datetime
    valid_to: datetime | None
    price_list: str
    currency: str
    tax_included: bool
    market: str | None
    channel: str | None
    priority: int
    list_from: datetime | None
    list_to: datetime | None
    from_quantity: int = 1
    kind: PriceKind = PriceKind.selling
    store: str | None = None
    customer_group: str | None = None
    company: UUID | None = None
    converted: Converted | None = None

    @property
    def since(self) -> datetime:
        """Since when it holds: it and its list have begun."""
        return self.valid_from if self.list_from is None else max(self.valid_from, self.list_from)

    @property
    def ends(self) -> bool:
        """Whether it, or its list, ends by itself."""
        return self.valid_to is not None or self.list_to is not None


class PriceRequest(Struct, frozen=True):
    """A variant whose price is wanted, and how many of it."""

    variant_id: UUID
    tax_class: str
    quantity: int = 1


class TraceStep(Struct, frozen=True, gc=False):
    """One step towards an amount: a stable word, whose text is `trace.<code>`, and the facts behind it."""

    code: str
    facts: Mapping[str, Any]


class PriceBreak(Struct, frozen=True):
    """What one costs from so many on, where that is less than for fewer."""

    from_quantity: int
    unit: int


class Reduction(Struct, frozen=True):
    """That a price is reduced: a price with an end that lies over a higher one without.

    `regular` is what would hold without prices that end, `since` when the reduced price began, and `lowest` the lowest
    price of the thirty days before (None while nobody asked, or when nothing was for sale then).
    """

    regular: int
    since: datetime
    lowest: int | None = None


class Quote(Struct, frozen=True):
    """What one of a thing costs here and now, with the tax and the reasons; tax is in `unit` if
    `tax_included`, and in `recommended`, `breaks` and `reduction` as well.
    """

    unit: int
    currency: str
    tax_included: bool
    tax_rate: int
    tax_name: str
    price_list: str
    trace: tuple[TraceStep, ...] = ()
    follows_goods: bool = False
    recommended: int | None = None
    breaks: tuple[PriceBreak, ...] = ()
    reduction: Reduction | None = None
    treatment: Treatment = Treatment.domestic


class DeliveryStep(Struct, frozen=True):
    """A charge for parcels up to a weight; without a weight, for all that are heavier."""

    amount: Amount
    up_to_g: Annotated[int, Meta(ge=1, le=100_000_000)] | None = None


class DeliveryRate(Struct, frozen=True):
    """What a delivery method costs in a market, to some countries and postal codes, by weight and amount of
    goods.
    """

    code: str
    name: str
    method: str
    market: str
    countries: tuple[str, ...]
    steps: tuple[DeliveryStep, ...]
    tax_included: bool
    postal_prefixes: tuple[str, ...] = ()
    free_from: Amount | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    version: int = 1
