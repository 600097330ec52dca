"""`./torg import`: named ways in. Each is a command of its own with its own options; all tell how far they are."""

import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO

import click
import msgspec
from msgspec import Struct

from torg import catalog
from torg.catalog import Loaded, Outcome, ProductRecord
from torg.commands import reach
from torg.commands.options import data_option, settings_from, tell
from torg.commands.progress import Progress
from torg.connectors import online_retail
from torg.imports import (
    AlreadyUnderWay,
    BegunOtherwise,
    Damaged,
    Reconciliation,
    Refusal,
    peak_megabytes,
    write_refusals,
)
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.garbage import collect_seldom
from torg.settings import Settings

AT_ONCE = 200
SHOWN = 10


@click.group("import")
def import_() -> None:
    """Bring in what another system has written down. The same again changes nothing."""


class Report(Struct):
    """What became of the lines of an import."""

    counts: dict[str, int] = msgspec.field(default_factory=dict)
    refused: list[str] = msgspec.field(default_factory=list)

    def count(self, outcome: str) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def refuse(self, line: int, reason: str) -> None:
        self.count("refused")
        self.refused.append(f"line {line}: {reason}")


async def load_products(
    database: Database, lines: Iterable[bytes], report: Report, progress: Progress
) -> None:
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

        async def work(tx: Transaction, records: list[ProductRecord] = records) -> list[Loaded]:
            return await catalog.load(tx, records, by=SYSTEM)

        for loaded in await database.run(work):
            if loaded.outcome is Outcome.refused:
                reasons = (f"{problem.field}: {problem.message}" for problem in loaded.problems)
                report.refuse(numbers[loaded.record], "; ".join(reasons))
            else:
                report.count(loaded.outcome.value)
        progress("products", portion[-1][0])


@import_.command("catalog")
@click.argument("file", type=click.File("rb"))
@data_option
def products(file: IO[bytes], data: Path | None) -> None:
    """Products with their variants from FILE (or - for the standard input), as `export catalog` writes them.

    A line that is refused is reported and leaves no trace; the others are taken. The exit code is 1 when some were
    refused.
    """
    report = Report()
    progress = Progress()

    async def do(database: Database, _settings: Settings) -> None:
        await load_products(database, file, report, progress)

    reach.work(data, do, begin=True)
    progress.over()
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


@import_.command("online-retail")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option(
    "--opening-stock", type=click.IntRange(1, 1_000_000), help="Receive so many of each variant, once."
)
@click.option("--market", default="GB", show_default=True, help="Market to sell in; made when there is none.")
@click.option("--channel", default="", help="Sales channel.  [default: the market's web shop, or a new one]")
@click.option(
    "--location", default="", help="Where the stock is.  [default: the channel's warehouse, or a new one]"
)
@click.option("--seller", default="", help="Who sells, for a new market.  [default: a new seller]")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Where refused lines are listed."
)
@click.option("--json", "as_json", is_flag=True, help="Print the reconciliation as JSON.")
@data_option
def online_retail_(
    file: Path,
    opening_stock: int | None,
    market: str,
    channel: str,
    location: str,
    seller: str,
    report: Path | None,
    as_json: bool,
    data: Path | None,
) -> None:
    """A year of a British wholesaler's invoices (UCI, Online Retail) from FILE, Parquet or CSV.

    The whole file is checked before anything is written. Killed and started again, it goes on where it was. A line that
    cannot be used is reported with its reason; the exit code is 1 when there are some.
    """
    options = online_retail.Options(
        market=market, channel=channel, location=location, seller=seller, opening_stock=opening_stock
    )
    began = time.monotonic()
    progress = Progress()
    try:
        checked = online_retail.check(file, datetime.now(UTC), progress)
        listed = _list_refusals(checked.refusals, report, data, checked.fingerprint)
        found = reach.work(
            data, lambda database, _: _bring_in(database, checked, options, progress), begin=True
        )
    except (Damaged, BegunOtherwise, AlreadyUnderWay, online_retail.Unfit, online_retail.NotTaken) as error:
        progress.over()
        raise click.ClickException(f"{file.name}: {error}") from None
    progress.over()
    tell(found)
    _tell_refusals(checked.refusals, listed)
    _print(_reconciled(checked, began), as_json)
    if checked.refusals:
        sys.exit(1)


async def _bring_in(
    database: Database, checked: online_retail.Checked, options: online_retail.Options, progress: Progress
) -> str:
    collect_seldom()
    run = await online_retail.load(database, checked, options, progress)
    received = await online_retail.stock(database, checked, options)
    said = ["this file was in already"] if run.finished_at else []
    if not run.finished_at and run.done:
        said = [f"went on after {run.done} of {run.portions} portions"]
    if received:
        said.append(f"received {options.opening_stock} of each of {received:,} variants")
    elif options.opening_stock:
        said.append("every variant had stock there before; nothing was received")
    return "; ".join(said) or f"brought in in {run.portions} portions"


def _list_refusals(
    refusals: list[Refusal], report: Path | None, data: Path | None, fingerprint: str
) -> Path | None:
    """Write the report before anything is brought in, so that it is there whatever happens then."""
    if not refusals and report is None:
        return None
    name = f"{online_retail.SOURCE}-{fingerprint[:12]}-refused.csv"
    path = report or settings_from(data).data / "imports" / name
    write_refusals(path, refusals)
    return path


def _tell_refusals(refusals: list[Refusal], listed: Path | None) -> None:
    for refusal in refusals[:SHOWN]:
        tell(f"line {refusal.line}: {refusal.reason}")
    if len(refusals) > SHOWN:
        tell(f"… and {len(refusals) - SHOWN} more")
    if listed is not None:
        tell(f"refused lines are listed in {listed}")


def _reconciled(checked: online_retail.Checked, began: float) -> Reconciliation:
    return Reconciliation(
        lines=checked.book.lines,
        imported=checked.imported,
        refused=len(checked.refusals),
        total_file=checked.total_file,
        total_imported=checked.total_imported,
        total_refused=checked.total_refused,
        rounding=checked.rounding,
        seconds=round(time.monotonic() - began, 2),
        peak_mb=peak_megabytes(),
    )


def _print(found: Reconciliation, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    rows = [
        ("file", found.lines, found.total_file),
        ("imported", found.imported, found.total_imported),
        ("refused", found.refused, found.total_refused),
    ]
    for name, lines, total in rows:
        click.echo(f"{name:<9} {lines:>9,} lines {total / 100:>16,.2f} GBP")
    click.echo(f"{'rounding':<9} {'':>15} {found.rounding / 100:>16,.2f} GBP")
    click.echo(f"{found.seconds} s, {found.peak_mb} MB")
