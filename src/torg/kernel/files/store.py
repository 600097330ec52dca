"""Where the bytes are: a folder, or a bucket of any S3-compatible service, through one library.

Names are flat and made by us; inside the store they are spread over folders by their first letters. Writing is atomic:
a reader sees a whole file or none.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit
from uuid import uuid4
from weakref import WeakValueDictionary

from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from torg.kernel.database import external
from torg.kernel.files.model import StoreUnavailable
from torg.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config

NAME: Final = re.compile(r"[0-9a-f]{64}(-[0-9]{1,4})?\.(jpg|avif|webp)")
PAPER: Final = re.compile(r"[0-9a-f]{64}\.pdf")  # read through what it belongs to, never by its name
MEDIA_TYPES: Final = {"jpg": "image/jpeg", "avif": "image/avif", "webp": "image/webp"}
AT_ONCE: Final = 8


class FileStore:
    """The store of one installation; safe to share between requests. `objects` is the library's own, for backups."""

    def __init__(self, objects: ObjectStore) -> None:
        self.objects = objects
        self.painting = asyncio.Semaphore(2)  # images decoded at once: each may take hundreds of megabytes
        self.making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # renditions under way
        self._calls = asyncio.Semaphore(AT_ONCE)

    @classmethod
    def of(cls, settings: Settings) -> FileStore:
        """The store that the settings name; a folder is made when it is missing."""
        parts = urlsplit(settings.files)
        if parts.scheme == "file":
            return cls(LocalStore(unquote(parts.path), mkdir=True))
        config: S3Config = {"region": settings.s3_region}
        if settings.s3_endpoint:
            config["endpoint"] = settings.s3_endpoint
        if settings.s3_access_key:
            config["access_key_id"] = settings.s3_access_key
            config["secret_access_key"] = settings.s3_secret_key
        return cls(
            S3Store(
                parts.netloc,
                prefix=parts.path.strip("/") or None,
                config=config,
                client_options={
                    "allow_http": settings.s3_endpoint.startswith("http://"),
                    "connect_timeout": timedelta(seconds=5),
                    "timeout": timedelta(seconds=30),
                },
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
            )
        )

    async def put(self, name: str, content: bytes) -> None:
        """Write a whole file; writing the same name again is harmless, since it has the same content."""
        async with self._reached():
            await self.objects.put_async(_path(name), content)

    async def get(self, name: str) -> bytes | None:
        """The whole file, or nothing."""
        async with self._reached():
            try:
                found = await self.objects.get_async(_path(name))
                return bytes(await found.bytes_async())
            except FileNotFoundError:
                return None

    async def remove(self, name: str) -> None:
        """Remove a file; one that is not there is as good as removed."""
        async with self._reached():
            try:
                await self.objects.delete_async(_path(name))
            except FileNotFoundError:
                return

    async def probe(self) -> None:
        """Write, read and remove something, to find out whether the store works; StoreUnavailable when not."""
        path, content = f"probe/{uuid4().hex}", b"torg"
        async with self._reached():
            await self.objects.put_async(path, content)
            found = await self.objects.get_async(path)
            read = bytes(await found.bytes_async())
            await self.objects.delete_async(path)
        if read != content:
            raise StoreUnavailable()

    @asynccontextmanager
    async def _reached(self) -> AsyncIterator[None]:
        external()
        try:
            async with self._calls:
                yield
        except (BaseError, OSError) as trouble:
            raise StoreUnavailable() from trouble


def _path(name: str) -> str:
    if not (NAME.fullmatch(name) or PAPER.fullmatch(name)):
        raise ValueError(f"{name!r} is not the name of a file")
    return f"{name[:2]}/{name[2:4]}/{name}"
