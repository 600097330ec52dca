"""`./torg orders`: whether what is kept about orders for lists, search and books is true, from the terminal."""

from pathlib import Path

import click

from torg.commands import reach
from torg.commands.options import data_option
from torg.kernel.database import Database
from torg.kernel.ids import public
from torg.orders import SeriesChecked, check_series, differing_in_list, refresh_list
from torg.settings import Settings


@click.group("orders")
def orders() -> None:
    """Look after the list of orders, and the numbers of documents."""


@orders.command("refresh")
@data_option
def refresh(data: Path | None) -> None:
    """Compose anew what the list of orders shows and finds, of every order, history included.

    Tells of how many orders something else stood there; while a worker follows what happens, none should.
    """

    async def do(database: Database, _settings: Settings) -> tuple[int, int]:
        return await refresh_list(database)

    done, differed = reach.work(data, do)
    click.echo(f"{done} orders, {differed} of them stood there otherwise")


@orders.command("verify")
@data_option
def verify(data: Path | None) -> None:
    """Compare the list of orders with the orders, and name those that it shows or finds otherwise; changes nothing.

    The exit code is 1 when there are any.
    """

    async def do(database: Database, _settings: Settings) -> list[str]:
        return [public("ord", one) async for one in differing_in_list(database)]

    found = reach.work(data, do)
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)} differences")
    if found:
        raise SystemExit(1)


@orders.command("gaps")
@data_option
def gaps(data: Path | None) -> None:
    """Show every series of document numbers, and whether each of its numbers stands on exactly one document.

    The exit code is 1 when a number is missing, or given twice.
    """

    async def do(database: Database, _settings: Settings) -> list[SeriesChecked]:
        return await database.read(check_series)

    found = reach.work(data, do)
    for one in found:
        click.echo(f"{one.series}: {one.documents} documents, last number {one.last}, {one.says}")
    broken = sum(not one.whole for one in found)
    click.echo(f"{len(found)} series, {broken} with gaps")
    if broken:
        raise SystemExit(1)
