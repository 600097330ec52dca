"""A worker process for tests, which can be told to kill itself at a step: `python -m tests.kernel.relay_worker URL
[STEP]`.

It follows every ball with a subscription that writes it down and defers a job, and runs those jobs.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

import procrastinate.manager
from psycopg import AsyncConnection
from tests.kernel.relay_events import BallThrown

from torg import worker
from torg.kernel.database import Database, Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import Work, defer, job, run
from torg.kernel.ports import Ports
from torg.kernel.relay import leader, store
from torg.settings import Settings

TABLES = """
CREATE TABLE IF NOT EXISTS balls (number integer NOT NULL, position bigint NOT NULL, place bigserial);
CREATE TABLE IF NOT EXISTS ran (number integer NOT NULL)
"""


@job("ball.roll", first_wait=0.1, longest_wait=0.5)
async def roll(work: Work, *, number: int) -> None:
    """Write down that the ball was rolled."""
    await work.database.run(lambda tx: tx.execute("INSERT INTO ran VALUES (%(n)s)", n=number))
    reach("job ran")


async def write_down(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Write each ball down once, and have it rolled."""
    for recorded in events:
        assert isinstance(recorded.event, BallThrown)
        number = recorded.event.number
        await tx.execute("INSERT INTO balls VALUES (%(n)s, %(p)s)", n=number, p=recorded.position)
        await defer(tx, roll, number=number)
    reach("handled")


BALLS = Subscription(name="balls", types=(BallThrown,), handle=write_down)


def reach(step: str) -> None:
    """Die here, without a word, when this is the step at which to die."""
    if sys.argv[2:3] == [step]:
        os.kill(os.getpid(), signal.SIGKILL)


def after(step: str, owner: Any, name: str) -> None:
    """Reach a step whenever this function of the owner has done its work."""
    original: Callable[..., Any] = getattr(owner, name)

    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        done = await original(*args, **kwargs)
        reach(step)
        return done

    setattr(owner, name, wrapped)


async def main(url: str) -> None:
    """Work until SIGTERM."""
    run.SILENCE, run.HEARTBEAT = 1.5, 0.3
    after("moved, not committed", leader, "move")
    after("cursor moved, not committed", store, "move_cursor")
    after("job fetched", procrastinate.manager.JobManager, "fetch_job")
    after("job finished", procrastinate.manager.JobManager, "finish_job_by_id_async")
    if sys.argv[2:3] == ["leading"]:
        after("leading", leader, "_locked")
    if sys.argv[2:3] == ["committed"]:
        after("committed", AsyncConnection, "commit")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = await Database.open(url, pool_size=8)
    settings = Settings(secret="0" * 32)
    await worker.run(Work(database, settings, Ports()), [BALLS], stop)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
