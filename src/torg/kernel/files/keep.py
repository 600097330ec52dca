"""Keep an uploaded image.

A chain of short transactions: claim a row → write the bytes → mark kept. It resumes by being called again with the same
upload, which ends in the same name. Its renditions are made when they are first asked for.
"""

import asyncio
import hashlib

from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.files import images, rows
from torg.kernel.files.model import File, StoreUnavailable
from torg.kernel.files.store import FileStore
from torg.permissions import Permission


async def keep(database: Database, store: FileStore, content: bytes, *, by: Actor) -> File:
    """Keep an upload as an image; the same upload again gives the same file at once."""
    by.must(Permission.files_write, anywhere=True)
    upload = hashlib.sha256(content).hexdigest()
    known = await database.read(lambda tx: rows.find_upload(tx, upload))
    if known is not None:
        return known
    async with store.painting:
        master = await asyncio.to_thread(images.paint, content)
    if not await database.run(lambda tx: rows.claim(tx, master), actor=str(by), repeatable=True):
        raise StoreUnavailable()  # the sweeper has it in its hands; in a moment it can be claimed anew
    await store.put(master.name, master.content)

    async def finish(tx: Transaction) -> File:
        if not await rows.keep(tx, master.name, upload):
            raise StoreUnavailable()
        return (await rows.find(tx, [master.name]))[0]

    return await database.run(finish, actor=str(by), repeatable=True)
