"""The words of stock: levels, movements, holds, delivery methods, and what can be refused.

A level is one variant at one location. `on_hand` counts whole goods in the building; of these some are `reserved` for
carts and checkouts, some `allocated` to orders, some kept back as `buffer`; `backorder` is how many may be promised
beyond what is there. `damaged` goods stand beside `on_hand`, `incoming` ones are on their way.
"""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, NamedTuple
from uuid import UUID

from msgspec import Meta, Struct

from torg.kernel.errors import Conflict, NotFound, Refused

MOST_UNITS = 1_000_000_000
"""More than this of one variant at one place is a typing error."""


MOST_TOLD = 20
"""Nobody outside learns of more units of a variant at a place than this: so many mean so many or more."""


class Cause(StrEnum):
    """Why a level changed."""

    received = "received"
    adjusted = "adjusted"
    reserved = "reserved"
    released = "released"
    expired = "expired"
    allocated = "allocated"
    picked = "picked"
    shipped = "shipped"
    given_back = "given_back"
    returned = "returned"
    damaged = "damaged"
    expected = "expected"
    transferred_out = "transferred_out"
    transferred_in = "transferred_in"
    counted = "counted"


class Reason(StrEnum):
    """Why somebody adjusted a level; the reason says which way the goods went."""

    found = "found"
    lost = "lost"
    stolen = "stolen"
    damaged = "damaged"
    repaired = "repaired"
    scrapped = "scrapped"
    correction = "correction"


class HoldState(StrEnum):
    """A hold ends in exactly one of released, expired and allocated; what is allocated is shipped or given back."""

    held = "held"
    released = "released"
    expired = "expired"
    allocated = "allocated"
    shipped = "shipped"
    given_back = "given_back"


class Deltas(Struct, frozen=True):
    """By how much a movement changes a level."""

    on_hand: int = 0
    reserved: int = 0
    allocated: int = 0
    damaged: int = 0
    incoming: int = 0

    def __add__(self, other: "Deltas") -> "Deltas":
        return Deltas(
            self.on_hand + other.on_hand,
            self.reserved + other.reserved,
            self.allocated + other.allocated,
            self.damaged + other.damaged,
            self.incoming + other.incoming,
        )


class Move(Struct, frozen=True):
    """A change of one level that is about to be written."""

    variant_id: UUID
    location: str
    by: Deltas


class Level(Struct, frozen=True):
    """How much of a variant a location has; `sequence` is the number of its last movement.

    `kept` says how many units a channel leaves to others here; what may be promised beyond the stock (`backorder`) is
    promised until the day `expected` has passed. `planned` counts how often these were set.
    """

    variant_id: UUID
    location: str
    on_hand: int
    reserved: int
    allocated: int
    damaged: int
    incoming: int
    buffer: int
    backorder: int
    available: int
    sequence: int
    kept: dict[str, int] | None = None
    expected: date | None = None
    planned: int = 0


class Plan(Struct, frozen=True):
    """What is kept back of a level, from all or by channel, and how many may be promised beyond it until when."""

    buffer: int = 0
    backorder: int = 0
    expected: date | None = None
    kept: dict[str, int] = {}


class Receipt(Struct, frozen=True):
    """Goods that came in."""

    variant_id: UUID
    location: str
    quantity: int


class Units(NamedTuple):
    """So many of a variant at a location."""

    variant_id: UUID
    location: str
    quantity: int


class Demand(Struct, frozen=True, gc=False):
    """What a line wants, and the locations that may serve it in order of preference.

    A line that is `sent` may be routed by the channel's rules; `value` is what it costs, `weight_g` what it weighs.
    `channel` is for whom it is promised: what that channel leaves to others is not for it. The components of a bundle
    are demands of one line, each with the `bundle` and how many of it one bundle takes (`per`).
    """

    line_id: UUID
    variant_id: UUID
    quantity: int
    locations: tuple[str, ...]
    sent: bool = False
    value: int = 0
    weight_g: int = 0
    channel: str | None = None
    bundle: UUID | None = None
    per: int = 1


class Held(Struct, frozen=True, omit_defaults=True):
    """A part of a line that a location keeps for it.

    `late` units of it were not there (or not out) yet when they were promised, and were expected on that day.
    """

    line_id: UUID
    variant_id: UUID
    location: str
    quantity: int
    late: int = 0
    expected: date | None = None
    preorder: bool = False


class Short(Struct, frozen=True):
    """A line that cannot be served, and how many of what it wants there are for it."""

    line_id: UUID
    variant_id: UUID
    wanted: int
    available: int


class Hold(Struct, frozen=True):
    """What an order keeps of a level."""

    bucket: int
    order_id: UUID
    id: UUID
    line_id: UUID
    variant_id: UUID
    location: str
    quantity: int
    shipped: int
    given_back: int
    state: HoldState
    expires_at: datetime
    late: int = 0
    expected: date | None = None
    preorder: bool = False

    @property
    def open(self) -> int:
        """How many of it are neither shipped nor given back."""
        return self.quantity - self.shipped - self.given_back

    @property
    def part(self) -> Held:
        """What it keeps, as its line knows it."""
        return Held(
            self.line_id,
            self.variant_id,
            self.location,
            self.quantity,
            self.late,
            self.expected,
            self.preorder,
        )


class Difference(Struct, frozen=True):
    """A level whose balance is not what its movements and holds add up to."""

    variant_id: UUID
    location: str
    figure: str
    balance: int
    ledger: int


class DeliveryKind(StrEnum):
    """Whether goods are sent to the customer, or the customer comes for them."""

    ship = "ship"
    pick_up = "pick_up"


class Zone(Struct, frozen=True):
    """Where a method ships to, and how many working days that takes.

    `postal_prefix` narrows it to the postal codes that begin so; of the zones that fit, the one with the longest
    beginning counts.
    """

    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
    days_from: Annotated[int, Meta(ge=0, le=365)]
    days_to: Annotated[int, Meta(ge=0, le=365)]
    postal_prefix: Annotated[str, Meta(max_length=10)] = ""


class DeliveryMethod(Struct, frozen=True):
    """A way in which goods reach the customer.

    What is ordered before `cut_off` on a working day leaves that day. `preparation_minutes` is how long a store needs
    to have a pick-up ready.
    """

    code: str
    kind: DeliveryKind
    name: dict[str, str]
    zones: tuple[Zone, ...] = ()
    stores: tuple[str, ...] = ()
    cut_off: time = time(12)
    preparation_minutes: int = 120
    place: int = 0
    active: bool = True
    version: int = 1


class DeliveryChoice(Struct, frozen=True):
    """A method that serves this customer, and when; `short` names the variants that it cannot bring now.

    What is picked up is ready at a moment, on the store's clock; what is shipped is sent from `sent_from`.
    """

    code: str
    kind: DeliveryKind
    name: dict[str, str]
    store: str | None
    earliest: date
    latest: date
    short: tuple[UUID, ...] = ()
    ready_at: datetime | None = None
    sent_from: tuple[str, ...] = ()


class OutOfStock(Refused):
    """Not every line can be served; all that cannot are named, with what there is for them. Nothing is kept."""

    code = "out-of-stock"
    message = "There is not enough in stock for {count} of the lines."


class HoldEnded(Refused):
    """The order's hold has expired or was released before it could be allocated."""

    code = "hold-ended"
    message = "The goods are no longer reserved for this order."


class AlreadyHeld(Conflict):
    """The line has goods held or allocated already; to hold others, release those first."""

    code = "already-held"
    message = "Goods are already reserved for this order."


class NotAllocated(Refused):
    """More is to leave the building, or to be given back, than is allocated to the order there."""

    code = "not-allocated"
    message = "Only {allocated} are set aside for this order at {location}, not {wanted}."


class StockTooLow(Refused):
    """Goods would leave, or be adjusted away, that are not there."""

    code = "stock-too-low"
    message = "There are only {present} at {location}."


class StockPromised(Refused):
    """The adjustment would take away what is reserved for customers or allocated to orders."""

    code = "stock-promised"
    message = "At {location}, {promised} are promised to customers, so {left} cannot be all that is left."


class StockTooHigh(Refused):
    """So many of one variant at one place are a typing error."""

    code = "stock-too-high"
    message = "More than {most} of one variant in one place cannot be right."


class WrongAdjustment(Refused):
    """The reason goes the other way: goods are not lost by adding to them."""

    code = "wrong-adjustment"
    message = "{quantity} does not fit this reason: only a correction can be negative, and none can be zero."


class UnknownLevel(NotFound):
    """The location has never had this variant, or the actor may not look there."""

    code = "unknown-level"
    message = "{location} has never had this variant."


class UnknownVariants(NotFound):
    """Something is to be put on a shelf that the catalogue does not know."""

    code = "unknown-variants"
    message = "There is no variant {variants}."


class PickUpNotPossible(Refused):
    """The store is closed for long, or has promised all that it can."""

    code = "pick-up-not-possible"
    message = "The store {store} cannot have this ready in the near future."


class TooManyVariants(Refused):
    """The products that were asked about have more variants than are told of in one answer."""

    code = "too-many-variants"
    message = "These products have {count} variants, and at most {most} are told of at once. Ask for fewer."


class UnknownDeliveryMethod(NotFound):
    """There is no delivery method of this code."""

    code = "unknown-delivery-method"
    message = "There is no delivery method {method}."
