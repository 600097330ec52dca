"""Stock on open pages: how it stands when a page comes, and every change from then on.

A page that comes again with the id of the last message that it got is told what has changed since, as far as that is
known; else how everything stands. An id is a position in the feed, up to which the page knows everything, and a
fingerprint of what it asked for: of another question, another day or other buffers it says nothing.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from itertools import product
from time import monotonic
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from torg.catalog import Component, Specials, specials
from torg.inventory import figures
from torg.inventory.buffers import known_buffers
from torg.inventory.events import StockChanged, StockLoaded, level_name
from torg.inventory.model import MOST_TOLD
from torg.inventory.store import reads
from torg.kernel.database import Database, Transaction
from torg.kernel.events import Event
from torg.kernel.ids import public
from torg.kernel.live import Live, Topics, feed_head

QUIET = 15.0
"""After so many seconds without news a comment is sent, so that nobody in between takes the connection for dead."""
LONGEST_POSITION = 18


class StockNews(Struct, frozen=True):
    """How many of a variant a location can give now; 20 means 20 or more."""

    variant: str
    location: str
    sellable: int


def changed(event: StockChanged) -> Iterator[tuple[str, Event]]:
    """Whoever listens to a variant or to a whole location hears of it."""
    yield f"variant:{event.variant_id.hex}", event
    yield f"location:{event.location}", event


def loaded(event: StockLoaded) -> Iterator[tuple[str, Event]]:
    """Of goods that came in on many levels each listener hears what concerns it, as if it had come alone."""
    for level in event.levels:
        yield from changed(StockChanged(**asdict(level)))


TOPICS: Topics = {StockChanged: changed, StockLoaded: loaded}


async def stock_news(
    live: Live,
    database: Database,
    variants: Sequence[UUID],
    locations: Collection[str],
    *,
    seconds: float,
    channel: str | None = None,
    last_id: str | None = None,
) -> AsyncIterator[bytes]:
    """Server-sent events about these variants in these locations, for at most so many seconds.

    What `channel` leaves to others is not counted; a bundle changes with its components.

    First how everything stands, or, with the `last_id` that the page got, what has changed since; then what changes,
    each level's last state only.
    """
    page = await _page(database, variants, locations, channel)
    until = monotonic() + seconds
    async with live.listen(f"variant:{variant.hex}" for variant in page.asked) as listener:
        known, position = page.known_by(last_id), live.position
        changed = None if known is None else live.changed_since(known)
        head = await page.look(database)
        if known is None or changed is None or known > head:  # the last is no id of this feed
            known, changed = head, None
        position = max(position, known)
        for message in page.standing(changed):
            yield message
        yield b": these are all\n" + page.id(position) + b"\n"
        while not listener.ended and (left := until - monotonic()) > 0:
            news = page.after(await listener.news(min(left, QUIET)), known)
            position = max(position, live.position)
            *others, last = news or [b": still here\n\n"]
            yield b"".join((*others, page.id(position), last))


async def _page(
    database: Database, variants: Sequence[UUID], locations: Collection[str], channel: str | None
) -> "_Page":
    everywhere = (await known_buffers(database)).get(channel, {}) if channel else {}
    today = database.clock.now().date()
    return _Page(variants, frozenset(locations), channel, everywhere, await specials(database), today)


class _Page:
    """What one open page was told: how the levels stand that its variants, or their components, are made of."""

    def __init__(
        self,
        variants: Sequence[UUID],
        places: frozenset[str],
        channel: str | None,
        everywhere: Mapping[str, int],
        special: Specials,
        today: date,
    ) -> None:
        self.asked = figures.with_components(special, variants)
        self.places = places
        self.channel = channel
        self.everywhere = everywhere
        self.today = today
        self.inside = {variant: special.components(variant) for variant in variants}
        asked = (
            sorted(map(str, self.inside.items())),
            sorted(places),
            channel,
            sorted(everywhere.items()),
            today,
        )
        self.question = blake2b(repr(asked).encode(), digest_size=8).hexdigest()
        self.told: dict[tuple[UUID, str], int] = {}
        self.free: dict[tuple[UUID, str], int] = {}
        self.said: dict[tuple[UUID, str], int] = {}

    def id(self, position: int) -> bytes:
        """What a page that knows everything up to here is to say when it comes again."""
        return f"id: {position}-{self.question}\n".encode()

    def known_by(self, last_id: str | None) -> int | None:
        """Up to where a page that got this id knows everything; None for an id of another question, or of nobody's."""
        position, _, question = (last_id or "").partition("-")
        if question != self.question or not (position.isascii() and position.isdecimal()):
            return None
        return int(position) if len(position) <= LONGEST_POSITION else None

    async def look(self, database: Database) -> int:
        """See how everything stands; tells up to where in the feed that is."""

        async def states(tx: Transaction) -> tuple[int, list[reads.State]]:
            asking = reads.Asking(self.channel, self.everywhere, self.today)
            return await tx.together(feed_head(tx), reads.states(tx, self.asked, sorted(self.places), asking))

        head, levels = await database.read(states)
        for level in levels:
            self.told[level.variant_id, level.location] = level.sequence
            self.free[level.variant_id, level.location] = level.available
        return head

    def standing(self, changed: Collection[str] | None) -> Iterator[bytes]:
        """How everything stands, or only those of which something has changed."""
        for (variant, inside), place in product(self.inside.items(), sorted(self.places)):
            units = self._units(variant, place)
            levels = (level_name(one, place) for one in _levels(variant, inside))
            if units is not None and (changed is None or any(level in changed for level in levels)):
                yield self._message(variant, place, units)

    def after(self, news: Iterable[tuple[int, Event]], known: int) -> list[bytes]:
        """What has changed for the page behind the position up to which it knew everything when it came."""
        messages = []
        for position, event in news:
            if not isinstance(event, StockChanged) or event.location not in self.places or position <= known:
                continue
            level = (event.variant_id, event.location)
            if event.movement < self.told.get(level, 0):
                continue  # what it was told when it came may be newer than the feed
            self.told[level] = event.movement
            self.free[level] = event.available - self._kept(event)
            for variant, inside in self.inside.items():
                if event.variant_id in _levels(variant, inside):
                    units = _shown(self._units(variant, event.location) or 0)
                    if units != self.said.get((variant, event.location)):
                        messages.append(self._message(variant, event.location, units))
        return messages

    def _message(self, variant: UUID, place: str, units: int) -> bytes:
        self.said[variant, place] = units = _shown(units)
        return (
            b"event: stock\ndata: "
            + msgspec.json.encode(StockNews(public("var", variant), place, units))
            + b"\n\n"
        )

    def _units(self, variant: UUID, place: str) -> int | None:
        """How many there are of a variant; of a bundle as many as its scarcest component allows."""
        inside = self.inside[variant]
        if not inside:
            return self.free.get((variant, place))
        rows = [(one.quantity, self.free.get((one.variant_id, place))) for one in inside]
        return None if any(n is None for _, n in rows) else min(max(0, n or 0) // per for per, n in rows)

    def _kept(self, event: StockChanged) -> int:
        if self.channel is None:
            return 0
        return (event.kept or {}).get(self.channel, self.everywhere.get(event.location, 0))


def _levels(variant: UUID, inside: Sequence[Component]) -> list[UUID]:
    """Whose levels a variant is made of: its own, or its components'."""
    return [one.variant_id for one in inside] or [variant]


def _shown(units: int) -> int:
    return min(max(0, units), MOST_TOLD)
