"""`./torg demo`: from an empty machine to a running shop."""

from pathlib import Path

import click
import msgspec

from torg.commands import launch
from torg.commands.options import data_option, settings_from, tell
from torg.kernel.postgres import PostgresFailed
from torg.kernel.processes import Keeper, StartFailed
from torg.kernel.system_user import NoSystemUser
from torg.settings import Settings

LARGEST_LOG = 10 * 1024 * 1024


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
        launch.keep_processes(keeper, settings, servers=settings.server_processes, workers=0, log=log)
        tell("looking after the practice retailer's data")
        filling = launch.program("demo-data", settings, name="filling in demo data", log=log, capture=True)
        sign_ins = keeper.finish(filling, seconds=600)
        launch.keep_processes(keeper, settings, servers=0, workers=settings.worker_processes, log=log)
        keeper.wait_for(lambda: launch.answers(settings), what="the first answer", seconds=60)
        welcome(settings, sign_ins, log)
        keeper.stay()


def open_log(settings: Settings) -> Path:
    """The file for what the processes say; a large one is put aside."""
    log = settings.data / "torg.log"
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.rename(log.with_suffix(".log.1"))
    return log


def welcome(settings: Settings, sign_ins: str, log: Path) -> None:
    """Where it is and who can sign in."""
    click.echo(f"ready {settings.origin}")
    rows = msgspec.json.decode(sign_ins, type=list[tuple[str, str, str]])
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    if rows:
        click.echo("sign in as")
    for role, email, password in rows:
        click.echo(f"  {role:<{widths[0]}}  {email:<{widths[1]}}  {password}")
    click.echo(f"data in {settings.data}, log in {log}; Ctrl-C stops everything")
