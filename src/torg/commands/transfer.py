"""`./torg import` and `./torg export`: named ways in and out, as newline-delimited JSON.

A new way is one entry in IMPORTERS or EXPORTERS; everything else (files, reports, help) is here once.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

import click
import msgspec
from msgspec import Struct

from torg import catalog
from torg.catalog import Loaded, Outcome, ProductRecord
from torg.commands import reach
from torg.commands.options import data_option, tell
from torg.kernel import feed
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.settings import Settings

AT_ONCE = 200
EVENTS_AT_ONCE = 1000


class Report(Struct):
    """What became of the lines of an import."""

    counts: dict[str, int] = msgspec.field(default_factory=dict)
    refused: list[str] = msgspec.field(default_factory=list)

    def count(self, outcome: str) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def refuse(self, line: int, reason: str) -> None:
        self.count("refused")
        self.refused.append(f"line {line}: {reason}")


class Exporter(Struct, frozen=True):
    sentence: str
    lines: Callable[[Database], AsyncIterator[bytes]]


class Importer(Struct, frozen=True):
    sentence: str
    take: Callable[[Database, Iterable[bytes], Report], Awaitable[None]]


async def events(database: Database) -> AsyncIterator[bytes]:
    """The feed from its first position to where it ended when this began."""
    after, head = 0, None
    while head is None or after < head:
        page = await database.read(partial(feed.read_feed, by=SYSTEM, after=after, limit=EVENTS_AT_ONCE))
        head = page.head if head is None else head
        for event in page.items:
            if event.position <= head:
                yield msgspec.json.encode(event) + b"\n"
        after = page.next


async def load_products(database: Database, lines: Iterable[bytes], report: Report) -> None:
    """Portions are written one after the other; the same file again changes nothing."""
    for portion in _portions(enumerate(lines, start=1)):
        records: list[ProductRecord] = []
        numbers: list[int] = []
        for number, line in portion:
            try:
                records.append(msgspec.json.decode(line, type=ProductRecord))
                numbers.append(number)
            except msgspec.MsgspecError as error:
                report.refuse(number, str(error))
        for loaded in await database.run(partial(_load, records)):
            if loaded.outcome is Outcome.refused:
                reasons = (f"{problem.field}: {problem.message}" for problem in loaded.problems)
                report.refuse(numbers[loaded.record], "; ".join(reasons))
            else:
                report.count(loaded.outcome.value)


EXPORTERS = {
    "catalog": Exporter("products with their variants, a product a line", partial(catalog.export, by=SYSTEM)),
    "events": Exporter("every fact that was recorded, in order", events),
}
IMPORTERS = {
    "catalog": Importer("products with their variants, as `export catalog` writes them", load_products),
}


def _listing(ways: dict[str, Exporter] | dict[str, Importer]) -> str:
    return "\b\n" + "\n".join(f"{name:<10} {way.sentence}" for name, way in ways.items())


@click.command("export", epilog=_listing(EXPORTERS))
@click.argument("what", type=click.Choice(sorted(EXPORTERS)))
@click.argument("file", type=click.File("wb", atomic=True), default="-")
@data_option
def export(what: str, file: IO[bytes], data: Path | None) -> None:
    """Write WHAT to FILE (or to the standard output), one JSON object a line."""

    async def do(database: Database, _settings: Settings) -> int:
        count = 0
        file.write(b"")  # nothing to tell makes an empty file, not none
        async for line in EXPORTERS[what].lines(database):
            file.write(line)
            count += 1
        return count

    tell(f"{reach.work(data, do)} lines")


@click.command("import", epilog=_listing(IMPORTERS))
@click.argument("what", type=click.Choice(sorted(IMPORTERS)))
@click.argument("file", type=click.File("rb"))
@data_option
def import_(what: str, file: IO[bytes], data: Path | None) -> None:
    """Read WHAT from FILE (or - for the standard input), one JSON object a line.

    A line that is refused is reported and leaves no trace; the others are taken. The exit code is 1 when some were
    refused. The same file again changes nothing.
    """
    report = Report()

    async def do(database: Database, _settings: Settings) -> None:
        await IMPORTERS[what].take(database, file, report)

    reach.work(data, do)
    for refusal in report.refused:
        tell(refusal)
    click.echo(
        ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.counts.items())) or "nothing to do"
    )
    if report.refused:
        sys.exit(1)


def _portions(lines: Iterable[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    waiting = iter(lines)
    while portion := list(islice(waiting, AT_ONCE)):
        yield portion


async def _load(records: list[ProductRecord], tx: Transaction) -> list[Loaded]:
    return await catalog.load(tx, records, by=SYSTEM)
