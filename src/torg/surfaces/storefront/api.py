"""The public JSON of a sales channel: lists, searches, products, categories.

The language is the best of the reader's that the market speaks; `Content-Language` says which it became. Answers carry
an ETag, so that a client that asks again is told cheaply that nothing has changed.
"""

import hashlib
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.response import Stream

from torg.catalog import count_missed, sieve_of, words_of
from torg.customers import NOBODY
from torg.inventory import stock_news
from torg.kernel.http import EVENTS, JSON, Call, Cursor, FromPath, Limit, Open, Page, QueryParameter, read
from torg.kernel.ids import parse
from torg.kernel.live import Live
from torg.kernel.telemetry.requests import STREAM
from torg.surfaces.storefront import shelves
from torg.surfaces.storefront.entrance import enter
from torg.surfaces.storefront.shelves import Shop
from torg.surfaces.storefront.views import ShopCategory, ShopProductDetail, ShopProducts, ShopSuggestions

TAGS = ["storefront"]

Query = Annotated[
    str | None,
    QueryParameter(max_length=200, description="Words in the reader's language, a SKU or a GTIN."),
]
Begun = Annotated[str, QueryParameter(min_length=1, max_length=80, description="What has been typed so far.")]
CategoryName = Annotated[
    str | None, QueryParameter(max_length=120, description="A category's address, id or code.")
]

Variants = Annotated[
    list[str],
    QueryParameter(min_items=1, max_items=100, description="Which variants; repeat the parameter for each."),
]
Seconds = Annotated[
    int, QueryParameter(ge=0, le=3600, description="How long to listen; then the page comes again.")
]


@read(
    "/channels/{channel:str}/products",
    permission=Open.public,
    summary="Products that a channel shows",
    tags=TAGS,
)
async def list_products(
    call: Call,
    channel: FromPath[str],
    q: Query = None,
    category: CategoryName = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Response[ShopProducts]:
    """Without a question the highest rank first, then the newest; with one, the best answer first.

    When nothing is found as it was asked, `corrected` says what was searched instead."""
    shop = await _shop(call, channel)
    page = await call.read(
        lambda tx: shelves.page(tx, shop, query=q, category=category, cursor=cursor, limit=limit)
    )
    if q and not page.items and cursor is None and category is None:
        await count_missed(call.database, channel=shop.channel.code, language=shop.language, query=q)
    return _answer(call, shop, page)


@read(
    "/channels/{channel:str}/suggestions",
    permission=Open.public,
    summary="What somebody who is still typing may be looking for",
    tags=TAGS,
)
async def list_suggestions(call: Call, channel: FromPath[str], q: Begun) -> Response[ShopSuggestions]:
    """At most ten: whole questions, categories, and the best products; a mistyped beginning is understood. Ask when
    nothing was typed for a tenth of a second or two. The answer may be kept for half a minute."""
    shop = await _shop(call, channel)
    sieve = await sieve_of(call.database)
    answer = _answer(call, shop, await call.read(lambda tx: shelves.suggestions(tx, sieve, shop, q)))
    answer.headers["Cache-Control"] = "private, max-age=30"
    return answer


@read(
    "/channels/{channel:str}/products/{product:str}",
    permission=Open.public,
    summary="A product that a channel shows",
    tags=TAGS,
)
async def read_product(
    call: Call, channel: FromPath[str], product: FromPath[str]
) -> Response[ShopProductDetail]:
    """By its id or by any address that it has or had; `slug` is its present one."""
    shop = await _shop(call, channel)
    return _answer(call, shop, await call.read(lambda tx: shelves.detail(tx, shop, product)))


@read(
    "/channels/{channel:str}/categories",
    permission=Open.public,
    summary="The categories in a channel's language",
    tags=TAGS,
)
async def list_categories(call: Call, channel: FromPath[str]) -> Response[Page[ShopCategory]]:
    """The whole tree, those above before those below, neighbours in their order."""
    shop = await _shop(call, channel)
    return _answer(call, shop, shelves.categories(shop, await words_of(call.database)))


@read(
    "/channels/{channel:str}/stock-news",
    permission=Open.public,
    summary="Stock as it changes",
    tags=TAGS,
    stream="Events `stock`, each with a variant, a location and how many can be sold there.",
)
async def read_stock_news(
    call: Call, channel: FromPath[str], variants: Variants, seconds: Seconds = 600
) -> Response[str]:
    """Server-sent events `stock` (variant, location, sellable): first how things stand, then every change. A page
    that comes again after its connection broke says in `Last-Event-ID` which id it got last, as browsers do by
    themselves, and is told what has changed since; where that is not known, how everything stands. It misses nothing.
    """
    shop = await _shop(call, channel)
    ids = [parse("var", variant) for variant in variants]
    shown = await call.read(lambda tx: shelves.shown(tx, shop, ids))
    locations = [place.location for place in shop.places]
    call.request.scope[STREAM] = True  # type: ignore[literal-required]  # ASGI lets an application keep its own keys
    news = stock_news(
        call.ports.get(Live),
        call.database,
        shown,
        locations,
        seconds=seconds,
        channel=shop.channel.code,
        last_id=call.request.headers.get("last-event-id"),
    )
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(news, media_type=EVENTS, headers=headers)  # type: ignore[return-value]  # told as text


async def _shop(call: Call, code: str) -> Shop:
    """The channel as this reader sees it."""
    return await enter(call, code, call.request.headers.get("accept-language"))


def _answer(call: Call, shop: Shop, view: Any) -> Response[Any]:
    body = msgspec.json.encode(view)
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {
        "Content-Language": shop.language,
        "Vary": "Accept-Language",
        "Cache-Control": "no-cache",
        "ETag": tag,
    }
    if shop.known or shop.buyer != NOBODY:  # her own prices are for nobody else's cache
        headers |= {"Vary": "Accept-Language, Authorization, Cookie", "Cache-Control": "private, no-cache"}
    if tag in call.request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type=JSON, headers=headers)


ROUTES = [list_products, list_suggestions, read_product, list_categories, read_stock_news]
