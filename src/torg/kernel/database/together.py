"""Several questions on one journey, without a task for each of them.

Coroutines are led side by side in the task of whoever asks: each runs until it has asked the database something, then
all that was asked travels at once, and so on until the last has ended. What one of them waits for elsewhere (reference
data that is loaded on another connection) keeps the others waiting too, so nothing here runs at the same time.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from types import coroutine
from typing import Any, Final

Asking = Coroutine[Any, Any, Any]

TURN: Final = object()
"""What a coroutine yields that has asked and waits until the journey is over."""


@coroutine
def turn() -> Generator[object, None, None]:
    """Wait until what was asked has been answered; only for who is led by `together`."""
    yield TURN


async def together(asking: Sequence[Asking], travel: Callable[[], Awaitable[None]]) -> list[Any]:
    """Lead these coroutines to their ends; `travel` is called when all that still run have asked.

    All have ended when this returns or raises. What a journey fails with is raised in each that waits for it; of
    several failures the first in the order of `asking` is told, a cancellation before all others.
    """
    done: list[Any] = [None] * len(asking)
    failed: dict[int, BaseException] = {}
    running = dict(enumerate(asking))
    lost: BaseException | None = None
    while running:
        for index, one in list(running.items()):
            try:
                answer = await _until_it_asks(one, lost)
            except BaseException as error:
                failed[index] = error
                del running[index]
            else:
                if answer is not TURN:
                    done[index] = answer
                    del running[index]
        lost = None
        if running:
            try:
                await travel()
            except BaseException as error:
                lost = error
    if failed:
        # Who is told to stop stops, whatever else went wrong.
        raise min(failed.items(), key=lambda one: (isinstance(one[1], Exception), one[0]))[1]
    return done


@coroutine
def _until_it_asks(one: Asking, lost: BaseException | None) -> Generator[Any, Any, Any]:
    """Let it run until it asks (`TURN`) or ends (what it returns); `lost` is raised where it waits."""
    step: Callable[[Any], Any] = one.send if lost is None else one.throw
    value: Any = lost
    while True:
        try:
            waits = step(value)
        except StopIteration as end:
            return end.value
        if waits is TURN:
            return TURN
        try:
            step, value = one.send, (yield waits)  # for something else than the database: the loop's business
        except BaseException as error:
            step, value = one.throw, error
