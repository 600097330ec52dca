"""`./torg credit`: whether every balance is what its entries add up to, and how the books stand."""

from functools import partial
from pathlib import Path

import click

from torg import payments
from torg.commands import reach
from torg.commands.options import data_option
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.payments import CreditDifference, Sum
from torg.settings import Settings


@click.group("credit")
def credit() -> None:
    """Add up the ledger of gift cards and store credit."""


@credit.command("verify")
@data_option
def verify_credit(data: Path | None) -> None:
    """Recompute every balance from its entries, and name those that differ.

    The exit code is 1 when one does.
    """

    async def do(database: Database, _settings: Settings) -> list[CreditDifference]:
        return await database.read(partial(payments.verify, by=SYSTEM))

    found = reach.work(data, do)
    for one in found:
        account = public("gft", one.account_id)
        click.echo(f"{account}: {one.figure} is {one.kept}, the entries say {one.entries}")
    click.echo(f"{len(found)} differences")
    if found:
        raise SystemExit(1)


@credit.command("books")
@data_option
def show_books(data: Path | None) -> None:
    """Tell what has moved through every side of the books; balance and held are what is owed to holders."""

    async def do(database: Database, _settings: Settings) -> list[Sum]:
        return await database.read(partial(payments.books, by=SYSTEM))

    for one in reach.work(data, do):
        click.echo(f"{one.side:12} {Money(one.amount, one.currency)}")
