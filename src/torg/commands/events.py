"""`./torg events`: how the subscriptions follow the feed, and events that one of them could not handle."""

from functools import partial
from pathlib import Path

import click

from torg.commands import reach
from torg.commands.options import data_option
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.relay import parked
from torg.settings import Settings


@click.group("events")
def events() -> None:
    """See how events are handled; look at those that could not be, and have them handled again."""


@events.command("subscriptions")
@data_option
def subscriptions(data: Path | None) -> None:
    """How far each subscription has come along the feed."""

    async def do(database: Database, _settings: Settings) -> None:
        for row in await database.read(partial(parked.progress, by=SYSTEM)):
            click.echo(f"{row.name}: at {row.position}, {row.behind} behind, {row.parked} parked")

    reach.work(data, do)


@events.command("parked")
@click.option("--subscription", help="Only those of this subscription.")
@data_option
def list_parked(subscription: str | None, data: Path | None) -> None:
    """Events that a subscription could not handle, and why; those without a reason wait behind one."""

    async def do(database: Database, _settings: Settings) -> None:
        found = await database.read(
            partial(parked.list_parked, by=SYSTEM, subscription=subscription, limit=100)
        )
        for event in found:
            reason = event.error.strip().rpartition("\n")[2] if event.error else "waits behind another"
            click.echo(f"{event.subscription} {event.position}  {event.type}  {event.aggregate}  {reason}")
        if not found:
            click.echo("nothing is parked")

    reach.work(data, do)


@events.command("replay")
@click.argument("subscription")
@click.argument("position", type=int, required=False)
@data_option
def replay(subscription: str, position: int | None, data: Path | None) -> None:
    """Have what SUBSCRIPTION parked handled again by a worker: the event at POSITION with those behind it, or all."""

    async def do(database: Database, _settings: Settings) -> None:
        if position is None:
            asked = await database.run(partial(parked.replay_all, subscription=subscription, by=SYSTEM))
        else:
            asked = await database.run(
                partial(parked.replay, subscription=subscription, position=position, by=SYSTEM)
            )
        click.echo(f"{asked} events will be handled again")

    reach.work(data, do)


@events.command("drop")
@click.argument("subscription")
@click.argument("position", type=int)
@data_option
def drop(subscription: str, position: int, data: Path | None) -> None:
    """Give the parked event at POSITION up for good; those behind it go on."""

    async def do(database: Database, _settings: Settings) -> None:
        await database.run(partial(parked.drop, subscription=subscription, position=position, by=SYSTEM))
        click.echo("dropped")

    reach.work(data, do)


@events.command("rebuild")
@click.argument("subscription")
@data_option
def rebuild(subscription: str, data: Path | None) -> None:
    """Empty a projection and have a worker build it anew from the feed."""
    from torg.app import SUBSCRIPTIONS  # all of Torg, which the other commands need not load

    async def do(database: Database, _settings: Settings) -> None:
        await database.run(partial(parked.rebuild, subscription=subscription, known=SUBSCRIPTIONS, by=SYSTEM))
        click.echo(f"{subscription} will be built anew")

    reach.work(data, do)
