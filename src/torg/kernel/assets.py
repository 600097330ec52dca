"""The built front end: style sheets and scripts whose names carry the hash of their content.

A name never changes its content, so browsers keep it for ever; a new build gives new names, and the files of
the build before stay for pages that are still open. Nothing but files directly in `ui/dist` is ever served.
"""

from __future__ import annotations

import gzip
import mimetypes
import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

from torg.settings import ROOT

DIST = ROOT / "ui" / "dist"
PREFIX = "/assets/"
FOR_EVER = "public, max-age=31536000, immutable"
NAME = re.compile(r"[\w-]+(\.[\w-]+)+", re.ASCII)
TYPES = {".js": "text/javascript", ".css": "text/css", ".map": "application/json", ".svg": "image/svg+xml"}
TEXTS = frozenset({".js", ".css", ".map", ".svg", ".json"})


class NotBuilt(RuntimeError):
    """The front end was not built, or lacks this file."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not in {DIST}; build the front end: npm ci and npm run build in ui")


class Asset(Struct, frozen=True):
    """A file of the front end, ready to be sent."""

    content: bytes
    media_type: str
    gzipped: bytes | None


class Assets:
    """The files of one build and of the one before it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, Asset] = {}
        self._names: dict[str, str] | None = None

    def url(self, name: str) -> str:
        """Where a browser gets a file by the name of its source: `app.css` is `/assets/app-4F2A1B.css`."""
        if self._names is None:
            manifest = self._folder / "manifest.json"
            if not manifest.exists():
                raise NotBuilt("manifest.json")
            self._names = msgspec.json.decode(manifest.read_bytes(), type=dict[str, str])
        if name not in self._names:
            raise NotBuilt(name)
        return PREFIX + self._names[name]

    def find(self, name: str) -> Asset | None:
        """The file of this name, read once; nothing for names that are not plain file names of the build."""
        if name not in self._kept:
            file = self._folder / name
            if not NAME.fullmatch(name) or name == "manifest.json" or not file.is_file():
                return None
            self._kept[name] = _read(file)
        return self._kept[name]


def _read(file: Path) -> Asset:
    content = file.read_bytes()
    kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    small = gzip.compress(content, 9, mtime=0) if file.suffix in TEXTS else None
    return Asset(content, kind, small)


@cache
def assets() -> Assets:
    """The front end of this process."""
    return Assets(DIST)


@get(PREFIX + "{name:str}", include_in_schema=False, opt={"permission": "public"}, sync_to_thread=False)
def asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A file of the front end, to be kept for ever."""
    found = assets().find(name)
    if found is None:
        raise NotFoundException
    headers = {"Cache-Control": FOR_EVER, "X-Content-Type-Options": "nosniff"}
    if found.gzipped is None:
        return Response(found.content, media_type=found.media_type, headers=headers)
    headers["Vary"] = "Accept-Encoding"
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.content, media_type=found.media_type, headers=headers)
    return Response(
        found.gzipped, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"}
    )


ROUTES = [asset]
