"""`./torg jobs`: the queue, and the jobs that died, from the terminal."""

from functools import partial
from pathlib import Path

import click

from torg.commands import reach
from torg.commands.options import data_option
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.jobs import dead
from torg.settings import Settings


@click.group("jobs")
def jobs() -> None:
    """Look at the queue; look at jobs that failed for good, and run them again."""


@jobs.command("list")
@data_option
def list_jobs(data: Path | None) -> None:
    """How many jobs of each name wait, run and lie dead."""

    async def do(database: Database, _settings: Settings) -> None:
        found = await database.read(partial(dead.numbers, by=SYSTEM))
        for row in found:
            click.echo(
                f"{row.name}: {row.waiting} waiting, {row.later} later, {row.running} running, {row.dead} dead"
            )
        if not found:
            click.echo("there are no jobs")

    reach.work(data, do)


@jobs.command("dead")
@click.option("--name", help="Only jobs of this name.")
@data_option
def list_dead(name: str | None, data: Path | None) -> None:
    """Jobs that used up their attempts, oldest first, and why."""

    async def do(database: Database, _settings: Settings) -> None:
        found = await database.read(partial(dead.list_dead, by=SYSTEM, name=name, limit=100))
        for job in found:
            when = f"{job.failed_at:%Y-%m-%d %H:%M}" if job.failed_at else "unknown time"
            click.echo(f"{job.id}  {job.name}  {when}  {job.attempts} attempts  {job.arguments}")
            click.echo(f"    {job.error or 'no reason was kept'}")
        if not found:
            click.echo("there are no dead jobs")

    reach.work(data, do)


@jobs.command("replay")
@click.argument("number", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="Every dead job, or every one of --name.")
@click.option("--name", help="With --all: only jobs of this name.")
@data_option
def replay(number: int | None, everything: bool, name: str | None, data: Path | None) -> None:
    """Put the dead job NUMBER, or all of them, back into the queue with all attempts."""
    if (number is None) is not everything:
        raise click.UsageError("give a NUMBER or --all")

    async def do(database: Database, _settings: Settings) -> None:
        if number is not None:
            await database.run(partial(dead.replay_dead, id=number, by=SYSTEM))
            click.echo(f"job {number} waits again")
        else:
            count = await database.run(partial(dead.replay_all_dead, by=SYSTEM, name=name))
            click.echo(f"{count} jobs wait again")

    reach.work(data, do)


@jobs.command("drop")
@click.argument("number", type=int)
@data_option
def drop(number: int, data: Path | None) -> None:
    """Give the dead job NUMBER up for good."""

    async def do(database: Database, _settings: Settings) -> None:
        await database.run(partial(dead.drop_dead, id=number, by=SYSTEM))
        click.echo(f"job {number} is gone")

    reach.work(data, do)
