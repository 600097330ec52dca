"""Write what was checked, portion by portion, and go on where an earlier try ended.

A portion and the count of portions that are done are one transaction: whenever the process dies, what is counted is in,
and what is in is counted.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from msgspec import Struct

from torg.imports import store
from torg.imports.model import Run
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told what is being done, how far it is, and how far it goes."""


class BegunOtherwise(Exception):
    """The same content was brought in, or begun to be, with other settings."""

    def __init__(self, run: Run) -> None:
        said = ", ".join(f"{name} {value}" for name, value in sorted(run.settings.items()))
        super().__init__(f"this file was brought in before with other settings ({said}); nothing was changed")


class AlreadyUnderWay(Exception):
    """Somebody else is bringing in the same file at this moment."""

    def __init__(self) -> None:
        super().__init__("this file is being brought in by somebody else at this moment")


class Portion(Struct, frozen=True):
    """A part of the work that is written in one transaction; `weight` says how much of the whole it is."""

    what: str
    weight: int
    work: Callable[[Transaction], Awaitable[object]]


async def begin(
    database: Database, source: str, fingerprint: str, settings: Mapping[str, str], portions: int
) -> Run:
    """The run of this content, new or as far as it has come; `BegunOtherwise` when its settings are not these."""

    async def work(tx: Transaction) -> Run:
        new = Run(new_id(), source, fingerprint, dict(settings), portions, 0, started_at=tx.now)
        await store.begin(tx, new)
        known = await store.run(tx, source, fingerprint)
        await store.recut(tx, known.id, portions)
        return await store.run(tx, source, fingerprint)

    run = await database.read(lambda tx: store.find_run(tx, source, fingerprint))
    if run is None or (run.finished_at is None and run.portions != portions):
        run = await database.run(work)
    if run.settings != settings:
        raise BegunOtherwise(run)
    return run


async def bring_in(database: Database, run: Run, portions: Sequence[Portion], progress: Progress) -> None:
    """Write the portions that are not done yet, in their order."""
    if run.finished_at is not None:
        return
    total = sum(portion.weight for portion in portions)
    written = sum(portion.weight for portion in portions[: run.done])
    for place in range(run.done, len(portions)):
        portion = portions[place]
        progress(portion.what, written, total)
        await database.run(partial(_write, run=run, portion=portion, place=place))
        written += portion.weight
    progress("done", total, total)


async def _write(tx: Transaction, *, run: Run, portion: Portion, place: int) -> None:
    if not await store.count(tx, run.id, place, last=place + 1 == run.portions):
        raise AlreadyUnderWay()
    await portion.work(tx)
