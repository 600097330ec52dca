"""`./torg stock`: whether every balance is what the ledger adds up to, from the terminal."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from torg import inventory
from torg.commands import reach
from torg.commands.options import data_option
from torg.inventory import Difference
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.ids import public
from torg.settings import Settings


@click.group("stock")
def stock() -> None:
    """Add up the ledger of stock, and lay it beside the balances and what orders hold."""


@stock.command("verify")
@data_option
def verify_stock(data: Path | None) -> None:
    """Recompute every balance from its movements, and name those that differ.

    The exit code is 1 when one does.
    """

    async def do(database: Database, _settings: Settings) -> list[Difference]:
        return await database.read(partial(inventory.verify, by=SYSTEM))

    found = reach.work(data, do)
    _tell(found)
    if found:
        raise SystemExit(1)


@stock.command("recount")
@data_option
def recount_stock(data: Path | None) -> None:
    """Set balances that differ to what their movements add up to, after the database was edited by other means.

    What orders hold is not touched.
    """

    async def do(database: Database, _settings: Settings) -> list[Difference]:
        return await database.run(partial(inventory.recount, by=SYSTEM))

    _tell(reach.work(data, do))


def _tell(found: Sequence[Difference]) -> None:
    for one in found:
        place = f"{public('var', one.variant_id)} at {one.location}"
        click.echo(f"{place}: {one.figure} is {one.balance}, the ledger says {one.ledger}")
    click.echo(f"{len(found)} differences")
