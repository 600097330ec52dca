"""What promotions are asked about: goods with their prices, deliveries with their charges, and what is known of where,
when and by whom is bought. Nothing else enters the evaluation.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from torg.promotions.model import References


class BasketLine(Struct, frozen=True, omit_defaults=True, gc=False):
    """So many of a variant at a price for one, as the market shows it; `id` is its own in the basket.

    `categories` are all that the product is in, and those above them. `reduced` says that a price list has reduced the
    price already. Gifts are no lines: what a promotion gave does not count for promotions.
    """

    id: str
    variant: str
    product: str
    quantity: int
    unit: int
    categories: tuple[str, ...] = ()
    attributes: Mapping[str, References] = {}
    reduced: bool = False


class BasketDelivery(Struct, frozen=True, omit_defaults=True):
    """A delivery with its charge as the market shows it; `id` is its own in the basket."""

    id: str
    method: str
    amount: int


class Shopper(Struct, frozen=True, omit_defaults=True):
    """What is known of who buys; `first_purchase` is None as long as nobody can tell."""

    known: bool = False
    first_purchase: bool | None = None
    groups: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()


ANYBODY = Shopper()


class Basket(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cart as promotions see it. The order of the lines, deliveries and words in it never matters.

    `at` is the moment, `weekday` (Monday is 1) and `minute` of the day the same on the local clock (`local_clock`).
    `codes` are the codes that were given and are good, by the promotion that each opens; `used_up` are the promotions
    whose limit is reached, in all or for this shopper.
    """

    currency: str
    channel: str
    market: str
    at: datetime
    weekday: int
    minute: int
    lines: tuple[BasketLine, ...] = ()
    deliveries: tuple[BasketDelivery, ...] = ()
    store: str | None = None
    country: str | None = None
    payment: str | None = None
    shopper: Shopper = ANYBODY
    codes: Mapping[str, str] = {}
    used_up: tuple[str, ...] = ()


def local_clock(at: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """The day of the week and the minute of the day that a clock in the zone shows at a moment."""
    there = at.astimezone(zone)
    return there.isoweekday(), there.hour * 60 + there.minute
