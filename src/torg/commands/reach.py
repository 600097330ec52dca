"""How a command that is not a server reaches the database of its installation."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
import msgspec

from torg.commands.options import tell
from torg.kernel import postgres
from torg.kernel.postgres import EmbeddedServer, PostgresFailed
from torg.kernel.system_user import NoSystemUser
from torg.settings import Settings


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
