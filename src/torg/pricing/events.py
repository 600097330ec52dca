"""What others learn of prices: feeds, search, reminders and the outside follow these."""

from datetime import datetime
from uuid import UUID

from torg.kernel.events import Event


class PriceChanged(Event, frozen=True, kw_only=True):
    """A variant has a new price in a list, or a price has another amount or end than before."""

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


class PricesLoaded(Event, frozen=True, kw_only=True):
    """Prices of these variants were brought into a list together; the list has what they are."""

    type = "prices.loaded"
    family = "reference"

    price_list: str
    currency: str
    variants: tuple[UUID, ...]

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
