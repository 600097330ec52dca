"""Pages of content over HTTP, for those who write them."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from msgspec import Struct

from torg.content.model import ContentPage, PageText, VersionNumber
from torg.content.publish import publish_page, withdraw_page
from torg.content.write import NewPage, PageChange, add_page, change_page, page, page_versions, pages
from torg.kernel.http import Body, Call, FromPath, Limit, Page, QueryParameter, read, write
from torg.permissions import Permission

TAGS = ["content"]
WantedVersion = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="Else the latest.")]


class ContentPageView(Struct, frozen=True, kw_only=True):
    """A page in a version; `shown` is the version that customers see, if any."""

    code: str
    version: int
    shown: int | None
    texts: dict[str, PageText]
    markets: tuple[str, ...]
    position: int
    changed_at: datetime
    changed_by: str

    @classmethod
    def of(cls, one: ContentPage) -> "ContentPageView":
        """The page as staff see it."""
        return cls(
            code=one.code,
            version=one.version,
            shown=one.shown,
            texts=one.texts,
            markets=one.markets,
            position=one.position,
            changed_at=one.changed_at,
            changed_by=one.changed_by,
        )


class ToPublish(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version customers shall see."""

    version: VersionNumber


@read("/content", permission=Permission.content_read, summary="Pages of content", tags=TAGS)
async def list_content(call: Call) -> Page[ContentPageView]:
    """Every page as it was written last, in the order in which they stand."""
    found = await call.read(lambda tx: pages(tx, by=call.actor))
    return Page([ContentPageView.of(one) for one in found])


@read("/content/{code:str}", permission=Permission.content_read, summary="A page of content", tags=TAGS)
async def read_content(call: Call, code: FromPath[str], version: WantedVersion = None) -> ContentPageView:
    """The page in a version, or as it was written last."""
    return ContentPageView.of(await call.read(lambda tx: page(tx, code, version, by=call.actor)))


@read(
    "/content/{code:str}/versions",
    permission=Permission.content_read,
    summary="What a page has said",
    tags=TAGS,
)
async def list_versions(call: Call, code: FromPath[str], limit: Limit = 20) -> Page[ContentPageView]:
    """The latest versions of the page, the newest first; each stays as it was written."""
    found = await call.read(lambda tx: page_versions(tx, code, limit, by=call.actor))
    return Page([ContentPageView.of(one) for one in found])


@write(
    "POST",
    "/content",
    permission=Permission.content_write,
    summary="Write a page",
    tags=TAGS,
    status=201,
)
async def post_content(call: Call, data: Body[NewPage]) -> Response[ContentPageView]:
    """Its first version; customers see it when it is published."""
    return await call.write(lambda tx: add_page(tx, data, by=call.actor), view=ContentPageView.of, status=201)


@write(
    "PUT",
    "/content/{code:str}",
    permission=Permission.content_write,
    summary="Write a page anew",
    tags=TAGS,
)
async def put_content(call: Call, code: FromPath[str], data: Body[PageChange]) -> Response[ContentPageView]:
    """Its next version, written on top of `version`; what customers see stays until it is published."""
    return await call.write(lambda tx: change_page(tx, code, data, by=call.actor), view=ContentPageView.of)


@write(
    "POST",
    "/content/{code:str}/publish",
    permission=Permission.content_write,
    summary="Show a page",
    tags=TAGS,
)
async def publish_content(
    call: Call, code: FromPath[str], data: Body[ToPublish]
) -> Response[ContentPageView]:
    """Customers see this version within a second; an earlier one may be shown again."""
    return await call.write(
        lambda tx: publish_page(tx, code, data.version, by=call.actor), view=ContentPageView.of
    )


@write(
    "POST",
    "/content/{code:str}/withdraw",
    permission=Permission.content_write,
    summary="Hide a page",
    tags=TAGS,
)
async def withdraw_content(call: Call, code: FromPath[str]) -> Response[ContentPageView]:
    """Customers see the page no more; it can be published again."""
    return await call.write(lambda tx: withdraw_page(tx, code, by=call.actor), view=ContentPageView.of)


ROUTES = [
    list_content,
    read_content,
    list_versions,
    post_content,
    put_content,
    publish_content,
    withdraw_content,
]
