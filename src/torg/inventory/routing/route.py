"""Which places serve an order that is about to hold its goods.

The decision is made while every level that could serve the order is locked, so what was decided is what is held. Only
a rule that optimises thinks before (up to a tenth of a second, in a thread, with nothing locked); what it found counts
if it still fits the locked levels, else its ranks decide.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from torg.inventory import promise
from torg.inventory.deliver import delivery_method
from torg.inventory.model import DeliveryMethod, Demand, Held
from torg.inventory.routing import optimise, rules, store
from torg.inventory.routing.model import (
    MOST_PARCELS,
    Decision,
    Destination,
    Place,
    Question,
    RoutingPlace,
    Rule,
    RuleSet,
    Want,
)
from torg.kernel.database import Database, Transaction
from torg.markets import Atlas, Location, atlas

CACHED = "inventory.routing"

Free = Mapping[tuple[UUID, str], int]
Rejected = Mapping[str, Collection[UUID]]
"""The goods that each place has refused to send."""

AGAIN = (Rule("any place", most_parcels=MOST_PARCELS),)
"""How goods that a place did not send are routed where their channel has no rules: as few parcels as can be."""


class Known(Struct, frozen=True):
    """Every channel's rules and what was said of places, as of at most a second ago."""

    rules: dict[str, RuleSet]
    places: dict[str, RoutingPlace]
    pick_ups_limited: bool = False
    """Whether any place has a capacity for pick-ups."""
    days_limited: bool = False
    """Whether any place can be given only so many orders a day."""


async def known(database: Database) -> Known:
    """The present rules."""
    return await database.cached(CACHED, _load, tables=store.TABLES)


async def _load(tx: Transaction) -> Known:
    rule_sets, places = await store.rule_sets(tx), await store.places(tx)
    return Known(
        rule_sets,
        places,
        pick_ups_limited=any(one.capacity != promise.UNLIMITED for one in places.values()),
        days_limited=any(one.orders_a_day is not None for one in places.values()),
    )


def rules_for(present: Known, channel: str) -> RuleSet:
    """The channel's rules, or those of channels without any."""
    return present.rules.get(channel) or RuleSet(channel, AGAIN)


class Routed(Struct, frozen=True):
    """An order on its way through a channel's rules: what does not depend on the levels."""

    order_id: UUID
    rules: RuleSet
    wants: tuple[Want, ...]
    destination: Destination
    places: tuple[Place, ...]
    limits: dict[str, tuple[date, int]]
    ahead: Decision | None = None
    again: bool = False

    def days(self, parts: Iterable[Held]) -> int:
        """After how many days all of this is with the customer."""
        sending = {part.location for part in parts}
        return max((place.days for place in self.places if place.location in sending), default=0)


async def prepare(
    tx: Transaction,
    order_id: UUID,
    channel: str,
    demands: Sequence[Demand],
    destination: Destination,
    free: Free | None = None,
    *,
    rejected: Rejected | None = None,
) -> Routed | None:
    """Get ready to route these lines; None when the channel has no rules, and the locations are asked in their order.

    `free`, what can be promised before anything is locked, lets rules that optimise think ahead. With `rejected`, what
    places have refused to send, the order is routed anew, which is always by rules: `AGAIN` where there are none.
    """
    present = await known(tx.database)
    rule_set = rules_for(present, channel) if rejected is not None else present.rules.get(channel)
    if rule_set is None or not demands:
        return None
    atlas_now = await atlas(tx.database)
    codes = list(dict.fromkeys(place for line in demands for place in line.locations))
    method = await delivery_method(tx.database, destination.method) if destination.method else None
    limits = {
        code: (_day(atlas_now, code, tx.now), limit)
        for code in codes
        if (limit := _limit(present, code)) is not None
    }
    loads = await store.loads(tx, {code: day for code, (day, _) in limits.items()}) if limits else {}
    places = tuple(
        replace(
            _place(code, present, atlas_now, destination, method, tx.now, limits, loads),
            rejected=tuple(sorted((rejected or {}).get(code, ()))),
        )
        for code in codes
    )
    wants = tuple(Want(d.line_id, d.variant_id, d.quantity, d.value, d.weight_g) for d in demands)
    routed = Routed(order_id, rule_set, wants, destination, places, limits, again=rejected is not None)
    if free is None or not optimises(present, channel):
        return routed
    return replace(routed, ahead=await _think(rule_set, _question(routed, free)))


def optimises(present: Known, channel: str) -> bool:
    """Whether a rule of the channel wants to think before levels are locked."""
    rule_set = present.rules.get(channel)
    return rule_set is not None and any(rule.optimise for rule in rule_set.rules)


async def choose(tx: Transaction, routed: Routed, free: Free) -> list[Held] | None:
    """Who serves what, decided on locked levels and written down with its reasons; None when all rules pass.

    An order that is placed already is not refused for that, so then the reasons for it are written down too.
    """
    while True:
        question = _question(routed, free)
        decision = routed.ahead if routed.ahead and _fits(routed.ahead, free) else None
        decision = decision or rules.explained(routed.rules, question)
        if not decision.parts:
            if routed.again:
                await _keep(tx, routed, question, decision)
            return None
        full = await _book(tx, routed, decision)
        if full is None:
            await _keep(tx, routed, question, decision)
            return list(decision.parts)
        places = tuple(replace(p, room=0) if p.location == full else p for p in routed.places)
        routed = replace(routed, places=places, ahead=None)


async def keep_chosen(
    tx: Transaction,
    order_id: UUID,
    channel: str,
    demands: Sequence[Demand],
    to: Destination,
    free: Free,
    decision: Decision,
) -> int:
    """Keep what somebody has chosen by hand, with how things stood at the places; tells after how many days the goods
    are with the customer.
    """
    routed = await prepare(tx, order_id, channel, demands, to, rejected={})
    if routed is None:
        return 0
    await _keep(tx, routed, _question(routed, free), decision)
    return routed.days(decision.parts)


async def _keep(tx: Transaction, routed: Routed, question: Question, decision: Decision) -> None:
    channel = routed.rules.channel
    await store.keep(tx, routed.order_id, channel, question, decision, again=routed.again)


class _Full(Exception):
    """A place has no room for the order any more."""

    def __init__(self, location: str) -> None:
        self.location = location


async def _book(tx: Transaction, routed: Routed, decision: Decision) -> str | None:
    """Count the order for places that have a limit; the place that has no room any more, with nothing counted."""
    limited = sorted(set(decision.places) & routed.limits.keys())
    if not limited:
        return None
    try:
        async with tx.savepoint():
            for code in limited:
                day, most = routed.limits[code]
                if not await store.book(tx, code, day, most):
                    raise _Full(code)
    except _Full as full:
        return full.location
    return None


async def _think(rule_set: RuleSet, question: Question) -> Decision | None:
    for rule in rule_set.rules:
        if rule.optimise:
            found = await asyncio.to_thread(partial(optimise.least_cost, rule, rule_set.costs, question))
            if isinstance(found, Decision):
                return found
        elif rules.ask(rule, rule_set.costs, question).step.passed is None:
            return None  # a rule before it decides by its ranks, and does so on the locked levels
    return None


def _question(routed: Routed, free: Free) -> Question:
    variants = {want.variant_id for want in routed.wants}
    return Question(
        routed.wants,
        tuple(
            replace(
                place,
                free={
                    v: 0 if v in place.rejected else max(0, free.get((v, place.location), 0))
                    for v in variants
                },
            )
            for place in routed.places
        ),
        routed.destination,
    )


def _fits(decision: Decision, free: Free) -> bool:
    left = dict(free)
    for part in decision.parts:
        place = (part.variant_id, part.location)
        left[place] = left.get(place, 0) - part.quantity
        if left[place] < 0:
            return False
    return True


def _limit(present: Known, code: str) -> int | None:
    said = present.places.get(code)
    return said.orders_a_day if said else None


def _day(atlas_now: Atlas, code: str, at: datetime) -> date:
    return at.astimezone(ZoneInfo(atlas_now.location(code).time_zone)).date()


def _place(
    code: str,
    present: Known,
    atlas_now: Atlas,
    destination: Destination,
    method: DeliveryMethod | None,
    at: datetime,
    limits: Mapping[str, tuple[date, int]],
    loads: Mapping[str, int],
) -> Place:
    location = atlas_now.location(code)
    room = limits[code][1] - loads.get(code, 0) if code in limits else None
    return place(location, present, days(location, destination, method, at), room)


def days(location: Location, to: Destination, method: DeliveryMethod | None, at: datetime) -> int:
    """After how many days goods from there are with the customer; nought where the method does not go."""
    window = promise.delivery_window(method, to.country, to.postal_code, location, at) if method else None
    return 0 if window is None else (window.latest - at.date()) // timedelta(days=1)


def place(location: Location, present: Known, days: int, room: int | None = None) -> Place:
    """A location as it stands before anything is known of its shelves."""
    said = present.places.get(location.code)
    return Place(
        location=location.code,
        kind=location.kind,
        country=location.country,
        free={},
        region=location.region,
        postal_code=location.address.postal_code,
        days=days,
        room=room,
        ships=said.ships if said else True,
    )
