"""Renditions, made when they are asked for the first time: most pictures are never seen at most widths.

A rendition is named after its master and its width, so what a page links to is known before it is made, and at most a
handful can ever be made of one image. Many who ask at once wait for one; two processes at once write the same bytes.
"""

import asyncio

from torg.kernel.database import Database
from torg.kernel.files import images
from torg.kernel.files.model import File, Rendition
from torg.kernel.files.read import find
from torg.kernel.files.store import FileStore

MASTERS = ("jpg", "webp")


async def content_of(database: Database, store: FileStore, name: str) -> bytes | None:
    """A file's bytes, making the rendition that nobody asked for yet; nothing when no kept image has that name."""
    content = await store.get(name)
    stem, _, _ = name.partition("-")
    if content is not None or stem == name:
        return content
    masters = [f"{stem}.{ending}" for ending in MASTERS]
    found = await database.read(lambda tx: find(tx, masters))
    for file in found.values():
        for rendition in file.renditions:
            if rendition.name == name:
                return await _made(store, file, rendition)
    return None


async def _made(store: FileStore, file: File, rendition: Rendition) -> bytes | None:
    lock = store.making.setdefault(rendition.name, asyncio.Lock())
    async with lock:
        content = await store.get(rendition.name)
        master = None if content is not None else await store.get(file.name)
        if master is None:
            return content
        async with store.painting:
            content = await asyncio.to_thread(images.rendition, master, rendition.width, rendition.media_type)
        await store.put(rendition.name, content)
    return content
