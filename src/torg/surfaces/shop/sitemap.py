"""What search engines are given to read: every page of every shop, and what they need not look at."""

from typing import Annotated, Any, Final
from xml.sax.saxutils import escape

from litestar import Response

from torg import catalog
from torg.catalog import words_of
from torg.content import shown_pages
from torg.kernel.access import browser
from torg.kernel.database import Transaction
from torg.kernel.http import Call, Calling, Open, QueryParameter, read
from torg.markets import atlas
from torg.surfaces.shop import front
from torg.surfaces.shop.frame import come_in

A_FILE: Final = 40_000
"""How many products a file lists; the format allows fifty thousand addresses."""
SCHEMA: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEADERS: Final = {"Cache-Control": "public, max-age=3600"}
XML: Final = "application/xml"

Part = Annotated[int, QueryParameter(ge=1, le=1000)]


@read("/robots.txt", permission=Open.public, summary="For robots", include_in_schema=False)
async def robots(call: Call) -> Response[str]:
    """What they need not look at, and where the list of all pages is."""
    closed = ("cart", "search", "checkout", "order", "account", "offline")
    lines = ("User-agent: *", *(f"Disallow: /*/*/{one}" for one in closed), "Disallow: /staff/")
    text = "\n".join((*lines, f"Sitemap: {_origin(call)}/sitemap.xml", ""))
    return Response(text, media_type="text/plain", headers=HEADERS)


@read("/sitemap.xml", permission=Open.public, summary="All lists of pages", include_in_schema=False)
async def index(call: Call) -> Response[str]:
    """The lists of pages, one or more for each shop and language."""
    known = await atlas(call.database)
    found = []
    for code, channel in front.channels(known).items():
        for language in known.market(channel.market).languages:

            async def count(tx: Transaction, channel: Any = channel, language: str = language) -> int:
                return await catalog.shown_products(tx, channel=channel, language=language)

            parts = max(1, -(-await call.read(count) // A_FILE))
            found += [f"{_origin(call)}/{code}/{language}/sitemap.xml?part={n}" for n in range(1, parts + 1)]
    return _xml("sitemapindex", "sitemap", found)


@read(
    "/{front:str}/{language:str}/sitemap.xml",
    permission=Open.public,
    summary="A list of pages",
    include_in_schema=False,
)
async def pages_of(call: Call, part: Part = 1) -> Response[str]:
    """The pages of a shop in a language; the first part begins with those that are no products."""
    at = await come_in(call)
    shop = at.shop
    slugs = await call.read(
        lambda tx: catalog.addresses(
            tx, channel=shop.channel, language=shop.language, skip=(part - 1) * A_FILE, limit=A_FILE
        )
    )
    found = []
    if part == 1:
        nodes = catalog.shown_categories(await words_of(call.database), shop.language)
        stores = shop.atlas.stores_of(shop.market.code)
        found = [at.to(), at.to("stores"), *(at.to("stores", store.code) for store in stores)]
        notes = (await shown_pages(call.database)).of(shop.market.code, shop.language)
        found += [at.to("info", one.text.slug) for one in notes]
        found += [at.to("c", node.slug) for node in nodes]
    found += [at.to("p", slug) for slug in slugs]
    return _xml("urlset", "url", [_origin(call) + path for path in found])


def _origin(call: Calling) -> str:
    return browser.policy_of(call.request).origin


def _xml(whole: str, each: str, urls: list[str]) -> Response[str]:
    rows = "".join(f"<{each}><loc>{escape(url)}</loc></{each}>\n" for url in urls)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{whole} xmlns="{SCHEMA}">\n{rows}</{whole}>\n'
    return Response(text, media_type=XML, headers=HEADERS)


ROUTES: list[Any] = [robots, index, pages_of]
