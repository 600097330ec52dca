"""`./torg export`: named ways out, as newline-delimited JSON. A new way is one entry in EXPORTERS."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import IO

import click
import msgspec
from msgspec import Struct

from torg import catalog, imports
from torg.commands import reach
from torg.commands.options import data_option, tell
from torg.commands.progress import Progress
from torg.kernel import feed
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.settings import Settings

EVENTS_AT_ONCE = 1000

Tell = Callable[[int], None]
"""Is told how many lines there will be, as soon as that is known."""


class Exporter(Struct, frozen=True):
    sentence: str
    lines: Callable[[Database, Tell], AsyncIterator[bytes]]


async def events(database: Database, expect: Tell) -> AsyncIterator[bytes]:
    """The feed from its first position to where it ended when this began."""
    after, head = 0, None
    while head is None or after < head:
        page = await database.read(partial(feed.read_feed, by=SYSTEM, after=after, limit=EVENTS_AT_ONCE))
        if head is None:
            head = page.head
            expect(head)
        for event in page.items:
            if event.position <= head:
                yield msgspec.json.encode(event) + b"\n"
        after = page.next


def products(database: Database, expect: Tell) -> AsyncIterator[bytes]:
    """The catalogue."""
    return catalog.export(database, by=SYSTEM)


async def entries(database: Database, expect: Tell) -> AsyncIterator[bytes]:
    """What imports kept apart."""
    async for entry in imports.entries(database):
        yield msgspec.json.encode(entry) + b"\n"


EXPORTERS = {
    "catalog": Exporter("products with their variants, a product a line", products),
    "events": Exporter("every fact that was recorded, in order", events),
    "import-entries": Exporter("fees and corrections that imports kept apart from orders", entries),
}


def _listing() -> str:
    return "\b\n" + "\n".join(f"{name:<15} {way.sentence}" for name, way in EXPORTERS.items())


@click.command("export", epilog=_listing())
@click.argument("what", type=click.Choice(sorted(EXPORTERS)))
@click.argument("file", type=click.File("wb", atomic=True), default="-")
@data_option
def export(what: str, file: IO[bytes], data: Path | None) -> None:
    """Write WHAT to FILE (or to the standard output), one JSON object a line."""
    progress = Progress()
    total = 0

    def expect(lines: int) -> None:
        nonlocal total
        total = lines

    async def do(database: Database, _settings: Settings) -> int:
        count = 0
        file.write(b"")  # nothing to tell makes an empty file, not none
        async for line in EXPORTERS[what].lines(database, expect):
            file.write(line)
            count += 1
            progress("writing lines", count, total)
        return count

    count = reach.work(data, do)
    progress.over()
    tell(f"{count} lines")
