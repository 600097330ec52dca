"""A worker process: the relay, the subscriptions, the jobs, the mails and the webhooks, in one event loop.

Several may run at once: one of them leads the relay, all of them run jobs. It waits for a database that is not there
yet, goes on when one that went away is back, and on SIGTERM or SIGINT finishes what is under way and ends.
"""

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress

from torg.kernel import telemetry
from torg.kernel.database import Database
from torg.kernel.events import Subscription
from torg.kernel.garbage import collect_seldom
from torg.kernel.jobs import Work
from torg.kernel.jobs.run import JobRunner
from torg.kernel.mail.deliver import Postman
from torg.kernel.ports import Ports
from torg.kernel.relay import Leader
from torg.kernel.telemetry import logger
from torg.kernel.telemetry.metrics import watch_pools
from torg.kernel.webhooks import Dispatcher
from torg.settings import Settings

BESIDE_THE_POOL = 4  # the leader's connection, two of the queue, and the one that listens for jobs
WATCH = 5.0

log = logger(__name__)


def main(settings: Settings) -> None:
    """Run until a signal; the only way to start a worker process."""
    import uvloop

    telemetry.configure(settings, "worker")

    from torg import app  # here, so that what runs a worker of its own need not load all contexts

    uvloop.run(_main(settings, app.SUBSCRIPTIONS, app.ports))


async def _main(
    settings: Settings, subscriptions: Sequence[Subscription], ports: Callable[[Settings, Database], Ports]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    pool_size = max(2, settings.database_connections - BESIDE_THE_POOL)
    database = await Database.open(settings.database_url, pool_size=pool_size)
    collect_seldom()
    try:
        await run(Work(database, settings, ports(settings, database)), subscriptions, stop)
    finally:
        await database.close()


async def run(work: Work, subscriptions: Sequence[Subscription], stop: asyncio.Event) -> None:
    """Do a worker's work on an open database until `stop`."""
    leader = Leader(work.database, subscriptions)
    jobs = JobRunner(work)
    mails = Postman(work)
    webhooks = Dispatcher(work)
    log.info("worker started")
    async with asyncio.TaskGroup() as group:
        group.create_task(leader.run(stop), name="leader")
        group.create_task(jobs.run(stop), name="jobs")
        group.create_task(mails.run(stop), name="mails")
        group.create_task(webhooks.run(stop), name="webhooks")
        group.create_task(_watch(work.database, stop), name="watch")
    log.info("worker stopped")


async def _watch(database: Database, stop: asyncio.Event) -> None:
    while not stop.is_set():
        watch_pools(database.pool_stats)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), WATCH)
