"""`./torg demo`: from an empty machine to a running shop."""

import hashlib
from pathlib import Path

import click
import msgspec
import psycopg
from msgspec import Struct

from torg.commands import launch
from torg.commands.options import data_option, settings_from, tell
from torg.kernel.postgres import PostgresFailed
from torg.kernel.processes import Keeper, StartFailed
from torg.kernel.system_user import NoSystemUser
from torg.settings import ROOT, Settings

SignIn = tuple[str, str, str]  # role, e-mail address, password
LARGEST_LOG = 10 * 1024 * 1024


class Filled(Struct, frozen=True):
    """What was filled in, kept in the data folder so that later starts need not look."""

    print: str
    sign_ins: list[SignIn]


@click.command("demo")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 for any free one.  [default: 8000]"
)
@data_option
def demo(port: int | None, data: Path | None) -> None:
    """Run Torg with the practice retailer.

    Makes the database on the first start, fills in the practice retailer once, serves until Ctrl-C. What is changed
    in it stays until the data folder is deleted.
    """
    settings = settings_from(data, port=port, environment="demo")
    try:
        with Keeper(tell) as keeper:
            run(keeper, settings)
    except (StartFailed, PostgresFailed, NoSystemUser) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        tell("stopped")


def run(keeper: Keeper, settings: Settings) -> None:
    """Start everything, say where it is, stay."""
    launch.check_space(settings)
    settings, port = launch.take_port(settings)
    with port:
        launch.make_data_folder(settings)
        settings = launch.make_secret(settings)
        settings = launch.start_database(keeper, settings)
        launch.bring_schema(settings)
        log = open_log(settings)
        launch.keep_first_server(keeper, settings, log=log)
        sign_ins = fill(keeper, settings, log)
        keeper.wait_for(lambda: launch.answers(settings), what="the first answer", seconds=60)
        welcome(settings, sign_ins, log)
        launch.keep_others(keeper, settings, workers=settings.worker_processes, log=log)
        keeper.stay()


def fill(keeper: Keeper, settings: Settings, log: Path) -> list[SignIn]:
    """Fill in the practice retailer, and remember that it was done by this code in this database."""
    mark = settings.data / "demo.json"
    wanted = _print(settings)
    if mark.exists():
        kept = msgspec.json.decode(mark.read_bytes(), type=Filled)
        if kept.print == wanted:
            return kept.sign_ins
    tell("looking after the practice retailer's data")
    filling = launch.program("demo-data", settings, name="filling in the demo's data", log=log, capture=True)
    output = keeper.finish(filling, seconds=900)
    filled = Filled(wanted, msgspec.json.decode(output, type=list[SignIn]))
    unfinished = mark.with_name("demo.json.unfinished")
    unfinished.write_bytes(msgspec.json.encode(filled))
    unfinished.rename(mark)
    return filled.sign_ins


def _print(settings: Settings) -> str:
    """Changes with the demo's code, with the schema, and with the database that it is filled into."""
    total = hashlib.sha256()
    for path in sorted((ROOT / "src" / "torg" / "demo").rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            total.update(path.read_bytes())
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute(
            "SELECT version_num, system_identifier, oid FROM alembic_version, pg_control_system(), pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
    total.update(repr(row).encode())
    return total.hexdigest()


def open_log(settings: Settings) -> Path:
    """The file for what the processes say; a large one is put aside."""
    log = settings.data / "torg.log"
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.rename(log.with_suffix(".log.1"))
    return log


def welcome(settings: Settings, sign_ins: list[SignIn], log: Path) -> None:
    """Where it is and who can sign in."""
    click.echo(f"ready {settings.origin}")
    widths = [max((len(row[column]) for row in sign_ins), default=0) for column in range(2)]
    if sign_ins:
        click.echo("sign in as")
    for role, email, password in sign_ins:
        click.echo(f"  {role:<{widths[0]}}  {email:<{widths[1]}}  {password}")
    click.echo(f"data in {settings.data}, log in {log}; Ctrl-C stops everything")
