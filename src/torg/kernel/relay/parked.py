"""Events that a subscription could not handle: seen, replayed, dropped; and projections built anew.

A replay is asked for here and done by the leader, in the order of the aggregate; what fails again stays parked with
the new reason. Asking twice does no harm.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import NotFound, Refused
from torg.kernel.events import Subscription
from torg.permissions import Permission

LIST = """
SELECT p.subscription, p.position, f.id, p.type, p.aggregate, f.at, p.error, p.attempts, p.parked_at, p.replay
FROM parked_events p JOIN feed f ON f.position = p.position
WHERE (%(subscription)s::text IS NULL OR p.subscription = %(subscription)s)
  AND (p.subscription, p.position) > (%(after_subscription)s, %(after_position)s)
ORDER BY p.subscription, p.position
LIMIT %(limit)s
"""

REPLAY_AGGREGATE = """
UPDATE parked_events SET replay = true
WHERE subscription = %(subscription)s AND aggregate = (
    SELECT aggregate FROM parked_events WHERE subscription = %(subscription)s AND position = %(position)s
)
"""

REPLAY_ALL = "UPDATE parked_events SET replay = true WHERE subscription = %(subscription)s AND NOT replay"

DROP = """
DELETE FROM parked_events WHERE subscription = %(subscription)s AND position = %(position)s RETURNING aggregate
"""

LET_GO_ON = "UPDATE parked_events SET replay = true WHERE subscription = %(subscription)s AND aggregate = %(aggregate)s"

LOCK = "SELECT position FROM subscriptions WHERE name = %(subscription)s FOR UPDATE"

START_OVER = "UPDATE subscriptions SET position = 0, moved_at = %(at)s WHERE name = %(subscription)s"

FORGET_PARKED = "DELETE FROM parked_events WHERE subscription = %(subscription)s"

OVERVIEW = """
SELECT s.name, s.position, h.position - s.position AS behind, s.moved_at,
       (SELECT count(*) FROM parked_events p WHERE p.subscription = s.name) AS parked
FROM subscriptions s, feed_head h
ORDER BY s.name
"""


class Subscriptions(Struct, frozen=True):
    """A port: all subscriptions of this Torg, for whoever has to find one by its name."""

    all: tuple[Subscription, ...] = ()


class NothingParked(NotFound):
    """No such event is parked: it was handled, dropped, or never failed."""

    code = "nothing-parked"
    message = "Nothing is parked at position {position} of {subscription}."


class UnknownSubscription(NotFound):
    """No subscription has this name."""

    code = "unknown-subscription"
    message = "There is no subscription {subscription}."


class NotAProjection(Refused):
    """Only what can be emptied can be built anew; other subscriptions would do everything a second time."""

    code = "not-a-projection"
    message = "{subscription} is not a projection and cannot be built anew."


class ParkedEvent(Struct, frozen=True):
    """An event that a subscription could not handle, or (without an error) one that waits behind such an event."""

    subscription: str
    position: int
    id: UUID
    type: str
    aggregate: str
    at: datetime
    error: str | None
    attempts: int
    parked_at: datetime
    replay: bool


class Progress(Struct, frozen=True):
    """How far a subscription has come."""

    name: str
    position: int
    behind: int
    moved_at: datetime
    parked: int


async def progress(tx: Transaction, *, by: Actor) -> list[Progress]:
    """All subscriptions, and how far they have come."""
    by.must(Permission.jobs_read)
    return await tx.all(Progress, OVERVIEW)


async def list_parked(
    tx: Transaction,
    *,
    by: Actor,
    subscription: str | None = None,
    after: tuple[str, int] | None = None,
    limit: int = 50,
) -> list[ParkedEvent]:
    """What could not be handled, by subscription and position."""
    by.must(Permission.jobs_read)
    name, position = after or ("", 0)
    return await tx.all(
        ParkedEvent,
        LIST,
        subscription=subscription,
        after_subscription=name,
        after_position=position,
        limit=limit,
    )


async def replay(tx: Transaction, subscription: str, position: int, *, by: Actor) -> int:
    """Have the events of this one's aggregate handled again, in order; tells how many wait for that."""
    by.must(Permission.jobs_replay)
    await _lock(tx, subscription)
    asked = await tx.execute(REPLAY_AGGREGATE, subscription=subscription, position=position)
    if not asked:
        raise NothingParked(subscription=subscription, position=position)
    await audit.write(tx, by, "event.replayed", f"{subscription}/{position}", events=asked)
    return asked


async def replay_all(tx: Transaction, subscription: str, *, by: Actor) -> int:
    """Have everything handled again that the subscription parked."""
    by.must(Permission.jobs_replay)
    await _lock(tx, subscription)
    asked = await tx.execute(REPLAY_ALL, subscription=subscription)
    await audit.write(tx, by, "event.replayed", subscription, events=asked)
    return asked


async def drop(tx: Transaction, subscription: str, position: int, *, by: Actor) -> None:
    """Give one event up for good; those behind it go on."""
    by.must(Permission.jobs_replay)
    await _lock(tx, subscription)
    aggregate = await tx.find(str, DROP, subscription=subscription, position=position)
    if aggregate is None:
        raise NothingParked(subscription=subscription, position=position)
    await tx.execute(LET_GO_ON, subscription=subscription, aggregate=aggregate)
    await audit.write(tx, by, "event.dropped", f"{subscription}/{position}", aggregate=aggregate)


async def rebuild(tx: Transaction, subscription: str, *, known: Sequence[Subscription], by: Actor) -> None:
    """Empty a projection and have it follow the feed from its beginning."""
    by.must(Permission.jobs_replay)
    await _lock(tx, subscription)
    reset = next((one.reset for one in known if one.name == subscription), None)
    if reset is None:
        raise NotAProjection(subscription=subscription)
    await reset(tx)
    await tx.execute(FORGET_PARKED, subscription=subscription)
    await tx.execute(START_OVER, subscription=subscription, at=tx.now)
    await audit.write(tx, by, "projection.rebuilt", subscription)


async def _lock(tx: Transaction, subscription: str) -> None:
    if await tx.find(int, LOCK, subscription=subscription) is None:
        raise UnknownSubscription(subscription=subscription)
