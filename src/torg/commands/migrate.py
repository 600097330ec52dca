"""`./torg migrate`: the database brought to this version."""

from pathlib import Path

import click

from torg.commands import reach
from torg.commands.options import data_option, settings_from
from torg.kernel import migrate as migrator


@click.command("migrate")
@click.option(
    "--status",
    "only_look",
    is_flag=True,
    help="Tell what would be done; exit code 1 when there is something.",
)
@data_option
def migrate(only_look: bool, data: Path | None) -> None:
    """Bring the database to this version, one step after the other.

    Two at once are safe. A step that cannot get its locks in five seconds gives up and may be tried again.
    """
    with reach.database(settings_from(data)) as settings:
        if only_look:
            look(settings.database_url)
            return
        try:
            taken = migrator.upgrade(settings.database_url)
        except migrator.MigrationRefused as error:
            raise click.ClickException(str(error)) from None
    for step in taken:
        click.echo(f"took step {step}")
    click.echo(f"the database is at {migrator.revisions()[-1]}")


def look(url: str) -> None:
    """Print where the database stands; a database that is not ready ends the command with exit code 1."""
    status = migrator.status(url)
    click.echo(f"the database is at {status.current or 'the beginning'}, this version is at {status.head}")
    for step in status.pending:
        click.echo(f"to do: {step}")
    for step in status.unknown:
        click.echo(f"made by a newer version: {step}")
    if not status.ready:
        raise SystemExit(1)
