# ruff: noqa: S608  # the statements are composed of constants of this module
"""Looking at levels, movements and holds; nothing here locks or writes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from torg.inventory.model import Difference, Hold, Level
from torg.inventory.movement import Movement
from torg.inventory.rules import bucket, buckets
from torg.kernel.database import Transaction
from torg.kernel.ids import Hex, array

FIRST = UUID(int=0)

HOLDS = """
SELECT bucket, order_id, id, line_id, variant_id, location, quantity, shipped, given_back, state, expires_at, late,
       expected, preorder
FROM holds WHERE order_id = %(order_id)s ORDER BY bucket, id
"""

HOLDS_OF_MANY = """
SELECT bucket, order_id, id, line_id, variant_id, location, quantity, shipped, given_back, state, expires_at, late,
       expected, preorder
FROM holds WHERE order_id = ANY(%(order_ids)s) ORDER BY order_id, bucket, id
"""

# What a level can promise to a channel; what is beyond the stock counts until the day on which it is expected.
_KEPT = "coalesce((l.kept ->> %(channel)s)::int, ((SELECT %(everywhere)s::jsonb) ->> l.location)::int, 0)"
_THERE = f"(l.available - l.backorder - {_KEPT})"
_BEYOND = "CASE WHEN l.expected >= %(today)s THEN l.backorder ELSE 0 END"
_FIGURES = f"""
CASE WHEN l.backorder = 0 OR l.expected IS NULL OR l.expected < %(today)s THEN to_json(greatest({_THERE}, 0))
     ELSE json_build_array(greatest({_THERE} + l.backorder, 0), greatest({_THERE}, 0), l.expected) END"""

# Both answer with one text: a row for each variant would cost the reader several times as much. What is asked for comes
# through a SELECT or a cast, so that the estimate does not follow how many they are: planned once, not at every call.
AVAILABILITY = f"""
SELECT coalesce(json_object_agg(f.variant_id, f.places)::text, '{{}}') FROM (
    SELECT l.variant_id, json_object_agg(l.location, {_FIGURES}) AS places
    FROM ROWS FROM (unnest((SELECT %(buckets)s::smallint[])), unnest((SELECT %(variants)s::uuid[])))
        AS w (bucket, variant_id)
    JOIN levels l ON l.bucket = w.bucket AND l.variant_id = w.variant_id
                 AND l.location = ANY((SELECT %(locations)s::text[])::text[])
    GROUP BY l.variant_id) AS f
"""

# In the order in which they were asked for; with how many are there, and from when the others come, where not all are.
SELLABLE = f"""
SELECT json_agg(CASE WHEN f.units = f.there THEN to_json(f.units)
                     ELSE json_build_array(f.units, f.there, f.expected) END ORDER BY w.number)::text
FROM ROWS FROM (unnest(%(buckets)s::text::smallint[]), unnest(%(variants)s::text::uuid[])) WITH ORDINALITY
    AS w (bucket, variant_id, number)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(greatest(l.there + l.beyond, 0)), 0) AS units, coalesce(sum(greatest(l.there, 0)), 0) AS there,
           min(l.expected) FILTER (WHERE l.beyond > 0 AND l.there + l.beyond > 0) AS expected
    FROM (SELECT {_THERE} AS there, {_BEYOND} AS beyond, l.expected FROM levels l
          WHERE l.bucket = w.bucket AND l.variant_id = w.variant_id AND l.location = ANY(%(locations)s)) AS l) AS f
"""

STATES = f"""
SELECT l.variant_id, l.location, {_THERE} + {_BEYOND} AS available, l.sequence
FROM unnest(%(buckets)s::smallint[], %(variants)s::uuid[]) AS w (bucket, variant_id)
JOIN levels l ON l.bucket = w.bucket AND l.variant_id = w.variant_id AND l.location = ANY(%(locations)s)
ORDER BY l.variant_id, l.location
"""

LEVEL = """
SELECT variant_id, location, on_hand, reserved, allocated, damaged, incoming, buffer, backorder, available, sequence,
       kept, expected, planned
FROM levels WHERE bucket = %(bucket)s AND variant_id = %(variant_id)s AND location = %(location)s
"""

COMING = """
SELECT s.expected_on FROM supply_lines l JOIN supplies s ON s.supply_id = l.supply_id
WHERE l.variant_id = %(variant_id)s AND s.location = %(location)s AND s.state = 'on_its_way'
  AND l.quantity > l.received + l.damaged AND s.expected_on >= %(today)s
ORDER BY s.expected_on LIMIT 1
"""

LEVELS = """
SELECT variant_id, location, on_hand, reserved, allocated, damaged, incoming, buffer, backorder, available, sequence,
       kept, expected, planned
FROM levels
WHERE location = ANY(%(locations)s) AND (location, variant_id) > (%(location)s, %(variant_id)s)
ORDER BY location, variant_id LIMIT %(most)s
"""

LEVELS_OF_VARIANT = """
SELECT variant_id, location, on_hand, reserved, allocated, damaged, incoming, buffer, backorder, available, sequence,
       kept, expected, planned
FROM levels
WHERE bucket = %(bucket)s AND variant_id = %(variant_id)s AND location = ANY(%(locations)s)
  AND location > %(location)s
ORDER BY location LIMIT %(most)s
"""

# How the level stood after each movement: as it stands now, less what came later.
MOVEMENTS = """
SELECT m.variant_id, m.location, m.sequence, m.cause, m.on_hand, m.reserved, m.allocated, m.damaged, m.incoming,
       m.picked, m.reason, m.document, m.actor, m.at,
       (l.on_hand - later.on_hand - coalesce(sum(m.on_hand) OVER after_it, 0))::int AS on_hand_after,
       (l.reserved - later.reserved - coalesce(sum(m.reserved) OVER after_it, 0))::int AS reserved_after,
       (l.allocated - later.allocated - coalesce(sum(m.allocated) OVER after_it, 0))::int AS allocated_after,
       (l.damaged - later.damaged - coalesce(sum(m.damaged) OVER after_it, 0))::int AS damaged_after,
       (l.incoming - later.incoming - coalesce(sum(m.incoming) OVER after_it, 0))::int AS incoming_after
FROM movements m
JOIN levels l ON l.bucket = m.bucket AND l.variant_id = m.variant_id AND l.location = m.location
CROSS JOIN (
    SELECT coalesce(sum(on_hand), 0) AS on_hand, coalesce(sum(reserved), 0) AS reserved,
           coalesce(sum(allocated), 0) AS allocated, coalesce(sum(damaged), 0) AS damaged,
           coalesce(sum(incoming), 0) AS incoming
    FROM movements
    WHERE bucket = %(bucket)s AND variant_id = %(variant_id)s AND location = %(location)s AND sequence >= %(before)s
) AS later
WHERE m.bucket = %(bucket)s AND m.variant_id = %(variant_id)s AND m.location = %(location)s
  AND m.sequence < %(before)s
WINDOW after_it AS (ORDER BY m.sequence DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
ORDER BY m.sequence DESC LIMIT %(most)s
"""

VERIFY = """
WITH ledger AS (
    SELECT bucket, variant_id, location, sum(on_hand) AS on_hand, sum(reserved) AS reserved,
           sum(allocated) AS allocated, sum(damaged) AS damaged, sum(incoming) AS incoming,
           count(*) AS entries, max(sequence) AS last
    FROM movements GROUP BY bucket, variant_id, location
), kept AS (
    SELECT bucket, variant_id, location,
           sum(CASE WHEN state = 'held' THEN quantity ELSE 0 END) AS reserved,
           sum(CASE WHEN state = 'allocated' THEN quantity - shipped - given_back ELSE 0 END) AS allocated
    FROM (SELECT bucket, variant_id, location, state, quantity, shipped, given_back
          FROM holds WHERE state IN ('held', 'allocated')
          UNION ALL
          SELECT bucket, variant_id, location, state, quantity, 0, 0 FROM soft_holds WHERE state = 'held') AS h
    GROUP BY bucket, variant_id, location
)
SELECT l.variant_id, l.location, f.figure, f.balance::bigint AS balance, f.ledger::bigint AS ledger
FROM levels l
LEFT JOIN ledger m ON m.bucket = l.bucket AND m.variant_id = l.variant_id AND m.location = l.location
LEFT JOIN kept k ON k.bucket = l.bucket AND k.variant_id = l.variant_id AND k.location = l.location
CROSS JOIN LATERAL (VALUES
    ('on_hand', l.on_hand, coalesce(m.on_hand, 0)),
    ('reserved', l.reserved, coalesce(m.reserved, 0)),
    ('allocated', l.allocated, coalesce(m.allocated, 0)),
    ('damaged', l.damaged, coalesce(m.damaged, 0)),
    ('incoming', l.incoming, coalesce(m.incoming, 0)),
    ('last movement', l.sequence, coalesce(m.last, 0)),
    ('movements', l.sequence, coalesce(m.entries, 0)),
    ('reserved by holds', l.reserved, coalesce(k.reserved, 0)),
    ('allocated by holds', l.allocated, coalesce(k.allocated, 0))
) AS f (figure, balance, ledger)
WHERE f.balance <> f.ledger
ORDER BY l.variant_id, l.location, f.figure
"""


class State(Struct, frozen=True):
    """What a level can give, and the number of its last movement."""

    variant_id: UUID
    location: str
    available: int
    sequence: int


Figures = int | tuple[int, int, date]
"""How many can be promised; where some of them are not there: how many in all, how many are there, and the day."""

_places = msgspec.json.Decoder(dict[UUID, dict[str, Figures]])
_units = msgspec.json.Decoder(list[Figures])


class Asking(Struct, frozen=True):
    """For which channel it is asked, what that leaves to others by location, and the day."""

    channel: str | None
    everywhere: Mapping[str, int]
    today: date

    def facts(self) -> dict[str, Any]:
        """As the statements take them."""
        everywhere = msgspec.json.encode(self.everywhere).decode() if self.everywhere else None
        return {"channel": self.channel, "everywhere": everywhere, "today": self.today}


async def availability(
    tx: Transaction, variant_ids: Sequence[UUID], locations: Sequence[str], asking: Asking
) -> dict[UUID, dict[str, Figures]]:
    """What can be promised now, by variant and location, never below zero; variants without a level are missing."""
    variants = list(dict.fromkeys(variant_ids))
    keys = [bucket(variant) for variant in variants]
    places = list(locations)
    found = await tx.one(
        str, AVAILABILITY, buckets=keys, variants=variants, locations=places, **asking.facts()
    )
    return _places.decode(found)


async def sellable(
    tx: Transaction, variants: Sequence[Hex], locations: Sequence[str], asking: Asking
) -> list[Figures]:
    """How many of each can be promised now in all of the locations."""
    keys = f"{{{','.join(map(str, buckets(variants)))}}}"
    names = array(variants)
    found = await tx.one(
        str, SELLABLE, buckets=keys, variants=names, locations=list(locations), **asking.facts()
    )
    return _units.decode(found)


async def states(
    tx: Transaction, variant_ids: Sequence[UUID], locations: Sequence[str], asking: Asking
) -> list[State]:
    """How the levels of these variants stand in these locations."""
    variants = list(dict.fromkeys(variant_ids))
    keys = [bucket(variant) for variant in variants]
    places = list(locations)
    return await tx.all(State, STATES, buckets=keys, variants=variants, locations=places, **asking.facts())


async def holds(tx: Transaction, order_id: UUID) -> list[Hold]:
    """Everything the order ever held."""
    return await tx.all(Hold, HOLDS, order_id=order_id)


async def holds_of(tx: Transaction, order_ids: Sequence[UUID]) -> list[Hold]:
    """Everything these orders ever held."""
    return await tx.all(Hold, HOLDS_OF_MANY, order_ids=list(order_ids))


async def level(tx: Transaction, variant_id: UUID, location: str) -> Level | None:
    """One level, when the location has ever had the variant."""
    return await tx.find(Level, LEVEL, bucket=bucket(variant_id), variant_id=variant_id, location=location)


async def coming(tx: Transaction, variant_id: UUID, location: str) -> date | None:
    """The first day on which goods that are on their way there are expected."""
    return await tx.find(date, COMING, variant_id=variant_id, location=location, today=tx.now.date())


async def levels(
    tx: Transaction, locations: Sequence[str], *, after: tuple[str, UUID] | None, most: int
) -> list[Level]:
    """Levels of these locations, by location and variant."""
    location, variant_id = after or ("", FIRST)
    return await tx.all(
        Level, LEVELS, locations=list(locations), location=location, variant_id=variant_id, most=most
    )


async def levels_of(
    tx: Transaction, variant_id: UUID, locations: Sequence[str], *, after: str, most: int
) -> list[Level]:
    """The levels of one variant in these locations, by location."""
    return await tx.all(
        Level,
        LEVELS_OF_VARIANT,
        bucket=bucket(variant_id),
        variant_id=variant_id,
        locations=list(locations),
        location=after,
        most=most,
    )


async def movements(
    tx: Transaction, variant_id: UUID, location: str, *, before: int, most: int
) -> list[Movement]:
    """A level's movements, the latest first."""
    return await tx.all(
        Movement,
        MOVEMENTS,
        bucket=bucket(variant_id),
        variant_id=variant_id,
        location=location,
        before=before,
        most=most,
    )


async def differences(tx: Transaction) -> list[Difference]:
    """Every figure of every level that its movements or holds do not add up to."""
    return await tx.all(Difference, VERIFY)
