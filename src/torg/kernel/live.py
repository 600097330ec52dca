"""Facts on their way to open pages: who listens to what in this process, and how it learns of what happened.

The relay tells all processes with one NOTIFY a batch, outside of every transaction that writes. A process that has
listeners then reads the new part of the feed once, whatever their number, and hands each what it listens to. Of several
facts about the same thing that a listener has not fetched yet it gets the last one only. Whoever comes first looks how
things stand and then listens, so nothing is missed. Whoever comes again, and knows up to which position it was told,
can ask what has changed since (`changed_since`): where each thing changed last is remembered for a while, and a process
that begins to follow reads that much of the feed first, so it does not matter which process told it before.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection

from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Unavailable
from torg.kernel.events import Event, decode
from torg.kernel.telemetry import logger

BELL = "torg_feed"
RING = f"NOTIFY {BELL}"
LISTEN = f"LISTEN {BELL}"
HEAD = "SELECT position FROM feed_head"
NEWS = """
SELECT position, type, payload FROM feed WHERE position > %s AND position <= %s AND type = ANY(%s) ORDER BY position
"""
OPTIONS = "-c TimeZone=UTC -c statement_timeout=30s -c application_name=torg-live -c default_transaction_read_only=on"

MOST_LISTENERS = 5000
LOOK_ANYWAY = 2.0
"""A bell that was lost with its connection is made up for after this many seconds."""
LOST_PAUSE = 0.5
SPAN = 5000
BACK = 20_000
"""So far back in the feed is looked by a process that begins to follow; and of so many things is remembered when they
changed last."""

Topics = Mapping[type[Event], Callable[[Any], Iterable[tuple[str, Event]]]]
"""What an event tells to whom: topics, each with what its listeners hear; one about many things is taken apart."""

log = logger(__name__)


class TooManyListeners(Unavailable):
    """This process has as many open pages as it can serve."""

    code = "too-many-listeners"
    message = "Too many pages listen at present. Try again in a moment."


class Listener:
    """Somebody who listens to topics: the last unfetched fact about each thing, in the order of the feed."""

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics
        self.ended = False
        self._news: dict[str, tuple[int, Event]] = {}
        self._bell = asyncio.Event()

    def tell(self, position: int, event: Event) -> None:
        """Put a fact in the place of an older one about the same thing."""
        self._news.pop(event.aggregate(), None)
        self._news[event.aggregate()] = (position, event)
        self._bell.set()

    def end(self) -> None:
        """Wake up for the last time."""
        self.ended = True
        self._bell.set()

    async def news(self, patience: float) -> list[tuple[int, Event]]:
        """What happened since it was asked last; empty after `patience` seconds in which nothing did."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), patience)
        self._bell.clear()
        found, self._news = list(self._news.values()), {}
        return found


class Live:
    """The listeners of this process."""

    def __init__(self, database: Database, topics: Topics) -> None:
        self._database = database
        self._topics = {kind.type: tell for kind, tell in topics.items()}
        self._of: dict[str, set[Listener]] = defaultdict(set)
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._position = 0
        self._since = 0
        self._last: dict[str, int] = {}  # where each thing changed last, in the feed's order
        self._ended = False

    @property
    def position(self) -> int:
        """How far the feed has been told: a listener that has fetched its news has missed nothing up to here."""
        return self._position

    def changed_since(self, position: int) -> frozenset[str] | None:
        """What has changed behind that position, by `Event.aggregate`; None when that is too long ago to be known."""
        if position < self._since:
            return None
        found = set()
        for thing, last in reversed(self._last.items()):
            if last <= position:
                break
            found.add(thing)
        return frozenset(found)

    @asynccontextmanager
    async def listen(self, topics: Iterable[str]) -> AsyncIterator[Listener]:
        """Hear of these topics from now on; what is read inside of the block is older than what it tells."""
        if len(self._listeners) >= MOST_LISTENERS:
            raise TooManyListeners()
        listener = Listener(frozenset(topics))
        self._listeners.add(listener)
        for topic in listener.topics:
            self._of[topic].add(listener)
        try:
            if self._ended:
                listener.end()
            if self._task is None and not self._ended:
                self._task = asyncio.create_task(self._follow(), name="live")
            async with asyncio.timeout(5):
                await self._listening.wait()
            yield listener
        except TimeoutError:
            raise Unavailable() from None
        finally:
            self._listeners.discard(listener)
            for topic in listener.topics:
                self._of[topic].discard(listener)
                if not self._of[topic]:
                    del self._of[topic]
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None
                self._listening.clear()

    def end(self) -> None:
        """Let everybody go: this process is about to end. Their pages come again, to another one."""
        self._ended = True
        self._listening.set()
        for listener in self._listeners:
            listener.end()

    async def close(self) -> None:
        """Stop listening."""
        self.end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(LISTEN)
                    if not self._listening.is_set():
                        await self._look_back(connection)
                        self._listening.set()
                    while True:
                        await self._catch_up(connection)
                        async for _ in connection.notifies(timeout=LOOK_ANYWAY, stop_after=1):
                            pass
            except (psycopg.Error, OSError) as lost:
                log.warning("live lost the database", error=str(lost))
                await asyncio.sleep(LOST_PAUSE)

    async def _connect(self) -> AsyncConnection[Any]:
        return await AsyncConnection.connect(
            self._database.url, autocommit=True, options=OPTIONS, connect_timeout=5, prepare_threshold=2
        )

    async def _look_back(self, connection: AsyncConnection[Any]) -> None:
        """Begin at the feed's end, with what changed shortly before it remembered."""
        head = await _head(connection)
        if not head - BACK <= self._position <= head:
            self._since = self._position = max(0, head - BACK)
            self._last.clear()
        await self._catch_up(connection, telling=False)

    async def _catch_up(self, connection: AsyncConnection[Any], *, telling: bool = True) -> None:
        head = await _head(connection)
        while self._position < head:
            upto = min(head, self._position + SPAN)
            rows = await (
                await connection.execute(NEWS, (self._position, upto, list(self._topics)))
            ).fetchall()
            for position, type, payload in rows:
                self._tell(position, decode(type, payload), telling)
            self._position = upto

    def _tell(self, position: int, event: Event, telling: bool) -> None:
        for topic, fact in self._topics[event.type](event):
            thing = fact.aggregate()
            self._last.pop(thing, None)
            self._last[thing] = position
            for listener in self._of.get(topic, ()) if telling else ():
                listener.tell(position, fact)
        while len(self._last) > BACK:
            self._since = max(self._since, self._last.pop(next(iter(self._last))))


async def feed_head(tx: Transaction) -> int:
    """The last position of the feed; what happened up to there is seen by whoever reads after this."""
    return await tx.one(int, HEAD)


async def _head(connection: AsyncConnection[Any]) -> int:
    row = await (await connection.execute(HEAD)).fetchone()
    return int(row[0]) if row else 0
