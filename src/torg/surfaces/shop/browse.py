"""The pages on which one looks around: home, category, search, product."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final

from litestar import Response
from litestar.response import Redirect

from torg import catalog
from torg.catalog import CategoryNode, Vocabulary, count_missed, words_of
from torg.kernel import i18n, pages
from torg.kernel.database import Transaction
from torg.kernel.http import Call, Calling, FromPath, Open, QueryParameter, read
from torg.kernel.ids import new_id, public
from torg.kernel.money import exponent
from torg.markets import atlas
from torg.surfaces.shop import choosing, front, narrowing, stores, structured, ways
from torg.surfaces.shop.asked_card import AskedCard
from torg.surfaces.shop.frame import REMEMBERED, UnknownPage, show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.shop.ways import Ways
from torg.surfaces.storefront import shelves
from torg.surfaces.storefront.highlights import ROW, highlights_of
from torg.surfaces.storefront.views import (
    ShopCategory,
    ShopProduct,
    ShopProductDetail,
    ShopVariantDetail,
)

NEAR: Final = 3
Rows = tuple[tuple[str, list[ShopProduct]], ...]
"""Goods under headings."""
MILLION: Final = 1_000_000

Variant = Annotated[str | None, QueryParameter(max_length=80)]


@read("/shop", permission=Open.public, summary="The web shop", include_in_schema=False)
async def enter_shop(call: Call) -> Response[Any]:
    """To the shop and language that suit the reader: where she was last, else what her browser asks for."""
    known = await atlas(call.database)
    headers, cookies = call.request.headers, call.request.cookies
    best = front.wished(known, cookies.get(REMEMBERED), headers.get("accept-language"))
    if best is None:
        raise UnknownPage()
    return Redirect("/" + "/".join(best), status_code=302, headers={"Vary": "Accept-Language, Cookie"})


@read("/{front:str}/{language:str}", permission=Open.public, summary="Home", include_in_schema=False)
async def home(call: Call) -> Response[Any]:
    """What there is: the ways in, what is reduced, what goes best, what is new, and the stores."""

    async def page(at: Front) -> Response[Any]:
        shop = at.shop
        tree = shelves.categories(shop, await words_of(call.database)).items
        below = {top.id: [c for c in tree if c.parent == top.id] for top in tree if top.parent is None}
        return await show(
            call,
            at,
            "home",
            Way("", abroad=True),
            below=below,
            rows=await _rows(call, at),
            stores=stores.near(call, at, ways.postal_code(call.request, at))[:NEAR],
            told=[structured.shop(call, at)],
        )

    return await within(call, page)


async def _rows(call: Calling, at: Front) -> Rows:
    """What the home shows of goods."""
    shop, chosen = at.shop, await highlights_of(call.database, at.shop)
    channel, language = shop.channel, shop.language

    async def look(tx: Transaction) -> Rows:
        best = await catalog.cards_of(tx, chosen, channel=channel, language=language)
        new = await catalog.newest(tx, channel=channel, language=language, limit=ROW)
        known = {card.product_id: card for card in (*best, *new)}
        shown = dict(zip(known, await shelves.dressed(tx, shop, list(known.values())), strict=True))
        ranked = [shown[card.product_id] for card in best]
        return (
            ("reduced", [one for one in ranked if one.reduced]),
            ("best", [one for one in ranked if not one.reduced]),
            ("new", [shown[card.product_id] for card in new]),
        )

    return await call.read(look)


@read(
    "/{front:str}/{language:str}/c/{category:str}",
    permission=Open.public,
    summary="A category",
    include_in_schema=False,
)
async def category(call: Call, category: FromPath[str]) -> Response[Any]:
    """A shelf, narrowed as the address says."""
    return await within(call, lambda at: _category(call, at, category))


async def _category(call: Calling, at: Front, name: str) -> Response[Any]:
    shop, words = at.shop, await words_of(call.database)
    nodes = _in_all_languages(words, name, at.language)
    node = nodes[shop.language]
    way = Way(f"c/{node.slug}", {language: f"c/{one.slug}" for language, one in nodes.items()}, abroad=True)
    if name != node.slug:
        return _moved(call, way.at(at.code, at.language))
    wish = narrowing.asked(call.request)

    narrowed, products = await narrowing.look(call, at, wish, category=public("cat", node.id))
    tree = shelves.categories(shop, words).items
    trail = _trail(tree, next(c for c in tree if c.slug == node.slug))
    return await show(
        call,
        at,
        "category",
        way,
        page=wish.page,
        category=trail[-1],
        trail=trail,
        above=_above(at, trail[:-1]),
        children=[c for c in tree if c.parent == trail[-1].id],
        products=products,
        narrowed=narrowed,
        wish=wish,
        view=narrowing.view(at.to("c", node.slug), wish, narrowed),
        told=[structured.trail(call, at, trail)],
    )


@read("/{front:str}/{language:str}/search", permission=Open.public, summary="Search", include_in_schema=False)
async def search(call: Call) -> Response[Any]:
    """What answers a question, the best first, narrowed and in order as the address says."""

    async def page(at: Front) -> Response[Any]:
        wish = narrowing.asked(call.request)
        way = Way("search", indexed=False)
        if not wish.asked:
            return await show(call, at, "search", way, q="", narrowed=None)
        narrowed, products = await narrowing.look(call, at, wish, query=wish.asked)
        if not products and wish == narrowing.Wish({}, asked=wish.asked):
            channel = at.shop.channel.code
            await count_missed(call.database, channel=channel, language=at.language, query=wish.asked)
        return await show(
            call,
            at,
            "search",
            way,
            page=wish.page,
            q=wish.asked,
            wish=wish,
            narrowed=narrowed,
            products=products,
            view=narrowing.view(at.to("search"), wish, narrowed),
        )

    return await within(call, page)


@read(
    "/{front:str}/{language:str}/p/{product:str}",
    permission=Open.public,
    summary="A product",
    include_in_schema=False,
)
async def product(call: Call, product: FromPath[str], variant: Variant = None) -> Response[Any]:
    """A product, with one of its variants chosen."""
    return await within(call, lambda at: product_page(call, at, product, variant))


async def product_page(
    call: Calling, at: Front, name: str, wished: str | None, *, card: AskedCard | None = None
) -> Response[Any]:
    """The page of a product with one of its variants chosen; told again with what of a gift card cannot be."""
    detail = await call.read(lambda tx: shelves.detail(tx, at.shop, name))
    way = Way(f"p/{detail.slug}", {language: f"p/{slug}" for language, slug in detail.slugs.items()})
    if name != detail.slug:
        return _moved(call, way.at(at.code, at.language))
    chosen = choosing.chosen(detail, wished)
    place = ways.postal_code(call.request, at)
    found = Ways(place)
    if chosen is not None and chosen.stock:
        found = await call.read(lambda tx: ways.ways(tx, at.shop, chosen, place))
    trail = detail.categories[0] if detail.categories else ()
    page = await show(
        call,
        at,
        "product",
        way,
        product=detail,
        chosen=chosen,
        options=tuple(choosing.options(at, detail, chosen)) if chosen else (),
        pictures=choosing.pictures(detail, chosen),
        rate=Fraction(chosen.price.tax_rate, MILLION) if chosen and chosen.price else None,
        news=f"/api/v1/channels/{at.shop.channel.code}/stock-news?variants={chosen.id}" if chosen else "",
        ways=found,
        once=new_id().hex,
        status=422 if card else 200,
        card=card or AskedCard(amount=_proposed(detail, chosen), language=at.language),
        trail=trail,
        above=_above(at, trail),
        told=[structured.product(call, at, detail, way), structured.trail(call, at, trail)],
    )
    ways.remember(page, at, place)
    return page


def _proposed(product: ShopProductDetail, variant: ShopVariantDetail | None) -> str:
    """What a gift card costs whose buyer chooses its amount, as it stands in a field."""
    if product.card_amounts is None or variant is None or variant.price is None:
        return ""
    price = variant.price.amount
    return f"{Decimal(price.amount).scaleb(-exponent(price.currency)).normalize():f}"


def _above(at: Front, trail: Sequence[ShopCategory]) -> list[tuple[str, str]]:
    return [(category.name, at.to("c", category.slug)) for category in trail]


def _in_all_languages(words: Vocabulary, name: str, language: str) -> dict[str, CategoryNode]:
    """A category by its address: the present one in the reader's language counts before any other name it has."""
    trees = {spoken: catalog.shown_categories(words, spoken) for spoken in i18n.LANGUAGES}
    own = next((node.id for node in trees[language] if node.slug == name), None)
    id = own or catalog.find_category(words, name).id
    return {spoken: next(node for node in tree if node.id == id) for spoken, tree in trees.items()}


def _trail(tree: list[ShopCategory], last: ShopCategory) -> list[ShopCategory]:
    known = {category.id: category for category in tree}
    trail = [last]
    while (parent := trail[0].parent) is not None:
        trail.insert(0, known[parent])
    return trail


def _moved(call: Calling, path: str) -> Redirect:
    """To where the page is now, with what was asked for."""
    query = call.request.url.query
    return Redirect(f"{path}?{query}" if query else path, status_code=301, headers=dict(pages.HEADERS))


ROUTES: list[Any] = [enter_shop, home, category, search, product]
