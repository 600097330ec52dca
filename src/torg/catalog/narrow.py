"""A category's shelf, narrowed by what is said of its products, with what else it could be narrowed by.

What can be wished for are choices and yes-or-no attributes, of products and of their variants. A wish that the
vocabulary does not know is left out, so that an old address still shows the shelf.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from torg.catalog import rules
from torg.catalog.browse import ProductCard, card, find_category, places, words_of
from torg.catalog.faces import names_of
from torg.catalog.model import Attribute, AttributeKind
from torg.catalog.rules import Vocabulary
from torg.catalog.store import narrowed as store
from torg.kernel import i18n
from torg.kernel.database import Transaction
from torg.markets import Channel

YES_NO: Final = ("true", "false")


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


class Narrowed(Struct, frozen=True):
    """A page of those products that meet the wishes, how many there are in all, and what else can be wished for."""

    cards: list[ProductCard]
    total: int
    facets: tuple[Facet, ...]


async def narrow(
    tx: Transaction,
    *,
    channel: Channel,
    language: str,
    category: str,
    wishes: Mapping[str, Sequence[str]],
    newest: bool = False,
    page: int = 1,
    limit: int = 24,
) -> Narrowed:
    """A page of a category (by id, address or code): the highest rank first, or the newest."""
    words = await words_of(tx.database)
    language = i18n.closest(language) or i18n.DEFAULT
    known = {code: attribute for code, attribute in words.attributes.items() if _values(attribute)}
    fitting = {
        code: [value for value in dict.fromkeys(values) if value in _values(known[code])]
        for code, values in wishes.items()
        if code in known
    }
    fitting = {code: values for code, values in fitting.items() if values}
    found = await store.narrowed(
        tx,
        category=find_category(words, category).id,
        codes=sorted(known),
        wishes=fitting,
        newest=newest,
        skip=(page - 1) * limit,
        limit=limit,
        **places(tx, channel) | {"language": language},
    )
    names = names_of(words, language)
    facets = tuple(_facets(words, language, found.counts, fitting))
    return Narrowed([card(row, names) for row in found.cards], found.total, facets)


async def newest(tx: Transaction, *, channel: Channel, language: str, limit: int = 8) -> list[ProductCard]:
    """The products that the channel has shown the shortest, the newest first."""
    words = await words_of(tx.database)
    language = i18n.closest(language) or i18n.DEFAULT
    names = names_of(words, language)
    rows = await store.newest(tx, language=language, limit=limit, **places(tx, channel))
    return [card(row, names) for row in rows]


def _values(attribute: Attribute) -> tuple[str, ...]:
    if attribute.kind is AttributeKind.boolean:
        return YES_NO
    return tuple(choice.code for choice in attribute.choices)


def _facets(
    words: Vocabulary,
    language: str,
    counts: Sequence[store.CountRow],
    wishes: Mapping[str, Sequence[str]],
) -> Iterator[Facet]:
    """In the order of the vocabulary; one whose only value says nothing about the rest is left out."""
    numbers = {(row.code, row.value): row.products for row in counts}
    for code, attribute in words.attributes.items():
        names = {choice.code: rules.said(choice.names, language) for choice in attribute.choices}
        chosen = wishes.get(code, ())
        values = tuple(
            FacetValue(value, names.get(value, ""), numbers.get((code, value), 0), value in chosen)
            for value in _values(attribute)
            if (code, value) in numbers or value in chosen
        )
        if len(values) > 1 or any(value.chosen for value in values):
            yield Facet(code, rules.said(attribute.names, language), values)
