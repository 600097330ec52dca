"""A connection whose socket wakes nobody any more: who waits on it looks for herself."""

import asyncio

import pytest

from torg.kernel.database import Database
from torg.kernel.database.line import Line


async def test_an_answer_that_nobody_was_woken_for_is_found_all_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = Line.comes

    async def deaf(line: Line, *, writing: bool = False) -> None:
        """Waits on a socket that somebody has taken away from the loop."""
        asyncio.get_running_loop().call_soon(line.unheard)
        await waiting(line, writing=writing)

    monkeypatch.setattr(Line, "comes", deaf)
    async with asyncio.timeout(20):
        assert await database.run(lambda tx: tx.one(int, "SELECT 1 FROM pg_sleep(0.2)")) == 1
