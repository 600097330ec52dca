"""What has to be done before a transaction begins, and cannot be known until it looks.

Work that many requests do together (one flush for all of them) waits for others, which no open transaction may. So the
transaction that finds out what it needs is rolled back, that is done, and the work is done again and finds it done.
When the work fails after that, or does without it in the end, it is taken back; a process that dies in between takes
nothing back, so only what ends by itself may be done in this way.
"""

from collections.abc import Awaitable, Callable, Hashable, Iterable

from torg.kernel.telemetry import logger

log = logger(__name__)

TakeBack = Callable[[], Awaitable[None]]


class Before:
    """Something that was done before a transaction: how it is taken back, and whether the work went by it."""

    def __init__(self, undo: TakeBack) -> None:
        self.undo = undo
        self.used = False


class NeedsBefore(Exception):
    """The transaction needs something done before it begins; `do` does it, and tells how it is taken back."""

    def __init__(self, key: Hashable, do: Callable[[], Awaitable[TakeBack]]) -> None:
        super().__init__("something has to be done before this transaction")
        self.key = key
        self.do = do


async def take_back(done: Iterable[Before]) -> None:
    """Take back what nobody needs; where that fails it is told, and left to end by itself."""
    for one in done:
        try:
            await one.undo()
        except Exception:
            log.exception("not taken back")
