"""The words of prices: lists, prices with their time, quotes with their reasons, totals.

Amounts are whole minor units; tax rates are whole millionths (25 % is 250,000). A price list states whether
tax is in its prices; nothing else is assumed about them.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta, Struct

from torg.kernel.errors import NotFound, Refused
from torg.kernel.money import MOST

MILLION: Final = 1_000_000

Amount = Annotated[int, Meta(ge=0, le=MOST, description="Minor units of the price list's currency.")]


class UnknownPriceList(NotFound):
    """No price list has this code."""

    code = "unknown-price-list"
    message = "There is no price list {price_list}."


class UnknownDeliveryRate(NotFound):
    """No delivery rate has this code."""

    code = "unknown-delivery-rate"
    message = "There is no delivery rate {delivery_rate}."


class NoPrice(Refused):
    """Goods are wanted that have no price here and now."""

    code = "no-price"
    message = "There is no price here for {skus}."


class TaxClass(StrEnum):
    """What kind of goods the tax law sees."""

    standard = "standard"
    food = "food"
    books = "books"
    clothing = "clothing"
    zero = "zero"
    exempt = "exempt"


class PriceList(Struct, frozen=True):
    """Prices that hold together: in a currency, with tax or without, in a market or channel, from a time to
    another.
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


class Price(Struct, frozen=True):
    """What one of a variant costs in a list, from a time to another; the one that began last holds."""

    variant_id: UUID
    price_list: str
    amount: int
    valid_from: datetime
    valid_to: datetime | None = None
    version: int = 1


class Candidate(Struct, frozen=True):
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


class PriceRequest(Struct, frozen=True):
    """A variant whose price is wanted, and how many of it."""

    variant_id: UUID
    tax_class: str
    quantity: int = 1


class TraceStep(Struct, frozen=True):
    """One step towards an amount: a stable word, whose text is `trace.<code>`, and the facts behind it."""

    code: str
    facts: Mapping[str, Any]


class Quote(Struct, frozen=True):
    """What one of a thing costs here and now, with the tax and the reasons; tax is in `unit` if
    `tax_included`.
    """

    unit: int
    currency: str
    tax_included: bool
    tax_rate: int
    tax_name: str
    price_list: str
    trace: tuple[TraceStep, ...] = ()
    follows_goods: bool = False


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
