"""`./torg serve` and `./torg worker`: an installation with data of its own."""

from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from torg.commands import launch
from torg.commands.options import data_option, settings_from, tell
from torg.kernel import postgres
from torg.kernel.postgres import PostgresFailed
from torg.kernel.processes import Keeper, StartFailed
from torg.kernel.system_user import NoSystemUser
from torg.settings import Settings


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 for any free one.")
@data_option
def serve(port: int | None, data: Path | None) -> None:
    """Answer HTTP until Ctrl-C, with TORG_SERVER_PROCESSES processes that share the port.

    Without TORG_DATABASE_URL the embedded database is started, or joined when another command runs it.
    """
    _stay(settings_from(data, port=port), _serve)


@click.command("worker")
@data_option
def worker(data: Path | None) -> None:
    """Run jobs and the relay until Ctrl-C, with TORG_WORKER_PROCESSES processes.

    Without TORG_DATABASE_URL the embedded database is started, or joined when another command runs it.
    """
    settings = settings_from(data)
    if settings.worker_processes == 0:
        raise click.ClickException("TORG_WORKER_PROCESSES is 0: there is no worker to start")
    _stay(settings, _work)


def _stay(settings: Settings, start: Callable[[Keeper, Settings], None]) -> None:
    try:
        with Keeper(tell) as keeper:
            launch.check_space(settings)
            launch.make_data_folder(settings)
            launch.require_secret(settings)
            start(keeper, settings)
    except (StartFailed, PostgresFailed, NoSystemUser) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        tell("stopped")


def _serve(keeper: Keeper, settings: Settings) -> None:
    settings, port = launch.take_port(settings)
    with port:
        settings = _database(keeper, settings)
        launch.keep_first_server(keeper, settings)
        keeper.wait_for(lambda: launch.answers(settings), what="the first answer", seconds=60)
        click.echo(f"ready {settings.origin}")
        launch.keep_others(keeper, settings, workers=0)
        keeper.stay()


def _work(keeper: Keeper, settings: Settings) -> None:
    settings = _database(keeper, settings)
    launch.keep_workers(keeper, settings, settings.worker_processes)
    tell(f"{settings.worker_processes} workers started")
    keeper.stay()


def _database(keeper: Keeper, settings: Settings) -> Settings:
    found = postgres.running(settings.data) if settings.embedded else None
    if found is not None:
        settings = msgspec.structs.replace(settings, database_url=found)
    settings = launch.start_database(keeper, settings)
    launch.require_schema(settings)
    return settings
