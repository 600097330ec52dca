"""Remove what a crash left behind: files that were claimed and never kept."""

from datetime import datetime, timedelta
from functools import partial

from torg.kernel.database import Database, Transaction
from torg.kernel.files import rows
from torg.kernel.files.store import FileStore
from torg.kernel.jobs import Work, periodic

PATIENCE = timedelta(hours=1)  # far longer than any upload takes


@periodic("files.sweep", every=600)
async def sweep(work: Work) -> None:
    """Remove unfinished files that are older than an hour."""
    await remove_unfinished(work.database, work.ports.get(FileStore))


async def remove_unfinished(database: Database, store: FileStore) -> int:
    """Mark, remove the bytes, delete the rows; tells how many. Whoever uploads the same again waits for the end."""

    async def take(tx: Transaction) -> tuple[list[str], datetime]:
        return await rows.take_for_removal(tx, tx.now - PATIENCE), tx.now

    names, at = await database.run(take)
    gone = 0
    for name in names:
        await store.remove(name)
        gone += await database.run(partial(rows.removed, name=name, at=at), repeatable=True)
    return gone
