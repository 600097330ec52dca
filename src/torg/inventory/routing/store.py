"""The tables of routing: SQL in, model out."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.errors import ForeignKeyViolation
from psycopg.types.json import Jsonb

from torg.inventory.routing.model import Decision, Question, RoutingPlace, RuleSet
from torg.kernel.database import Transaction
from torg.markets import UnknownChannel, UnknownLocation

TABLES = ("routing_rules", "routing_places")
RULES = "SELECT channel, rules, costs, attempts, otherwise, cancel_after_days, version FROM routing_rules"

PLACES = """
SELECT location, ships, orders_a_day, pick_ups_an_hour, pick_ups_a_day, version FROM routing_places
"""

PUT_RULES = """
INSERT INTO routing_rules AS r (channel, rules, costs, attempts, otherwise, cancel_after_days)
VALUES (%(channel)s, %(rules)s, %(costs)s, %(attempts)s, %(otherwise)s, %(cancel_after_days)s)
ON CONFLICT (channel) DO UPDATE
SET rules = excluded.rules, costs = excluded.costs, attempts = excluded.attempts,
    otherwise = excluded.otherwise, cancel_after_days = excluded.cancel_after_days, version = r.version + 1
WHERE %(given)s::int IS NULL OR r.version = %(given)s
RETURNING version
"""

RULES_VERSION = "SELECT version FROM routing_rules WHERE channel = %(channel)s"

DROP_RULES = "DELETE FROM routing_rules WHERE channel = %(channel)s RETURNING version"

PUT_PLACE = """
INSERT INTO routing_places AS p (location, ships, orders_a_day, pick_ups_an_hour, pick_ups_a_day)
VALUES (%(location)s, %(ships)s, %(orders_a_day)s, %(pick_ups_an_hour)s, %(pick_ups_a_day)s)
ON CONFLICT (location) DO UPDATE
SET ships = excluded.ships, orders_a_day = excluded.orders_a_day, pick_ups_an_hour = excluded.pick_ups_an_hour,
    pick_ups_a_day = excluded.pick_ups_a_day, version = p.version + 1
WHERE %(given)s::int IS NULL OR p.version = %(given)s
RETURNING version
"""

PLACE_VERSION = "SELECT version FROM routing_places WHERE location = %(location)s"

LOADS = """
SELECT l.location, l.orders
FROM unnest(%(locations)s::text[], %(days)s::date[]) AS w (location, day)
JOIN routing_loads l ON l.location = w.location AND l.day = w.day
"""

# Two orders that want a place's last slot are decided one after the other on this row.
BOOK = """
INSERT INTO routing_loads AS l (location, day, orders)
SELECT %(location)s, %(day)s, 1 WHERE %(most)s > 0
ON CONFLICT (location, day) DO UPDATE SET orders = l.orders + 1 WHERE l.orders < %(most)s
RETURNING orders
"""

KEEP = """
INSERT INTO routings (order_id, number, channel, rule, question, decision, again, at)
SELECT %(order_id)s, coalesce(max(number), 0) + 1, %(channel)s, %(rule)s, %(question)s, %(decision)s, %(again)s, %(at)s
FROM routings WHERE order_id = %(order_id)s
"""

OF_ORDER = """
SELECT order_id, number, channel, question, decision, at FROM routings WHERE order_id = %(order_id)s ORDER BY number
"""

PAST = """
SELECT order_id, number, channel, question, decision, at FROM routings
WHERE channel = %(channel)s AND number = 1 AND NOT again
ORDER BY at DESC, order_id DESC LIMIT %(most)s
"""


class Load(Struct, frozen=True):
    """How many orders a place was given on the day that was asked for."""

    location: str
    orders: int


class Routing(Struct, frozen=True):
    """A decision with its question, as it was kept."""

    order_id: UUID
    number: int
    channel: str
    question: Question
    decision: Decision
    at: datetime


async def rule_sets(tx: Transaction) -> dict[str, RuleSet]:
    """Every channel's rules, by channel."""
    return {rules.channel: rules for rules in await tx.all(RuleSet, RULES)}


async def places(tx: Transaction) -> dict[str, RoutingPlace]:
    """What was said of places, by location."""
    return {place.location: place for place in await tx.all(RoutingPlace, PLACES)}


async def put_rules(tx: Transaction, rules: RuleSet, given: int | None) -> int | None:
    """Write a channel's rules; None when `given` is not their present version."""
    try:
        return await tx.find(
            int,
            PUT_RULES,
            channel=rules.channel,
            rules=Jsonb(msgspec.to_builtins(rules.rules)),
            costs=Jsonb(msgspec.to_builtins(rules.costs)),
            attempts=rules.attempts,
            otherwise=rules.otherwise.value,
            cancel_after_days=rules.cancel_after_days,
            given=given,
        )
    except ForeignKeyViolation as unknown:
        raise UnknownChannel(channel=rules.channel) from unknown


async def rules_version(tx: Transaction, channel: str) -> int | None:
    """The present version of a channel's rules."""
    return await tx.find(int, RULES_VERSION, channel=channel)


async def drop_rules(tx: Transaction, channel: str) -> int | None:
    """Forget a channel's rules; None when there were none."""
    return await tx.find(int, DROP_RULES, channel=channel)


async def put_place(tx: Transaction, place: RoutingPlace, given: int | None) -> int | None:
    """Write what a place does; None when `given` is not the present version."""
    try:
        return await tx.find(
            int,
            PUT_PLACE,
            location=place.location,
            ships=place.ships,
            orders_a_day=place.orders_a_day,
            pick_ups_an_hour=place.pick_ups_an_hour,
            pick_ups_a_day=place.pick_ups_a_day,
            given=given,
        )
    except ForeignKeyViolation as unknown:
        raise UnknownLocation(location=place.location) from unknown


async def place_version(tx: Transaction, location: str) -> int | None:
    """The present version of what was said of a place."""
    return await tx.find(int, PLACE_VERSION, location=location)


async def loads(tx: Transaction, days: dict[str, date]) -> dict[str, int]:
    """How many orders each place was given on its day."""
    rows = await tx.all(Load, LOADS, locations=list(days), days=list(days.values()))
    return {row.location: row.orders for row in rows}


async def book(tx: Transaction, location: str, day: date, most: int) -> bool:
    """Count one more order for a place's day; False when it has no room for it."""
    return await tx.find(int, BOOK, location=location, day=day, most=most) is not None


async def keep(
    tx: Transaction, order_id: UUID, channel: str, question: Question, decision: Decision, *, again: bool
) -> None:
    """Keep what was asked and decided; `again` when a place had not sent what was decided before."""
    await tx.execute(
        KEEP,
        order_id=order_id,
        channel=channel,
        rule=decision.rule,
        question=Jsonb(msgspec.to_builtins(question)),
        decision=Jsonb(msgspec.to_builtins(decision)),
        again=again,
        at=tx.now,
    )


async def of_order(tx: Transaction, order_id: UUID) -> list[Routing]:
    """How an order was routed, every time."""
    return await tx.all(Routing, OF_ORDER, order_id=order_id)


async def past(tx: Transaction, channel: str, most: int) -> Sequence[Routing]:
    """The first routing of a channel's latest orders, the newest first."""
    return await tx.all(Routing, PAST, channel=channel, most=most)
