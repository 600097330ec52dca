"""Files over HTTP: anybody reads by name, staff upload."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Struct

from torg.kernel.files import images
from torg.kernel.files.keep import keep
from torg.kernel.files.model import PREFIX, File, FileTooLarge, UnknownFile, url
from torg.kernel.files.render import content_of
from torg.kernel.files.store import MEDIA_TYPES, NAME, FileStore
from torg.kernel.http import Call, FromPath, write
from torg.kernel.ports import Ports
from torg.kernel.problems import JsonRequest
from torg.permissions import Permission

FOR_EVER = "public, max-age=31536000, immutable"
# A file is shown by the page that uses it and does nothing by itself, whatever it may turn out to be.
POLICY = "default-src 'none'; sandbox"
FORM = 10_000  # what the form around an upload may add


class RenditionView(Struct, frozen=True):
    """The same image at another width or in another format, made when it is first asked for."""

    url: str
    media_type: str
    width: int
    height: int


class FileView(Struct, frozen=True):
    """An image that is kept; `name` is what other resources refer to."""

    name: str
    url: str
    media_type: str
    size: int
    width: int
    height: int
    renditions: tuple[RenditionView, ...]

    @classmethod
    def of(cls, file: File) -> "FileView":
        return cls(
            name=file.name,
            url=url(file.name),
            media_type=file.media_type,
            size=file.size,
            width=file.width,
            height=file.height,
            renditions=tuple(
                RenditionView(url(one.name), one.media_type, one.width, one.height) for one in file.renditions
            ),
        )


class FormRequest(JsonRequest):
    """A request whose body is still known when its form was read, for the fingerprint of an Idempotency-Key."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body in pieces, remembered as they pass."""
        pieces = []
        async for piece in super().stream():
            pieces.append(piece)
            yield piece
        self._connection_state.body = b"".join(pieces)


class UploadedImage(Struct):
    """A form with one file; its name and type are ignored, its content decides."""

    file: UploadFile


@write(
    "POST",
    "/files",
    permission=Permission.files_write,
    status=201,
    summary="Upload an image",
    tags=["files"],
    request_max_body_size=images.MOST_BYTES + FORM,
    request_class=FormRequest,
)
async def upload(
    call: Call, data: Annotated[UploadedImage, Body(media_type=RequestEncodingType.MULTI_PART)]
) -> Response[FileView]:
    """Keep an image; the same content again gives the same file."""
    content = await data.file.read(images.MOST_BYTES + 1)
    if len(content) > images.MOST_BYTES:
        raise FileTooLarge(limit=images.MOST_BYTES)
    store = call.ports.get(FileStore)
    return await call.chain(lambda: keep(call.database, store, content, by=call.actor), view=FileView.of)


@get(PREFIX + "{name:str}", include_in_schema=False, opt={"permission": "public"})
async def download(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A file by its name, to be kept for ever."""
    if not NAME.fullmatch(name):
        raise UnknownFile(name=name[:80])
    headers = {
        "Cache-Control": FOR_EVER,
        "ETag": f'"{name}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    ports: Ports = request.app.state.ports
    content = await content_of(request.app.state.database, ports.get(FileStore), name)
    if content is None:
        raise UnknownFile(name=name)
    return Response(content, media_type=MEDIA_TYPES[name.rpartition(".")[2]], headers=headers)


ROUTES = [upload]
PAGES = [download]
