"""`./torg process`: one process of a running Torg; started by `demo`, `serve` and `worker`, not by people."""

import asyncio
import sys
import time

import click
import msgspec

from torg.settings import Settings, load


@click.command("process", hidden=True)
@click.argument("kind", type=click.Choice(["server", "worker", "demo-data"]))
def process(kind: str) -> None:
    """Be a server process, a worker process, or fill in the demo's data and end."""
    settings = load()
    if kind == "server":
        from torg import server

        server.main(settings)
    elif kind == "worker":
        from torg import worker

        worker.main(settings)
    else:
        asyncio.run(fill(settings))


class _Progress:
    """Prints what is made next, and how long what came before it took."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._doing = ""

    def __call__(self, what: str) -> None:
        now = time.monotonic()
        if self._doing:
            click.echo(f"  {self._doing}: {now - self._since:.1f} s")
        self._since, self._doing = now, what


async def fill(settings: Settings) -> None:
    """Make the practice retailer where it is missing; prints how to sign in, for the process that asked."""
    from torg import demo
    from torg.kernel.database import Database
    from torg.kernel.garbage import collect_seldom

    collect_seldom()
    database = await Database.open(settings.database_url, pool_size=settings.database_connections)
    try:
        await demo.fill(database, settings, show=_Progress())
    finally:
        await database.close()
    sys.stdout.write(msgspec.json.encode(demo.sign_ins()).decode())
