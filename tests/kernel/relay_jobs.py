"""Jobs that the tests of the kernel run."""

from collections.abc import Awaitable, Callable

from torg.kernel.database import Transaction
from torg.kernel.jobs import GiveUp, Work, job, periodic

RUN = "INSERT INTO runs (what, attempt, last) VALUES (%(what)s, %(attempt)s, %(last)s)"
FAILING: set[str] = set()
MEANWHILE: dict[str, Callable[[Transaction], Awaitable[object]]] = {}


@job("test.note", attempts=3, first_wait=60)
async def note(work: Work, *, what: str) -> None:
    """Write down that it ran and do what shall happen meanwhile; fails when its word is among the failing."""
    await work.database.run(lambda tx: tx.execute(RUN, what=what, attempt=work.attempt, last=work.last))
    if what in MEANWHILE:
        await work.database.run(MEANWHILE.pop(what))
    if what in FAILING:
        raise ValueError(f"{what} fails")


@job("test.hopeless", attempts=9)
async def hopeless(work: Work) -> None:
    """Know at once that trying again is pointless."""
    raise GiveUp("nobody lives there")


@periodic("test.tick", every=1)
async def tick(work: Work) -> None:
    """Write down every tick."""
    await work.database.run(lambda tx: tx.execute(RUN, what="tick", attempt=1, last=False))


@periodic("test.broken", every=1)
async def broken(work: Work) -> None:
    """Fail at every tick."""
    raise ValueError("broken clockwork")
