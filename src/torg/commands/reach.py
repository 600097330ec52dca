"""How a command that is not a server reaches the database of its installation."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from torg.commands.options import settings_from, tell
from torg.kernel import migrate, postgres
from torg.kernel.postgres import EmbeddedServer, PostgresFailed
from torg.kernel.system_user import NoSystemUser
from torg.settings import Settings

T = TypeVar("T")


@contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """The settings with a URL that answers: the server that was set, the embedded one that runs, or one for now."""
    if not settings.embedded:
        yield settings
        return
    found = postgres.running(settings.data)
    if found is not None:
        yield msgspec.structs.replace(settings, database_url=found)
        return
    server = EmbeddedServer(settings.data, max_connections=settings.database_max_connections, tell=tell)
    try:
        url = server.start()
    except (PostgresFailed, NoSystemUser) as error:
        raise click.ClickException(str(error)) from None
    try:
        yield msgspec.structs.replace(settings, database_url=url)
    finally:
        server.stop()


def work(data: Path | None, do: Callable[..., Awaitable[T]], *, begin: bool = False) -> T:
    """Run `do(database, settings)` on the installation's database; refusals end the command with their message.

    `begin`: a database with nothing in it yet is brought to this version first; one of another version is not.
    """
    with database(settings_from(data)) as settings:
        status = migrate.status(settings.database_url)
        if begin and status.current is None and not status.unknown:
            tell("bringing the database to this version")
            migrate.upgrade(settings.database_url)
            status = migrate.status(settings.database_url)
        if not status.ready:
            raise click.ClickException("the database has another schema than this version: ./torg migrate")
        return asyncio.run(_work(settings, do))


async def _work(settings: Settings, do: Callable[..., Awaitable[T]]) -> T:
    from torg.kernel.database import Database  # these two are what makes a command slow to start
    from torg.kernel.errors import TorgError

    opened = await Database.open(settings.database_url, pool_size=4)
    try:
        return await do(opened, settings)
    except TorgError as error:
        raise click.ClickException(str(error)) from None
    finally:
        await opened.close()
