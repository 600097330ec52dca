"""What a category holds or a question finds, narrowed by wishes, in an order, with what else it could be narrowed by.

What can be wished for are choices and yes-or-no attributes, of products and of their variants. Wishes of one kind (two
colours) mean either, of different kinds both. A wish that the vocabulary does not know is left out, so that an old
address still shows the shelf.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.catalog import rules
from torg.catalog.answer import Instead, meant, tongue_of
from torg.catalog.browse import ProductCard, card, find_category, places, words_of
from torg.catalog.faces import names_of
from torg.catalog.lexemes import CONFIGURATIONS
from torg.catalog.model import Attribute, AttributeKind
from torg.catalog.rules import Vocabulary
from torg.catalog.sieve import Order, Sieve, taken
from torg.catalog.store import narrowed as store
from torg.catalog.store import sieving
from torg.catalog.store.shelf import CardRow
from torg.kernel import i18n
from torg.kernel.database import Transaction
from torg.markets import Channel

YES_NO: Final = ("true", "false")
MOST_SKIPPED: Final = 10_000
"""Nobody pages further than this; a page behind it is empty."""


class FacetValue(Struct, frozen=True, gc=False):
    """What can be wished for, and how many products there would be with it; `name` is empty for yes and no."""

    code: str
    name: str
    products: int
    chosen: bool


class Facet(Struct, frozen=True, gc=False):
    """An attribute by which the shelf can be narrowed."""

    code: str
    name: str
    values: tuple[FacetValue, ...]


class Wanted(Struct, frozen=True, kw_only=True):
    """What is looked at: a category (by id, address or code), what a question finds, or both; narrowed, and which page.

    `sieve` is asked for before there is a transaction, which would keep a connection while it is made. `exactly` takes
    the question as it was typed; without `faceted` no facets are counted. `only` are the bits of the sieve that may be
    shown, `order` another order of it.
    """

    sieve: Sieve
    category: str | None = None
    query: str | None = None
    exactly: bool = False
    faceted: bool = True
    wishes: Mapping[str, Sequence[str]] = {}
    newest: bool = False
    order: Order | None = None
    only: int | None = None
    page: int = 1
    limit: int = 24


class Narrowed(Struct, frozen=True):
    """A page of those products that meet the wishes, how many there are in all, what else can be wished for, and
    what was searched instead of the question.
    """

    cards: list[ProductCard]
    total: int
    facets: tuple[Facet, ...]
    instead: Instead = Instead()


async def narrow(tx: Transaction, wanted: Wanted, *, channel: Channel, language: str) -> Narrowed:
    """The page: highest rank or best answer first, or in the order that is wanted; for a category one statement."""
    words, sieve = await words_of(tx.database), wanted.sieve
    language = i18n.closest(language) or i18n.DEFAULT
    here = places(tx, channel) | {"language": language}
    known = {code: attribute for code, attribute in words.attributes.items() if _values(attribute)}
    wishes = {
        code: [value for value in dict.fromkeys(values) if value in _values(known[code])]
        for code, values in wanted.wishes.items()
        if code in known
    }
    wishes = {code: values for code, values in wishes.items() if values}
    shown = sieve.shown(str(here["channel"]), str(here["market"]), tx.now)
    if wanted.category is not None:
        shown &= sieve.categories.get(find_category(words, wanted.category).id, 0)
    tiers, instead = [shown], Instead()
    if wanted.query is not None:
        tiers, instead = await _answered(tx, sieve, wanted, shown, here)
    met = _Met(sieve, _together(tiers), wishes, wanted.only)
    order = wanted.order or (sieve.newest if wanted.newest else None)
    rows = await _page(tx, sieve, [tier & met.all for tier in tiers], order, wanted, here)
    names = names_of(words, language)
    return Narrowed(
        [card(row, names) for row in rows],
        met.all.bit_count(),
        tuple(_facets(words, known, language, met)) if wanted.faceted else (),
        instead,
    )


async def newest(tx: Transaction, *, channel: Channel, language: str, limit: int = 8) -> list[ProductCard]:
    """The products that the channel has shown the shortest, the newest first."""
    words = await words_of(tx.database)
    language = i18n.closest(language) or i18n.DEFAULT
    names = names_of(words, language)
    rows = await store.newest(tx, language=language, limit=limit, **places(tx, channel))
    return [card(row, names) for row in rows]


async def cards_of(
    tx: Transaction, products: Sequence[UUID], *, channel: Channel, language: str
) -> list[ProductCard]:
    """Those of the products that the channel shows now, in their order: one statement."""
    words = await words_of(tx.database)
    language = i18n.closest(language) or i18n.DEFAULT
    rows = await sieving.of_products(tx, products, language=language, **places(tx, channel))
    names = names_of(words, language)
    return [card(row, names) for row in rows]


class _Met:
    """What meets the wishes, and what would meet all of them but those of one kind."""

    def __init__(
        self, sieve: Sieve, base: int, wishes: Mapping[str, Sequence[str]], only: int | None
    ) -> None:
        self.sieve, self.wishes = sieve, wishes
        rows = {
            code: _together(sieve.said.get(code, {}).get(v, 0) for v in values)
            for code, values in wishes.items()
        }
        whole = base
        for row in rows.values():
            whole &= row
        if only is not None:
            base, whole = base & only, whole & only
        self.all = whole
        self._but: dict[str, int] = {}
        for code in rows:
            rest = base
            for other, row in rows.items():
                if other != code:
                    rest &= row
            self._but[code] = rest

    def counts(self, code: str) -> dict[str, int]:
        """How many there would be with each value of this kind."""
        base = self._but.get(code, self.all)
        return {value: (base & row).bit_count() for value, row in self.sieve.said.get(code, {}).items()}


def _together(rows: "Iterator[int] | Sequence[int]") -> int:
    whole = 0
    for row in rows:
        whole |= row
    return whole


async def _answered(
    tx: Transaction, sieve: Sieve, wanted: Wanted, shown: int, here: Mapping[str, object]
) -> tuple[list[int], Instead]:
    """What the question finds, the best first; if nothing, what was probably meant does."""
    query = wanted.query or ""
    tiers = await _matches(tx, sieve, query, shown, here)
    if any(tiers) or wanted.exactly:
        return tiers, Instead()
    asked = ("instead", here["language"], here["channel"], query)
    instead = sieve.answers.get(asked)
    if instead is None:
        instead = await meant(tx, await tongue_of(tx, str(here["language"])), query, here)
        sieve.remember(asked, instead)
    if instead.corrected is None:
        return tiers, instead
    return await _matches(tx, sieve, instead.corrected, shown, here), instead


async def _matches(
    tx: Transaction, sieve: Sieve, query: str, shown: int, here: Mapping[str, object]
) -> list[int]:
    language = str(here["language"])
    question = (await tongue_of(tx, language)).question(query)
    if question.empty:
        return [0]
    kept = sieve.answers.get((language, question))
    if kept is None:
        row = await sieving.matches(
            tx,
            configuration=CONFIGURATIONS[language],
            language=language,
            whole=question.whole,
            last=question.last,
            exact=question.exact,
            identifier=question.identifier,
        )
        kept = [sieve.found(keys) for keys in (row.identified, row.exact, row.named, row.anywhere)]
        sieve.remember((language, question), kept)
    tiers, before = [], 0
    for row_of in kept:
        tiers.append(row_of & shown & ~before)
        before |= row_of
    return tiers


async def _page(
    tx: Transaction,
    sieve: Sieve,
    tiers: Sequence[int],
    order: Order | None,
    wanted: Wanted,
    here: Mapping[str, object],
) -> list[CardRow]:
    skip = min((wanted.page - 1) * wanted.limit, MOST_SKIPPED)
    found: list[int] = []
    for tier in tiers if order is None else [_together(tiers)]:
        many = tier.bit_count()
        found += taken(tier, order, skip, wanted.limit - len(found)) if skip < many else []
        skip = max(0, skip - many)
        if len(found) == wanted.limit:
            break
    return await sieving.of_products(tx, sieve.ids(found), **here)


def _values(attribute: Attribute) -> tuple[str, ...]:
    if attribute.kind is AttributeKind.boolean:
        return YES_NO
    return tuple(choice.code for choice in attribute.choices)


def _facets(words: Vocabulary, known: Mapping[str, Attribute], language: str, met: _Met) -> Iterator[Facet]:
    """In the order of the vocabulary; one whose only value says nothing about the rest is left out."""
    called = names_of(words, language)
    for code, attribute in known.items():
        numbers = met.counts(code)
        names = called[code]
        chosen = met.wishes.get(code, ())
        values = tuple(
            FacetValue(value, names.get(value, ""), numbers.get(value, 0), value in chosen)
            for value in _values(attribute)
            if numbers.get(value) or value in chosen
        )
        if len(values) > 1 or any(value.chosen for value in values):
            yield Facet(code, rules.said(attribute.names, language), values)
