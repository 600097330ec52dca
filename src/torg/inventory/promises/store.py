"""The table of pick-up promises: SQL in, model out."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from torg.kernel.database import Transaction

# An hour on a clock is never longer than an hour, so what was promised for the present one is among these.
PROMISED = """
SELECT p.location, p.hour, count(*) AS orders
FROM routing_places r JOIN pick_up_promises p ON p.location = r.location AND p.hour > %(at)s - interval '1 day'
WHERE r.pick_ups_an_hour IS NOT NULL OR r.pick_ups_a_day IS NOT NULL
GROUP BY p.location, p.hour
"""

GIVEN = """
SELECT l.location, l.day, l.orders
FROM routing_places r JOIN routing_loads l ON l.location = r.location AND l.day >= %(since)s
WHERE r.orders_a_day IS NOT NULL
"""

# Whoever promises for a place with a capacity waits here for the others, and sees what they have promised.
LOCK = "SELECT FROM routing_places WHERE location = %(location)s FOR NO KEY UPDATE"

OTHERS = """
SELECT location, hour, count(*) AS orders FROM pick_up_promises
WHERE location = %(location)s AND hour > %(at)s - interval '1 day' AND order_id <> %(order_id)s
GROUP BY location, hour
"""

KEEP = """
INSERT INTO pick_up_promises (location, order_id, hour, ready_at)
VALUES (%(location)s, %(order_id)s, %(hour)s, %(ready_at)s)
ON CONFLICT (location, order_id) DO UPDATE SET hour = excluded.hour, ready_at = excluded.ready_at
"""

READY = """
SELECT p.location, p.order_id, p.ready_at
FROM unnest(%(locations)s::text[], %(order_ids)s::uuid[]) AS w (location, order_id)
JOIN pick_up_promises p ON p.location = w.location AND p.order_id = w.order_id
"""

DROP = "DELETE FROM pick_up_promises WHERE location = ANY(%(locations)s) AND order_id = %(order_id)s"


class Taken(Struct, frozen=True):
    """How many orders a place has promised to have ready in an hour."""

    location: str
    hour: datetime
    orders: int


class Given(Struct, frozen=True):
    """How many orders a place was given to send on one of its days."""

    location: str
    day: date
    orders: int


class PromisedPickUp(Struct, frozen=True):
    """When a place has promised to have an order's goods ready."""

    location: str
    order_id: UUID
    ready_at: datetime


async def given(tx: Transaction, since: date) -> dict[tuple[str, date], int]:
    """How many orders the places that have a limit were given, by their day."""
    return {(row.location, row.day): row.orders for row in await tx.all(Given, GIVEN, since=since)}


async def promised(tx: Transaction, at: datetime) -> list[Taken]:
    """What the places that have a capacity have promised, from the day before on."""
    return await tx.all(Taken, PROMISED, at=at)


def lock(tx: Transaction, location: str) -> None:
    """Promise for this place one after the other, until the transaction ends."""
    tx.send(LOCK, location=location)


async def others(tx: Transaction, location: str, order_id: UUID, at: datetime) -> dict[datetime, int]:
    """What the place has promised to others, by the hour."""
    rows = await tx.all(Taken, OTHERS, location=location, order_id=order_id, at=at)
    return {row.hour: row.orders for row in rows}


def keep(tx: Transaction, location: str, order_id: UUID, hour: datetime, ready_at: datetime) -> None:
    """Write down what the order was promised."""
    tx.send(KEEP, location=location, order_id=order_id, hour=hour, ready_at=ready_at)


def drop(tx: Transaction, locations: list[str], order_id: UUID) -> None:
    """The order does not come any more."""
    tx.send(DROP, locations=locations, order_id=order_id)


async def ready(tx: Transaction, asked: Collection[tuple[str, UUID]]) -> list[PromisedPickUp]:
    """When these places have promised to have these orders ready."""
    locations, order_ids = [place for place, _ in asked], [order for _, order in asked]
    return await tx.all(PromisedPickUp, READY, locations=locations, order_ids=order_ids)
