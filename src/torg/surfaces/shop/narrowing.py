"""A shelf's wishes as its address carries them: `?colour=blue&colour=red&sort=newest&page=2`.

Everything that a reader chose is in the address, so that it can be sent, kept and gone back to.
"""

from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request
from msgspec import Struct
from msgspec.structs import replace

from torg import catalog
from torg.catalog import Narrowed, Wanted
from torg.kernel.database import Transaction
from torg.kernel.http import Calling
from torg.surfaces.shop.front import Front
from torg.surfaces.storefront import shelves
from torg.surfaces.storefront.sides import sides_of
from torg.surfaces.storefront.views import Availability, ShopProduct

PER_PAGE: Final = 24
MOST_PAGES: Final = 400
MOST_WISHES: Final = 40
LONGEST_QUESTION: Final = 200
NEWEST: Final = "newest"
BY_PRICE: Final = {"cheapest": "cheapest", "dearest": "dearest"}
SORTS: Final = ("", NEWEST, *BY_PRICE)
OURS: Final = frozenset({"page", "sort", "theme", "language", "q", "exactly", "there"})
NEAR: Final = 2
"""How many pages on each side of the present one can be gone to directly."""


class Wish(Struct, frozen=True):
    """What is wished for, in which order, and which page of it."""

    values: dict[str, list[str]]
    sort: str = ""
    page: int = 1
    there: bool = False
    asked: str = ""
    exactly: bool = False

    def query(self, **changes: Any) -> str:
        """The wish as the end of an address."""
        after = replace(self, **changes)
        pairs = [("q", after.asked)] if after.asked else []
        pairs += [("exactly", "1")] if after.exactly else []
        pairs += [(code, value) for code, values in after.values.items() for value in values]
        pairs += [("there", "1")] if after.there else []
        pairs += [("sort", after.sort)] if after.sort else []
        pairs += [("page", str(after.page))] if after.page > 1 else []
        return f"?{urlencode(pairs)}" if pairs else ""


class Sort(Struct, frozen=True):
    """An order of the shelf."""

    code: str
    url: str
    chosen: bool


class Taken(Struct, frozen=True):
    """A wish that was made, and the shelf without it; `name` is empty for yes and no."""

    facet: str
    name: str
    code: str
    url: str


class View(Struct, frozen=True):
    """The addresses around a shelf."""

    sorts: tuple[Sort, ...]
    taken: tuple[Taken, ...]
    without: str
    sort: str
    page: int
    last: int
    pages: tuple[tuple[int, str], ...]
    previous: str
    next: str
    there: str
    exactly: str


def asked(request: Request[Any, Any, Any]) -> Wish:
    """What the address asks for; what it says wrongly is as if it had not been said."""
    values: dict[str, list[str]] = {}
    for name, value in islice(request.query_params.multi_items(), MOST_WISHES):
        if name not in OURS:
            values.setdefault(name[:80], []).append(value[:80])
    sort, page = request.query_params.get("sort", ""), request.query_params.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
    return Wish(
        values,
        sort if sort in SORTS else "",
        min(max(number, 1), MOST_PAGES),
        request.query_params.get("there") == "1",
        request.query_params.get("q", "")[:LONGEST_QUESTION].strip(),
        request.query_params.get("exactly") == "1",
    )


async def look(
    call: Calling, at: Front, wish: Wish, *, category: str | None = None, query: str | None = None
) -> tuple[Narrowed, list[ShopProduct]]:
    """The page that is asked for, of a category or of what a question finds, as it is shown."""
    shop, beside = at.shop, None
    if wish.sort in BY_PRICE or wish.there:
        beside = await sides_of(call.database, shop.atlas, shop.channel, including=shop.including)
    order = getattr(beside, BY_PRICE[wish.sort]) if wish.sort in BY_PRICE else None
    wanted = Wanted(
        category=category,
        query=query,
        exactly=wish.exactly,
        wishes=wish.values,
        newest=wish.sort == NEWEST,
        sieve=beside.sieve if beside else await catalog.sieve_of(call.database),
        order=order,
        only=beside.there if beside and wish.there else None,
        page=wish.page,
        limit=PER_PAGE,
    )

    async def found(tx: Transaction) -> tuple[Narrowed, list[ShopProduct]]:
        narrowed = await catalog.narrow(tx, wanted, channel=shop.channel, language=shop.language)
        products = await shelves.dressed(tx, shop, narrowed.cards)
        if query is not None and order is None:
            products.sort(key=lambda one: one.availability is Availability.out)
        return narrowed, products

    return await call.read(found)


def view(path: str, wish: Wish, found: Narrowed) -> View:
    """The addresses around the page: other orders, other pages, each wish taken back."""
    taken = [(facet, value) for facet in found.facets for value in facet.values if value.chosen]
    kept: dict[str, list[str]] = {}
    for facet, value in taken:
        kept.setdefault(facet.code, []).append(value.code)
    known = replace(wish, values=kept)
    last = max(1, min(MOST_PAGES, -(-found.total // PER_PAGE)))
    near = {1, last, *range(wish.page - NEAR, wish.page + NEAR + 1)}

    def at(number: int) -> str:
        return path + known.query(page=number)

    def less(facet: str, value: str) -> dict[str, list[str]]:
        left = {code: [v for v in values if (code, v) != (facet, value)] for code, values in kept.items()}
        return {code: values for code, values in left.items() if values}

    return View(
        sorts=tuple(Sort(s, path + known.query(sort=s, page=1), s == wish.sort) for s in SORTS),
        taken=tuple(
            Taken(f.name, v.name, v.code, path + known.query(values=less(f.code, v.code), page=1))
            for f, v in taken
        ),
        without=path + known.query(values={}, there=False, page=1),
        sort=wish.sort,
        page=wish.page,
        last=last,
        pages=tuple((number, at(number)) for number in sorted(near) if 1 <= number <= last),
        previous=at(wish.page - 1) if 1 < wish.page <= last + 1 else "",
        next=at(wish.page + 1) if wish.page < last else "",
        there=path + known.query(there=not wish.there, page=1),
        exactly=path + known.query(exactly=True, page=1),
    )
