"""One subscription on its way along the feed.

Guarantees: a batch is handled in one transaction together with the cursor, so what a handler writes through
it happens exactly once, whoever runs it and whenever it dies; the events of an aggregate are handled in their
order. A batch that fails is cut down to the one event that cannot be handled; that event is parked after
`ATTEMPTS` tries, later events of its aggregate are parked behind it, and everything else goes on.
"""

import random
import traceback
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import overload

import psycopg
from msgspec import Struct
from psycopg_pool import PoolTimeout

from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Unavailable
from torg.kernel.events import KINDS, Event, Recorded, Subscription, decode
from torg.kernel.jobs.registry import deferring
from torg.kernel.relay import store
from torg.kernel.telemetry import logger, metrics, span

BATCH = 200
SPAN = 20_000
ATTEMPTS = 5
LONGEST_ERROR = 4000

log = logger(__name__)


class Unread(Event, frozen=True, kw_only=True):
    """An event of a type that this version of the code does not know; seen only by who follows every type."""

    type = ""


class Step(Struct, frozen=True):
    """What one step did: how many events it handled, where the cursor is, and how long to wait before the
    next.
    """

    handled: int
    position: int
    more: bool = False
    wait: float = 0.0


class Batch(Sequence[Recorded]):
    """Events for a handler. Walking through them makes what is told or deferred belong to the trace of each."""

    def __init__(self, tx: Transaction, rows: Sequence[store.FeedRow]) -> None:
        self._tx = tx
        self._rows = rows

    @cached_property
    def _events(self) -> list[tuple[Recorded, str | None]]:
        """Read when somebody looks: who follows every event, and has nobody to tell, does not."""
        return [(_recorded(row), row.trace) for row in self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Recorded]:
        for event, trace in self._events:
            self._tx.trace = trace
            yield event

    @overload
    def __getitem__(self, index: int) -> Recorded: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Recorded]: ...
    def __getitem__(self, index: int | slice) -> Recorded | Sequence[Recorded]:
        if isinstance(index, slice):
            return [event for event, _ in self._events[index]]
        return self._events[index][0]


class Follower:
    """A subscription's progress in this process."""

    def __init__(self, database: Database, subscription: Subscription) -> None:
        self.database = database
        self.subscription = subscription
        self.name = subscription.name
        self.types = [kind.type for kind in subscription.types] or None
        self.limit = BATCH
        self._asked = 0
        self._tries = 0

    async def register(self) -> None:
        """Give a new subscription its place: the feed's beginning, or its end."""
        await self.database.run(
            lambda tx: store.make_cursor(tx, self.name, self.subscription.from_start), repeatable=True
        )

    async def step(self) -> Step:
        """Handle the next batch. Failures of the handler are dealt with here; a lost database is raised."""
        self._asked = 0  # a failure before the handler was asked is not the handler's
        try:
            step = await self.database.run(self._advance, repeatable=True)
        except Exception as error:
            if not self._asked or await self._database_is_gone(error):
                raise
            return await self._failed(error)
        self._tries = 0
        self.limit = min(BATCH, self.limit * 2)
        if step.handled:
            metrics().handled.labels(self.name).inc(step.handled)
        return step

    async def replay(self) -> bool:
        """Handle the first event that somebody wants replayed; tells whether there was one."""
        parked = await self.database.read(lambda tx: store.first_to_replay(tx, self.name))
        if parked is None:
            return False
        try:
            await self.database.run(lambda tx: self._again(tx, parked), repeatable=True)
        except Exception as error:
            if await self._database_is_gone(error):
                raise
            told = _told(error)
            log.warning("parked event failed again", subscription=self.name, position=parked.position)
            await self.database.run(lambda tx: store.replay_failed(tx, self.name, parked, told))
        return True

    async def _advance(self, tx: Transaction) -> Step:
        self._asked = 0
        batch = await store.read_batch(tx, self.name, self.types, span=SPAN, limit=self.limit)
        rows = batch.rows
        if batch.upto <= batch.cursor:
            return Step(0, batch.cursor)
        self._asked = len(rows)
        await store.park_behind(tx, self.name, [row.position for row in rows if row.behind])
        await self._handle(tx, [row for row in rows if not row.behind])
        reached = rows[-1].position if len(rows) == self.limit else batch.upto
        await store.move_cursor(tx, self.name, reached)
        return Step(len(rows), reached, more=reached < batch.head)

    async def _again(self, tx: Transaction, parked: store.ParkedPlace) -> None:
        await store.lock_cursor(tx, self.name)
        if await store.first_to_replay(tx, self.name) != parked:
            return  # somebody else was faster
        await self._handle(tx, [await store.read_one(tx, parked.position)])
        await store.unpark(tx, self.name, parked.position)

    async def _handle(self, tx: Transaction, rows: Sequence[store.FeedRow]) -> None:
        if not rows:
            return
        alone = rows[0].trace if len(rows) == 1 else None
        with deferring(), span(self.name, parent=alone, links=[row.trace for row in rows]):
            await self.subscription.handle(tx, Batch(tx, rows))

    async def _failed(self, error: Exception) -> Step:
        metrics().failed.labels(self.name).inc()
        if self._asked > 1:
            self.limit = max(1, self._asked // 2)
            return Step(0, 0, more=True, wait=_pause(0))
        self._tries += 1
        log.warning("subscription failed", subscription=self.name, tries=self._tries, exc_info=error)
        if self._tries < ATTEMPTS:
            return Step(0, 0, more=True, wait=_pause(self._tries))
        await self.database.run(lambda tx: self._park(tx, _told(error)))
        self._tries = 0
        return Step(0, 0, more=True)

    async def _park(self, tx: Transaction, error: str) -> None:
        batch = await store.read_batch(tx, self.name, self.types, span=SPAN, limit=1)
        for row in batch.rows:
            await store.park(tx, self.name, row, error, self._tries)
            await store.move_cursor(tx, self.name, row.position)
            log.error("event parked", subscription=self.name, position=row.position, type=row.type)

    async def _database_is_gone(self, error: Exception) -> bool:
        if not isinstance(error, Unavailable | psycopg.OperationalError | PoolTimeout):
            return False
        try:
            await self.database.read(lambda tx: tx.one(int, "SELECT 1"))
        except (Unavailable, psycopg.OperationalError, PoolTimeout):
            return True
        return False


def _recorded(row: store.FeedRow) -> Recorded:
    event = decode(row.type, row.payload) if row.type in KINDS else Unread()
    return Recorded(
        row.position, row.id, row.type, row.key, row.aggregate, row.sequence, row.at, row.actor, event
    )


def _told(error: Exception) -> str:
    return "".join(traceback.format_exception(error))[-LONGEST_ERROR:]


def _pause(tries: int) -> float:
    longest: float = 0.05 * 4**tries
    return random.uniform(longest / 2, longest)  # noqa: S311  # jitter, not a secret
