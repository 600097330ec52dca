"""Who need not hurry lets facts gather; nobody else waits for them, and nothing that has gathered is left behind."""

import asyncio
from collections.abc import Sequence

import pytest

from torg.kernel.database import Database, Transaction
from torg.kernel.drain import drain
from torg.kernel.events import Recorded, Subscription
from torg.kernel.relay import Leader, leader

from .eventually import eventually
from .relay_events import BallThrown

FOR_EVER = 3600.0


def noting(name: str, batches: list[list[int]], *, gathers: bool) -> Subscription:
    """A subscription that notes what came together."""

    async def handle(tx: Transaction, events: Sequence[Recorded]) -> None:
        thrown = [each.event for each in events]
        batches.append([each.number for each in thrown if isinstance(each, BallThrown)])

    return Subscription(name=name, types=(BallThrown,), handle=handle, gathers=gathers)


async def throw(database: Database, number: int) -> None:
    async with database.transaction() as tx:
        tx.record(BallThrown(ball="red", number=number))


async def test_facts_gather_for_who_need_not_hurry_and_are_handled_together_at_the_latest_at_the_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "GATHER_MORE", FOR_EVER)
    at_once: list[list[int]] = []
    gathered: list[list[int]] = []
    subscriptions = [
        noting("at-once", at_once, gathers=False),
        noting("gathered", gathered, gathers=True),
    ]
    await throw(database, 1)
    await drain(database, [])  # into the feed, where it waits for both

    stop = asyncio.Event()
    leading = asyncio.create_task(Leader(database, subscriptions).run(stop))
    try:
        await eventually(lambda: asyncio.sleep(0, at_once == gathered == [[1]]))
        await throw(database, 2)
        await eventually(lambda: asyncio.sleep(0, at_once == [[1], [2]]))
        await throw(database, 3)
        await eventually(lambda: asyncio.sleep(0, at_once == [[1], [2], [3]]))
        assert gathered == [[1]]
    finally:
        stop.set()
        await leading

    assert gathered == [[1], [2, 3]]
