"""Stock on open pages: how it stands when a page comes, and every change from then on."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from time import monotonic
from uuid import UUID

import msgspec
from msgspec import Struct

from torg.inventory.events import StockChanged
from torg.inventory.model import MOST_TOLD
from torg.inventory.store import reads
from torg.kernel.database import Database
from torg.kernel.ids import public
from torg.kernel.live import Listener, Live, Topics

QUIET = 15.0
"""After so many seconds without news a comment is sent, so that nobody in between takes the connection for dead."""


class StockNews(Struct, frozen=True):
    """How many of a variant a location can give now; 20 means 20 or more."""

    variant: str
    location: str
    sellable: int


def topics(event: StockChanged) -> Iterable[str]:
    """Whoever listens to a variant or to a whole location hears of it."""
    return (f"variant:{event.variant_id.hex}", f"location:{event.location}")


TOPICS: Topics = {StockChanged: topics}


async def stock_news(
    live: Live,
    database: Database,
    variants: Sequence[UUID],
    locations: Collection[str],
    *,
    seconds: float,
) -> AsyncIterator[bytes]:
    """Server-sent events about these variants in these locations, for at most so many seconds.

    First how everything stands, then what changes, each level's last state only. The id of an event is its position in
    the feed; a page that comes again need not tell it, since it is told how things stand now.
    """
    places = frozenset(locations)
    until = monotonic() + seconds
    told: dict[tuple[UUID, str], int] = {}
    async with live.listen(f"variant:{variant.hex}" for variant in variants) as listener:
        there = await database.read(lambda tx: reads.states(tx, variants, sorted(places)))
        for level in there:
            told[level.variant_id, level.location] = level.sequence
            yield _message(None, level.variant_id, level.location, level.available)
        yield b": these are all\n\n"
        while not listener.ended and (left := until - monotonic()) > 0:
            news = await _news(listener, places, told, min(left, QUIET))
            yield b"".join(news) if news else b": still here\n\n"


async def _news(
    listener: Listener, places: frozenset[str], told: dict[tuple[UUID, str], int], patience: float
) -> list[bytes]:
    messages = []
    for position, event in await listener.news(patience):
        if not isinstance(event, StockChanged) or event.location not in places:
            continue
        level = (event.variant_id, event.location)
        if event.movement >= told.get(level, 0):  # what it was told when it came may be newer than the feed
            told[level] = event.movement
            messages.append(_message(position, *level, event.available))
    return messages


def _message(position: int | None, variant_id: UUID, location: str, sellable: int) -> bytes:
    news = StockNews(public("var", variant_id), location, min(max(0, sellable), MOST_TOLD))
    head = b"" if position is None else f"id: {position}\n".encode()
    return head + b"event: stock\ndata: " + msgspec.json.encode(news) + b"\n\n"
