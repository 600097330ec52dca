"""The words of routing: what is to be sent where, which places could send it, the rules that choose, and why."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from torg.inventory.model import Held
from torg.inventory.promise import Capacity
from torg.kernel.errors import NotFound
from torg.markets import Code, LocationKind

MOST_PARCELS = 10
ATTEMPTS = 3
CANDIDATES = 20
"""So many places, the best ranked, are looked at when one parcel is not enough."""


class Rank(StrEnum):
    """What makes one place better than another; ties are broken by the next rank, then by the channel's own order."""

    listed = "listed"
    """The order in which the channel names its locations."""
    nearest = "nearest"
    """By country, region, then by how much of the postal code is the same."""
    cheapest = "cheapest"
    fastest = "fastest"
    most_stock = "most_stock"
    """Where most of the order lies."""
    least_busy = "least_busy"
    """Where most of the day's orders are left; places without a limit come first."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to choose; it passes when no place, or not few enough of them, can serve the order.

    `keep` units of each variant are left alone beyond the level's buffer. An order is split only over `most_parcels`
    places, and only when every parcel's goods are worth `least_value` (minor units).
    """

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    kinds: Annotated[tuple[LocationKind, ...], Meta(max_length=4, description="Only such places.")] = ()
    locations: Annotated[tuple[Code, ...], Meta(max_length=1000, description="Only these places.")] = ()
    same_country: bool = False
    same_region: bool = False
    on_time: Annotated[bool, Meta(description="Only places that keep the day that was promised.")] = False
    keep: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    ranks: Annotated[tuple[Rank, ...], Meta(min_length=1, max_length=6)] = (Rank.listed,)
    most_parcels: Annotated[int, Meta(ge=1, le=MOST_PARCELS)] = 1
    least_value: Annotated[int, Meta(ge=0, le=10**12)] = 0
    optimise: Annotated[bool, Meta(description="Choose by the least cost instead of the ranks.")] = False


class Costs(Struct, frozen=True, forbid_unknown_fields=True):
    """What it costs to send, in minor units of the market's currency; for `cheapest` and for optimising.

    `risk` is what it costs, in parts per million of a unit's value, to take the last unit of a place; taking one of
    many costs that much less.
    """

    parcel: Annotated[int, Meta(ge=0, le=10**9)] = 5_000
    parcel_abroad: Annotated[int, Meta(ge=0, le=10**9)] = 15_000
    kilogram: Annotated[int, Meta(ge=0, le=10**9)] = 800
    split: Annotated[int, Meta(ge=0, le=10**9, description="For every parcel after the first.")] = 2_000
    day_late: Annotated[
        int, Meta(ge=0, le=10**9, description="A parcel, for each day after the promise.")
    ] = 3_000
    risk: Annotated[int, Meta(ge=0, le=1_000_000)] = 100_000


class Otherwise(StrEnum):
    """What becomes of goods of a placed order that no rule finds another place for."""

    work_list = "work_list"
    """Staff decide."""
    wait = "wait"
    """They are sent when some come."""


class RuleSet(Struct, frozen=True):
    """How a channel's orders are routed: the first rule that decides wins; version 0 was never written.

    Goods that so many places, one after the other, were asked for (`attempts`, the first one included) and did not send
    are not routed by themselves any more: staff decide. When no rule finds a place before that, `otherwise` says what
    becomes of them; an order of which nothing has left is cancelled when it has lacked goods for `cancel_after_days`.
    """

    channel: str
    rules: tuple[Rule, ...]
    costs: Costs = Costs()
    attempts: int = ATTEMPTS
    otherwise: Otherwise = Otherwise.work_list
    cancel_after_days: int | None = None
    version: int = 0


class RoutingPlace(Struct, frozen=True):
    """What a location does for other channels' orders: franchise stores may stay out, and a day has only so many hours.

    `orders_a_day` is how many orders it may be given to send on one of its own days, `pick_ups_an_hour` and
    `pick_ups_a_day` how many it can have ready for customers who come; without a number there is no limit.
    """

    location: str
    ships: bool = True
    orders_a_day: int | None = None
    pick_ups_an_hour: int | None = None
    pick_ups_a_day: int | None = None
    version: int = 0

    @property
    def capacity(self) -> Capacity:
        """How many pick-ups it can have ready."""
        return Capacity(self.pick_ups_an_hour, self.pick_ups_a_day)


class Want(Struct, frozen=True):
    """A line that is to be sent: `value` is what the whole line costs, `weight_g` what it weighs."""

    line_id: UUID
    variant_id: UUID
    quantity: int
    value: int = 0
    weight_g: int = 0


class Destination(Struct, frozen=True):
    """Where an order goes, by which method, and in how many days (counted from now) it was promised."""

    country: str
    region: str | None = None
    postal_code: str | None = None
    method: str | None = None
    promised_days: int | None = None


class Place(Struct, frozen=True):
    """A location that could send, as it stands at this moment.

    `free` is what it can promise of each variant, `days` how many calendar days the goods are on their way from it,
    `room` how many orders it may still be given today; `rejected` are goods of this order that it has refused to send.
    """

    location: str
    kind: LocationKind
    country: str
    free: dict[UUID, int]
    region: str | None = None
    postal_code: str = ""
    days: int = 0
    room: int | None = None
    ships: bool = True
    rejected: tuple[UUID, ...] = ()


class Question(Struct, frozen=True):
    """All that a decision depends on besides the rules; `places` in the channel's order."""

    wants: tuple[Want, ...]
    places: tuple[Place, ...]
    destination: Destination


class Passed(StrEnum):
    """Why a rule did not decide."""

    no_place = "no_place"
    """Its filters left no place that has any of the goods."""
    not_enough = "not_enough"
    """All its places together have not enough."""
    too_many_parcels = "too_many_parcels"
    """More places would have to send than it allows, or parcels worth less."""


class LeftOut(StrEnum):
    """Why a place was not considered by a rule."""

    kind = "kind"
    not_named = "not_named"
    other_country = "other_country"
    other_region = "other_region"
    late = "late"
    does_not_ship = "does_not_ship"
    no_room = "no_room"
    nothing_there = "nothing_there"
    rejected = "rejected"
    """It has said that it cannot send any of this."""


class Step(Struct, frozen=True, omit_defaults=True):
    """What one rule made of the question: who was left out, in which order the others stood, why it passed."""

    rule: str
    left_out: dict[str, LeftOut] = {}
    ranked: tuple[str, ...] = ()
    passed: Passed | None = None


class Cost(Struct, frozen=True):
    """What a decision costs, by cause, in minor units."""

    shipping: int
    splits: int
    lateness: int
    risk: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.shipping + self.splits + self.lateness + self.risk


class Decision(Struct, frozen=True):
    """Who sends what, by which rule, and how it came to that.

    `gap` is by how much, in parts per million, the cost may at most be above the least possible; nought is proven
    least. It is None where nobody optimised. `by` chose by hand. Without parts nobody could serve the order.
    """

    parts: tuple[Held, ...]
    rule: str | None
    steps: tuple[Step, ...]
    cost: Cost
    gap: int | None = None
    by: str | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """Who sends a parcel."""
        return tuple(dict.fromkeys(part.location for part in self.parts))


class UnknownRule(NotFound):
    """No routing rules were written for this channel."""

    code = "unknown-routing-rules"
    message = "The channel {channel} has no routing rules of its own."
