"""Stock on open pages: how it stands when a page comes, and every change from then on."""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from time import monotonic
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from torg.catalog import Specials, specials
from torg.inventory import figures
from torg.inventory.buffers import known_buffers
from torg.inventory.events import StockChanged, StockLoaded
from torg.inventory.model import MOST_TOLD
from torg.inventory.store import reads
from torg.kernel.database import Database, Transaction
from torg.kernel.events import Event
from torg.kernel.ids import public
from torg.kernel.live import Live, Topics

QUIET = 15.0
"""After so many seconds without news a comment is sent, so that nobody in between takes the connection for dead."""


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
) -> AsyncIterator[bytes]:
    """Server-sent events about these variants in these locations, for at most so many seconds.

    What `channel` leaves to others is not counted; a bundle changes with its components.

    First how everything stands, then what changes, each level's last state only. The id of an event is its position in
    the feed; a page that comes again need not tell it, since it is told how things stand now.
    """
    page = await _page(database, variants, locations, channel)
    until = monotonic() + seconds
    async with live.listen(f"variant:{variant.hex}" for variant in page.asked) as listener:
        for message in await page.first(database):
            yield message
        yield b": these are all\n\n"
        while not listener.ended and (left := until - monotonic()) > 0:
            news = page.after(await listener.news(min(left, QUIET)))
            yield b"".join(news) if news else b": still here\n\n"


async def _page(
    database: Database, variants: Sequence[UUID], locations: Collection[str], channel: str | None
) -> "_Page":
    everywhere = (await known_buffers(database)).get(channel, {}) if channel else {}
    return _Page(variants, frozenset(locations), channel, everywhere, await specials(database))


class _Page:
    """What one open page was told: how the levels stand that its variants, or their components, are made of."""

    def __init__(
        self,
        variants: Sequence[UUID],
        places: frozenset[str],
        channel: str | None,
        everywhere: Mapping[str, int],
        special: Specials,
    ) -> None:
        self.asked = figures.with_components(special, variants)
        self.places = places
        self.channel = channel
        self.everywhere = everywhere
        self.inside = {variant: special.components(variant) for variant in variants}
        self.told: dict[tuple[UUID, str], int] = {}
        self.free: dict[tuple[UUID, str], int] = {}
        self.said: dict[tuple[UUID, str], int] = {}

    async def first(self, database: Database) -> list[bytes]:
        """How everything stands."""

        async def states(tx: Transaction) -> list[reads.State]:
            asking = reads.Asking(self.channel, self.everywhere, tx.now.date())
            return await reads.states(tx, self.asked, sorted(self.places), asking)

        for level in await database.read(states):
            self.told[level.variant_id, level.location] = level.sequence
            self.free[level.variant_id, level.location] = level.available
        return [
            self._message(None, variant, place, units)
            for variant in self.inside
            for place in sorted(self.places)
            if (units := self._units(variant, place)) is not None
        ]

    def after(self, news: Iterable[tuple[int, Event]]) -> list[bytes]:
        """What has changed for the page."""
        messages = []
        for position, event in news:
            if not isinstance(event, StockChanged) or event.location not in self.places:
                continue
            level = (event.variant_id, event.location)
            if event.movement < self.told.get(level, 0):
                continue  # what it was told when it came may be newer than the feed
            self.told[level] = event.movement
            self.free[level] = event.available - self._kept(event)
            for variant, inside in self.inside.items():
                if event.variant_id == variant or any(c.variant_id == event.variant_id for c in inside):
                    units = self._units(variant, event.location) or 0
                    if units != self.said.get((variant, event.location)):
                        messages.append(self._message(position, variant, event.location, units))
        return messages

    def _message(self, position: int | None, variant: UUID, place: str, units: int) -> bytes:
        self.said[variant, place] = units
        return _message(position, variant, place, units)

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


def _message(position: int | None, variant_id: UUID, location: str, sellable: int) -> bytes:
    news = StockNews(public("var", variant_id), location, min(max(0, sellable), MOST_TOLD))
    head = b"" if position is None else f"id: {position}\n".encode()
    return head + b"event: stock\ndata: " + msgspec.json.encode(news) + b"\n\n"
