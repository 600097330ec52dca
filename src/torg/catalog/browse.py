"""What a sales channel sees of the catalogue: lists, searches, single products, variants to sell.

The language is the reader's; a product that is not translated shows in the next best (`rules.chain`). Nothing that is
not published in the channel at the transaction's time comes out here.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.catalog.answer import answer
from torg.catalog.describe import (
    Inside,
    ProductDetail,
    Sellable,
    category_node,
    described,
    facets,
)
from torg.catalog.faces import Names, called, join_options, names_of, options_text
from torg.catalog.keep import vocabulary
from torg.catalog.model import Category, CategoryNotFound, Component, ContentUnit, Kind, ProductNotFound
from torg.catalog.rules import CategoryNode, Vocabulary
from torg.catalog.store import shelf
from torg.kernel import cursors, i18n, ids
from torg.kernel.database import Database, Transaction
from torg.kernel.http import Page
from torg.kernel.ids import Hex, UnknownId
from torg.markets import Channel

WORDS: Final = "catalog.vocabulary"
ADDRESS: Final = re.compile(r"[a-z0-9-]{1,120}", re.ASCII)


class CardVariant(Struct, frozen=True, gc=False):
    """A variant that a product in a list can be had in; `options` as people read them."""

    hex: Hex
    sku: str
    options: str
    image: str | None
    content: int | None = None
    content_unit: ContentUnit | None = None


class ProductCard(Struct, frozen=True, gc=False):
    """A product in a list, with the variants that it can be had in."""

    product_id: UUID
    slug: str
    name: str
    image: str | None
    kind: Kind
    tax_class: str
    variants: tuple[CardVariant, ...]


class Shown(Page[ProductCard], frozen=True):
    """A page of products; `corrected` was searched instead of the question, without the words `left_out`."""

    corrected: str | None = None
    left_out: tuple[str, ...] = ()


async def words_of(database: Database) -> Vocabulary:
    """Attributes and categories as of at most a second ago; no statement when they are warm."""
    return await database.cached(WORDS, vocabulary, tables=("attributes", "categories"))


async def search(
    tx: Transaction,
    *,
    channel: Channel,
    language: str,
    query: str | None = None,
    category: str | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Shown:
    """A page of the products that the channel shows, of one category (by id, address or code), or found by a question.

    Without a question the highest rank comes first, then the newest; with one, the best answer: a name weighs more
    than a description, an exact SKU or GTIN more than either.
    """
    words = await words_of(tx.database)
    language = i18n.closest(language) or i18n.DEFAULT
    under = find_category(words, category).id if category is not None else None
    names, here = names_of(words, language), places(tx, channel) | {"category": under, "language": language}
    if query is not None and query.strip():
        found = await answer(tx, query, language=language, places=here, cursor=cursor, limit=limit + 1)
        instead = (found.instead.corrected, found.instead.left_out)
        best = Page.cut(found.rows, limit, lambda row: (row.score, row.product_id, *instead))
        return Shown([card(row, names) for row in best.items], best.next, *instead)
    score, last = cursors.decode(cursor, tuple[int, UUID]) or (shelf.TOP, shelf.LAST_ID)
    rows = await shelf.cards(
        tx,
        shelf.BROWSE_CATEGORY if under else shelf.BROWSE,
        score=max(-shelf.TOP, min(shelf.TOP, score)),
        product=last,
        limit=limit + 1,
        **here,
    )
    page = Page.cut(rows, limit, lambda row: (row.score, row.product_id))
    return Shown([card(row, names) for row in page.items], page.next)


async def product(tx: Transaction, *, channel: Channel, language: str, slug_or_id: str) -> ProductDetail:
    """A product that the channel shows, by its id or any address it has or had in any language."""
    words = await words_of(tx.database)
    language = i18n.closest(language) or i18n.DEFAULT
    try:
        id, slug = ids.parse("prd", slug_or_id), None
    except UnknownId:
        id, slug = None, slug_or_id
        if not ADDRESS.fullmatch(slug):
            raise ProductNotFound(product=slug_or_id[:120]) from None
    found = await shelf.detail(tx, id=id, slug=slug, **places(tx, channel))
    if found is None:
        raise ProductNotFound(product=slug_or_id[:120])
    bundles = {variant.id: variant.components for variant in found.active_variants()}
    return described(found, language, words, await _inside(tx, bundles, language, words))


async def sellables(
    tx: Transaction,
    *,
    channel: Channel,
    language: str,
    variant_ids: Sequence[UUID] = (),
    skus: Sequence[str] = (),
    product_ids: Sequence[UUID] = (),
    unpublished: bool = False,
) -> list[Sellable]:
    """The variants with these ids or SKUs, or of these products, that the channel may sell now.

    They come in no order, but the variants of a product in theirs.

    `unpublished=True` gives the others too, marked `published: false`, to name what has gone from a cart.
    """
    words = await words_of(tx.database)
    language = i18n.closest(language) or i18n.DEFAULT
    here = {**places(tx, channel), "language": language}
    rows = await shelf.sellables(tx, shelf.SELLABLES, ids=list(variant_ids), **here) if variant_ids else []
    rows += await shelf.sellables(tx, shelf.SELLABLES_BY_SKU, skus=list(skus), **here) if skus else []
    if product_ids:
        rows += await shelf.sellables(tx, shelf.SELLABLES_OF_PRODUCTS, products=list(product_ids), **here)
    inside = await _inside(tx, {row.variant_id: row.components for row in rows}, language, words)
    return [
        Sellable(
            variant_id=row.variant_id,
            product_id=row.product_id,
            sku=row.sku,
            name=row.name,
            options=options_text(row.options, row.order, words, language),
            tax_class=row.tax_class,
            weight_g=row.weight_g,
            image=row.image,
            kind=row.kind,
            published=row.published,
            components=inside.get(row.variant_id, ()),
            categories=row.categories,
            facets=facets(row.attributes, row.options),
            card_amounts=row.card_amounts,
        )
        for row in rows
        if row.published or unpublished
    ]


async def facets_of(
    tx: Transaction, product_ids: Sequence[UUID]
) -> dict[str, tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]]:
    """In which categories each variant of these products is (those above included), and what attributes and options
    say of it; by the variant's id as lists name it.
    """
    return {
        row.variant_id.hex: (row.categories, facets(row.attributes, row.options))
        for row in await shelf.facets(tx, product_ids)
    }


async def _inside(
    tx: Transaction, bundles: Mapping[UUID, Sequence[Component]], language: str, words: Vocabulary
) -> dict[UUID, tuple[Inside, ...]]:
    """What the bundles among them are made of, by name; no statement where there is none."""
    wanted = {one.variant_id for components in bundles.values() for one in components}
    if not wanted:
        return {}
    known = {row.variant_id: row for row in await shelf.inside(tx, sorted(wanted), language)}

    def named(one: Component) -> Inside:
        row = known[one.variant_id]
        options = options_text(row.options, row.order, words, language)
        return Inside(
            row.variant_id, row.sku, f"{row.name}, {options}" if options else row.name, one.quantity
        )

    return {id: tuple(named(one) for one in components) for id, components in bundles.items() if components}


def find_category(words: Vocabulary, name: str) -> Category:
    """The category of an id, a code or a present address in any language."""
    if name in words.categories:
        return words.categories[name]
    for category in words.categories.values():
        if ids.public("cat", category.id) == name or any(
            text.slug == name for text in category.texts.values()
        ):
            return category
    raise CategoryNotFound(category=name[:120])


def shown_categories(words: Vocabulary, language: str) -> list[CategoryNode]:
    """The whole tree in the reader's language, those above before those below."""
    known = words.nodes.get(language)
    if known is None:
        known = words.nodes[language] = [category_node(category, language) for category in words.tree()]
    return known


def places(tx: Transaction, channel: Channel) -> dict[str, object]:
    """From where the shelf is looked at, as its statements ask."""
    return {"channel": f"channel:{channel.code}", "market": f"market:{channel.market}", "now": tx.now}


def card(row: shelf.CardRow, names: Names) -> ProductCard:
    """A product in a list, its options in the reader's words."""
    options, image = called(row.order, names), row.image
    variants = [
        CardVariant(
            v.hex, v.sku, join_options(v.options, options), v.image or image, v.content, v.content_unit
        )
        for v in row.variants
    ]
    return ProductCard(row.product_id, row.slug, row.name, image, row.kind, row.tax_class, tuple(variants))
