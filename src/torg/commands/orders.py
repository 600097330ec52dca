"""`./torg orders`: what is kept about orders for lists and search, from the terminal."""

from pathlib import Path

import click

from torg.commands import reach
from torg.commands.options import data_option
from torg.kernel.database import Database
from torg.orders import refresh_list
from torg.settings import Settings


@click.group("orders")
def orders() -> None:
    """Look after the list of orders."""


@orders.command("refresh")
@data_option
def refresh(data: Path | None) -> None:
    """Compose anew what the list of orders shows and finds, of every order, history included."""

    async def do(database: Database, _settings: Settings) -> int:
        return await refresh_list(database)

    click.echo(f"{reach.work(data, do)} orders")
