"""What others learn of prices: feeds, search, reminders and the outside follow these."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from torg.kernel.events import Event

TOLD_AT_ONCE: Final = 250
"""Variants that one fact names: a hundred thousand single facts would keep every other one waiting."""


def in_portions(variants: Iterable[UUID]) -> Iterator[tuple[UUID, ...]]:
    """The variants, each once, so many at a time."""
    named = list(dict.fromkeys(variants))
    for start in range(0, len(named), TOLD_AT_ONCE):
        yield tuple(named[start : start + TOLD_AT_ONCE])


class PriceChanged(Event, frozen=True, kw_only=True):
    """A variant costs something else in a list now: a price was set or has begun, or another has ended and left it to
    this one; or a price that holds has another amount or end than before.
    """

    type = "price.changed"
    family = "reference"

    variant_id: UUID
    price_list: str
    currency: str
    amount: int
    amount_before: int | None
    valid_from: datetime
    valid_to: datetime | None
    from_quantity: int = 1

    def key(self) -> str:
        return str(self.variant_id)


class PriceScheduled(Event, frozen=True, kw_only=True):
    """A variant will have a price from a later moment on; `price.changed` tells when it does."""

    type = "price.scheduled"
    family = "reference"

    variant_id: UUID
    price_list: str
    currency: str
    amount: int
    valid_from: datetime
    valid_to: datetime | None
    from_quantity: int

    def key(self) -> str:
        return str(self.variant_id)


class PriceCancelled(Event, frozen=True, kw_only=True):
    """A price that was scheduled will not begin."""

    type = "price.cancelled"
    family = "reference"

    variant_id: UUID
    price_list: str
    valid_from: datetime
    from_quantity: int

    def key(self) -> str:
        return str(self.variant_id)


class PriceEnded(Event, frozen=True, kw_only=True):
    """A price has ended and no other of its list follows it."""

    type = "price.ended"
    family = "reference"

    variant_id: UUID
    price_list: str
    currency: str
    amount_before: int | None
    from_quantity: int
    at: datetime

    def key(self) -> str:
        return str(self.variant_id)


class PricesLoaded(Event, frozen=True, kw_only=True):
    """Prices of these variants were brought into a list together; the list has what they are."""

    type = "prices.loaded"
    family = "reference"

    price_list: str
    currency: str
    variants: tuple[UUID, ...]

    def key(self) -> str:
        return self.price_list


class PriceBulkBegun(Event, frozen=True, kw_only=True):
    """Many prices of a list are to be changed; a job does it."""

    type = "price-bulk.begun"
    family = "reference"

    price_list: str
    bulk_id: UUID

    def key(self) -> str:
        return self.price_list


class PriceBulkApplied(Event, frozen=True, kw_only=True):
    """All prices of a bulk change are written; `prices.loaded` told which."""

    type = "price-bulk.applied"
    family = "reference"

    price_list: str
    bulk_id: UUID

    def key(self) -> str:
        return self.price_list


class PriceListAdded(Event, frozen=True, kw_only=True):
    """There is a new price list."""

    type = "price-list.added"
    family = "reference"

    price_list: str
    currency: str

    def key(self) -> str:
        return self.price_list


class PriceListChanged(Event, frozen=True, kw_only=True):
    """A price list has another name, priority or time, so other prices may hold."""

    type = "price-list.changed"
    family = "reference"

    price_list: str
    version: int

    def key(self) -> str:
        return self.price_list


class DeliveryRateSet(Event, frozen=True, kw_only=True):
    """A delivery rate was added or changed."""

    type = "delivery-rate.set"
    family = "reference"

    delivery_rate: str
    market: str
    version: int

    def key(self) -> str:
        return self.delivery_rate
