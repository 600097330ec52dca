"""Waiting for what must happen soon."""

import asyncio
from collections.abc import Awaitable, Callable

PAUSE = 0.02


async def eventually(true: Callable[[], Awaitable[object]], seconds: float = 10.0) -> None:
    """Return as soon as it is true; fail when it is not within so many seconds."""
    for _ in range(int(seconds / PAUSE)):
        if await true():
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError("it did not happen in time")
