"""What every page of the shop has around it: menus, search, the cart's count, and what search engines are told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import Response
from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from torg.catalog import words_of
from torg.content import shown_pages
from torg.kernel import i18n, pages, problems
from torg.kernel.access import browser
from torg.kernel.errors import NotFound, TorgError
from torg.kernel.http import Calling
from torg.markets import atlas
from torg.surfaces.shop import basket, front
from torg.surfaces.shop.front import Country, Front, Way
from torg.surfaces.shop.pictures import picture
from torg.surfaces.shop.pieces import Pieces
from torg.surfaces.storefront import shelves
from torg.surfaces.storefront.entrance import enter
from torg.surfaces.storefront.views import ShopCategory

REMEMBERED: Final = "torg_shop"
PASSING: Final = frozenset({"theme", "language", "done"})
"""What an address says only once: it is not carried along to another language."""


class UnknownPage(NotFound):
    """The shop has no such page, or does not speak that language."""

    code = "unknown-page"
    message = "There is no such page in this shop."


class Frame(Struct, frozen=True):
    """What is around a page; `notes` are pages of content by title and address, `told` facts as JSON-LD."""

    front: Front
    menu: tuple[ShopCategory, ...]
    notes: tuple[tuple[str, str], ...]
    countries: tuple[Country, ...]
    canonical: str
    alternates: tuple[tuple[str, str], ...]
    cart_units: int
    page_token: str
    indexed: bool
    asked: str
    told: tuple[Markup, ...]

    @property
    def here(self) -> Country:
        """The country that is shopped in."""
        return next(country for country in self.countries if country.chosen)


async def come_in(call: Calling) -> Front:
    """The shop that the address means; one that is not open, or does not speak the language, is no page."""
    given = call.request.path_params
    known = await atlas(call.database)
    others = front.channels(known)
    channel = others.get(given["front"])
    if channel is None or given["language"] not in known.market(channel.market).languages:
        raise UnknownPage()
    return Front(given["front"], await enter(call, channel.code, given["language"]), others)


async def within(call: Calling, page: Callable[[Front], Awaitable[Response[Any]]]) -> Response[Any]:
    """A page of the shop that the address means; a refusal is told inside it, so that one can go on from there."""
    at = await come_in(call)
    try:
        return await page(at)
    except TorgError as error:
        told = i18n.problem_text(at.language, error)
        nowhere = Way("", indexed=False)
        return await show(call, at, "refused", nowhere, status=problems.status_of(error), refusal=told)


async def show(
    call: Calling,
    at: Front,
    template: str,
    way: Way,
    *,
    status: int = 200,
    page: int = 1,
    told: Sequence[Mapping[str, Any]] = (),
    units: int | None = None,
    **facts: Any,
) -> Response[bytes]:
    """A page of the shop, with everything around it; `told` are facts for search engines.

    `units` is what the cart holds where that has just been read; else it is what this browser last saw.
    """
    frame = await _frame(call, at, way, page, told)
    if units is not None:
        frame = replace(frame, cart_units=units)
    shown = pages.render(
        call,
        f"shop/{template}.html",
        status=status,
        region=at.shop.market.country,
        zone=zone(at),
        frame=frame,
        front=at,
        shop=at.shop,
        picture=picture,
        piece=Pieces(at),
        **facts,
    )
    shown.set_cookie(REMEMBERED, at.code, max_age=pages.YEAR, path="/", samesite="lax", httponly=True)
    return shown


async def _frame(call: Calling, at: Front, way: Way, page: int, told: Sequence[Mapping[str, Any]]) -> Frame:
    request = call.request
    origin = browser.policy_of(request).origin
    listed = shelves.categories(at.shop, await words_of(call.database)).items
    notes = (await shown_pages(call.database)).of(at.shop.market.code, at.language)
    query = [one for one in request.query_params.multi_items() if one[0] not in PASSING]
    numbered = {"page": str(page)} if page > 1 else {}
    return Frame(
        front=at,
        menu=tuple(category for category in listed if category.parent is None),
        notes=tuple((one.text.title, at.to("info", one.text.slug)) for one in notes),
        countries=at.elsewhere(way, query),
        canonical=origin + way.at(at.code, at.language, **numbered),
        alternates=tuple(at.alternates(origin, way)) if way.indexed else (),
        cart_units=basket.units(request),
        page_token=browser.page_token_for(request),
        indexed=way.indexed,
        asked=request.query_params.get("q", ""),
        told=tuple(_embedded(one) for one in told),
    )


def zone(at: Front) -> str:
    """The time zone of the market: its first store's, else the one its goods are sent from."""
    known = at.shop.atlas
    stores = known.stores_of(at.shop.market.code)
    place = stores[0].location if stores else next(iter(at.shop.channel.locations), None)
    return known.location(place).time_zone if place else "UTC"


def _embedded(facts: Mapping[str, Any]) -> Markup:
    """JSON that no `<` can end, for a script element that runs nothing."""
    text = msgspec.json.encode(facts).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704
