"""The pages of content that a channel shows, as JSON, for apps and other faces."""

from typing import Any

from litestar import Response
from msgspec import Struct

from torg.content import PageNotFound, ShownPage, html, shown_pages
from torg.kernel.http import Call, FromPath, Open, Page, read
from torg.surfaces.storefront.entrance import enter

TAGS = ["storefront"]


class ShopPageLine(Struct, frozen=True):
    """A page in a list; `slug` is the last part of its address."""

    code: str
    title: str
    slug: str
    summary: str


class ShopPage(ShopPageLine, frozen=True):
    """A page; `html` is safe to be put into another, `slugs` are its addresses by language."""

    html: str
    slugs: dict[str, str]


@read(
    "/channels/{channel:str}/content",
    permission=Open.public,
    summary="Pages of content that a channel shows",
    tags=TAGS,
)
async def list_shown(call: Call, channel: FromPath[str]) -> Response[Page[ShopPageLine]]:
    """Those that are published in the language, in their order."""
    shop = await enter(call, channel, call.request.headers.get("accept-language"))
    found = (await shown_pages(call.database)).of(shop.market.code, shop.language)
    lines = [ShopPageLine(one.code, one.text.title, one.text.slug, one.text.summary) for one in found]
    return _answer(Page(lines), shop.language)


@read(
    "/channels/{channel:str}/content/{slug:str}",
    permission=Open.public,
    summary="A page of content that a channel shows",
    tags=TAGS,
)
async def read_shown(call: Call, channel: FromPath[str], slug: FromPath[str]) -> Response[ShopPage]:
    """By its code or any address that it has or had in any language."""
    shop = await enter(call, channel, call.request.headers.get("accept-language"))
    known = await shown_pages(call.database)
    by_code = (one for one in known.of(shop.market.code, shop.language) if one.code == slug)
    found = next(by_code, None) or known.at(slug, shop.market.code, shop.language)
    if found is None:
        raise PageNotFound(page=slug[:60])
    return _answer(_whole(found), shop.language)


def _whole(one: ShownPage) -> ShopPage:
    text = one.text
    return ShopPage(one.code, text.title, text.slug, text.summary, html(text.body), dict(one.slugs))


def _answer(view: Any, language: str) -> Response[Any]:
    return Response(view, headers={"Content-Language": language, "Vary": "Accept-Language"})


ROUTES = [list_shown, read_shown]
