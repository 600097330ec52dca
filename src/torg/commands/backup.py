"""`./torg backup FILE` and `./torg restore FILE`."""

import tempfile
from pathlib import Path

import click
from obstore.store import ObjectStore

from torg.commands import launch, reach
from torg.commands.options import data_option, settings_from, tell
from torg.kernel import archive, migrate
from torg.kernel.archive import ArchiveRefused
from torg.kernel.files import FileStore
from torg.kernel.migrate import MigrationRefused
from torg.kernel.postgres_tools import ToolFailed, ToolMissing
from torg.kernel.processes import StartFailed
from torg.settings import Settings

REFUSALS = (ArchiveRefused, MigrationRefused, StartFailed, ToolFailed, ToolMissing)


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
def backup(file: Path, data: Path | None) -> None:
    """Write the database and all files into FILE, while Torg runs or not.

    The secret (TORG_SECRET, or `secret` in the data folder) is not in it: keep that elsewhere, since without it
    second factors have to be set up anew.
    """
    with reach.database(settings_from(data)) as settings:
        try:
            manifest = archive.write(
                file.absolute(),
                settings.database_url,
                file_store(settings),
                secret=settings.secret,
                tell=tell,
            )
        except REFUSALS as error:
            raise click.ClickException(str(error)) from None
    size = sum(member.size for member in manifest.members.values()) // 1024
    click.echo(f"{file}: database at {manifest.schema} and {len(manifest.files)} files, {size} kB")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Throw away what is in the database and the files now.")
@data_option
def restore(file: Path, replace: bool, data: Path | None) -> None:
    """Put the backup FILE back; a damaged one changes nothing. Stop Torg first.

    A backup of an older version is brought to this version's schema afterwards.
    """
    asked = settings_from(data)
    try:
        launch.make_data_folder(asked)
        with reach.database(asked) as settings, tempfile.TemporaryDirectory(dir=settings.data) as scratch:
            manifest = archive.restore(
                file,
                settings.database_url,
                file_store(settings),
                scratch=Path(scratch),
                replace=replace,
                tell=tell,
            )
            migrate.upgrade(settings.database_url)
    except REFUSALS as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"restored what was backed up at {manifest.made_at:%Y-%m-%d %H:%M} UTC")
    if manifest.secret_print != archive.secret_print(asked.secret):
        tell("the secret is another one than at the backup: second factors have to be set up anew")


def file_store(settings: Settings) -> ObjectStore:
    """Where this installation's files are."""
    return FileStore.of(settings).objects
