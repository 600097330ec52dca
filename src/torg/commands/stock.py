"""`./torg stock`: whether every balance is what the ledger adds up to, from the terminal."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from torg import inventory
from torg.commands import reach
from torg.commands.options import data_option
from torg.inventory import Difference, RuleSet, Simulation
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.ids import public
from torg.orders import try_rules
from torg.settings import Settings


@click.group("stock")
def stock() -> None:
    """Add up the ledger of stock, and try routing rules on the past."""


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


@stock.command("simulate")
@click.argument("channel")
@click.argument("rules", type=click.File("rb"))
@click.option(
    "--orders", default=1000, show_default=True, type=click.IntRange(1, 1_000_000), help="How many, the last."
)
@data_option
def simulate_routing(channel: str, rules: BinaryIO, orders: int, data: Path | None) -> None:
    """Try the routing RULES (a JSON file as the API takes it) on what CHANNEL has sent, history included.

    Tells cost, splits, promises kept and what each place sends: as it was, and as it would have been.
    """
    try:
        said = msgspec.json.decode(rules.read(), type=dict[str, Any])
        wanted = msgspec.convert(said | {"channel": channel}, RuleSet)
    except msgspec.MsgspecError as wrong:
        raise click.ClickException(f"these are no routing rules: {wrong}") from None

    async def do(database: Database, _settings: Settings) -> Simulation:
        return await database.read(partial(try_rules, wanted=wanted, orders=orders, by=SYSTEM))

    click.echo(msgspec.json.format(msgspec.json.encode(reach.work(data, do)), indent=2).decode())


def _tell(found: Sequence[Difference]) -> None:
    for one in found:
        place = f"{public('var', one.variant_id)} at {one.location}"
        click.echo(f"{place}: {one.figure} is {one.balance}, the ledger says {one.ledger}")
    click.echo(f"{len(found)} differences")
