# ruff: noqa: S608  # the statements are composed of constants
"""What sales channels read: pages of products, single products, variants to sell; each in one statement.

A product is shown in a channel when it is active and the channel's assortment lists it now: what is said of the channel
counts, else what is said of its market. Pages run down an index (`assortment_live`, `shelves`) or sort what a question
found, and look at the assortment only as far down as the page reaches. The names come from `faces`, so that the
fallback of languages costs nothing here.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from torg.catalog.card_amounts import CardAmounts
from torg.catalog.model import Component, ContentUnit, Kind, Product, Value
from torg.catalog.store.products import AGGREGATE
from torg.kernel.database import Transaction
from torg.kernel.ids import Hex

TOP: Final = 2**31 - 1
LAST_ID: Final = UUID(int=2**128 - 1)

_NOW: Final = (
    """(a.from_at IS NULL OR a.from_at <= %(now)s) AND (a.until_at IS NULL OR a.until_at > %(now)s)"""
)

_SHOWN: Final = f"""
COALESCE(
    (SELECT a.live AND {_NOW} FROM assortment a
     WHERE a.product_id = p.product_id AND a.scope = %(channel)s),
    (SELECT a.live AND {_NOW} FROM assortment a
     WHERE a.product_id = p.product_id AND a.scope = %(market)s),
    false)
"""

# The whole page as one text of lists without names, in the order of `CardRow` and `VariantRow`: a row for each product
# would cost the reader twice as much. A picture is told where it is not the product's own.
_CARDS: Final = """
SELECT coalesce(json_agg(card.card ORDER BY card.score DESC, card.id DESC)::text, '[]') FROM (
    SELECT page.score, p.id, json_build_array(
        page.score, p.id, p.kind, p.tax_class, p.image, p.options, f.name, f.slug,
        (SELECT coalesce(json_agg(json_build_array(
             replace(v.id::text, '-', ''), v.sku, v.options, nullif(v.image, p.image), v.content,
             v.content_unit) ORDER BY v.position, v.id), '[]')
         FROM variants v WHERE v.product_id = p.id AND v.status = 'active')) AS card
    FROM page
    JOIN products p ON p.id = page.product_id
    JOIN faces f ON f.product_id = page.product_id AND f.language = %(language)s) AS card
"""

BROWSE: Final = f"""
WITH page AS (
    (SELECT a.rank AS score, a.product_id FROM assortment a
     WHERE a.scope = %(market)s AND a.live AND (a.rank, a.product_id) < (%(score)s, %(product)s) AND {_NOW}
       AND (SELECT true FROM assortment own
            WHERE own.product_id = a.product_id AND own.scope = %(channel)s) IS NULL
     ORDER BY a.rank DESC, a.product_id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT a.rank, a.product_id FROM assortment a
     WHERE a.scope = %(channel)s AND a.live AND (a.rank, a.product_id) < (%(score)s, %(product)s) AND {_NOW}
     ORDER BY a.rank DESC, a.product_id DESC LIMIT %(limit)s)
    ORDER BY score DESC, product_id DESC LIMIT %(limit)s
)
{_CARDS}
"""

BROWSE_CATEGORY: Final = f"""
WITH page AS (
    SELECT p.rank AS score, p.product_id FROM shelves p
    WHERE p.category_id = %(category)s AND (p.rank, p.product_id) < (%(score)s, %(product)s) AND {_SHOWN}
    ORDER BY p.rank DESC, p.product_id DESC LIMIT %(limit)s
)
{_CARDS}
"""

# A name that has the words as typed stands above one that has them in another form, and that above all else. What
# stands in a description has no place and would match any weight, so the names are filtered out.
SEARCH: Final = f"""
WITH asked AS MATERIALIZED (
    SELECT CASE WHEN %(whole)s = '' THEN ''::tsquery ELSE to_tsquery(%(configuration)s::regconfig, %(whole)s) END
        && (to_tsquery(%(configuration)s::regconfig, %(last)s) || to_tsquery('simple', %(last)s)) AS query,
        to_tsquery('simple', %(exact)s) AS exact
), identified AS (
    SELECT DISTINCT 10000000 AS score, v.product_id FROM variants v
    WHERE v.status = 'active' AND (v.sku = %(identifier)s OR v.gtin = %(identifier)s)
), found AS (
    SELECT CASE WHEN n.name @@ asked.exact THEN 3000000 WHEN n.name @@ asked.query THEN 2000000 ELSE 0 END
        + least(999999, ts_rank('{{0.02, 0.1, 0.4, 1.0}}', f.document, asked.query) * 1000000)::integer AS score,
        f.product_id
    FROM asked, faces f CROSS JOIN LATERAL (SELECT ts_filter(f.document, '{{a}}') AS name) AS n
    WHERE f.document @@ (asked.query && ('''=' || %(language)s || '''')::tsquery) AND numnode(asked.query) > 0
      AND f.product_id NOT IN (SELECT product_id FROM identified)
    UNION ALL
    SELECT score, product_id FROM identified
), ranked AS MATERIALIZED (
    SELECT found.score, found.product_id FROM found
    WHERE (found.score, found.product_id) < (%(score)s, %(product)s)
      AND (%(category)s::uuid IS NULL OR EXISTS (
          SELECT FROM shelves s WHERE s.product_id = found.product_id AND s.category_id = %(category)s))
    ORDER BY found.score DESC, found.product_id DESC
), page AS (
    SELECT p.score, p.product_id FROM ranked p WHERE {_SHOWN} LIMIT %(limit)s
)
{_CARDS}
"""

DETAIL: Final = f"""
SELECT {AGGREGATE}
FROM (SELECT q.*, q.id AS product_id FROM products q
      WHERE q.id = COALESCE(%(id)s, (SELECT s.product_id FROM product_slugs s WHERE s.slug = %(slug)s))) p
WHERE {_SHOWN}
"""

_SELLABLE: Final = f"""
SELECT v.id AS variant_id, p.product_id, v.sku, f.name, p.options AS order, v.options, p.tax_class, v.weight_g,
       COALESCE(v.image, p.image) AS image, p.kind, p.card_amounts, v.components,
       v.status = 'active' AND {_SHOWN} AS published,
       p.attributes, ARRAY(SELECT c.code FROM shelves s JOIN categories c ON c.id = s.category_id
                           WHERE s.product_id = p.product_id ORDER BY c.code) AS categories
FROM variants v
JOIN (SELECT q.*, q.id AS product_id FROM products q) p ON p.product_id = v.product_id
JOIN faces f ON f.product_id = v.product_id AND f.language = %(language)s
"""

# Asked through a SELECT, so that the estimate does not follow how many are asked for: one plan serves them all, where
# PostgreSQL would else plan anew at every call, which takes longer than the answer.
SELLABLES: Final = f"{_SELLABLE} WHERE v.id = ANY((SELECT %(ids)s::uuid[])::uuid[])"

SELLABLES_OF_PRODUCTS: Final = (
    f"{_SELLABLE} WHERE v.product_id = ANY((SELECT %(products)s::uuid[])::uuid[])"
    " ORDER BY v.product_id, v.position, v.id"
)

SELLABLES_BY_SKU: Final = f"{_SELLABLE} WHERE v.sku = ANY((SELECT %(skus)s::text[])::text[])"

INSIDE: Final = """
SELECT v.id AS variant_id, v.sku, f.name, p.options AS order, v.options
FROM variants v
JOIN products p ON p.id = v.product_id
JOIN faces f ON f.product_id = v.product_id AND f.language = %(language)s
WHERE v.id = ANY(%(ids)s)
"""

FACETS: Final = """
SELECT v.id AS variant_id, v.options, p.attributes,
       ARRAY(SELECT c.code FROM shelves s JOIN categories c ON c.id = s.category_id
             WHERE s.product_id = p.id ORDER BY c.code) AS categories
FROM products p JOIN variants v ON v.product_id = p.id AND v.status = 'active'
WHERE p.id = ANY((SELECT %(products)s::uuid[])::uuid[])
"""

KNOWN: Final = "SELECT id FROM variants WHERE id = ANY(%(ids)s)"
KNOWN_PRODUCTS: Final = "SELECT id FROM products WHERE id = ANY(%(ids)s)"

FACTS: Final = """
SELECT v.id AS variant_id, v.product_id, v.sku, p.tax_class, p.kind, v.weight_g
FROM variants v JOIN products p ON p.id = v.product_id
WHERE v.status = 'active' ORDER BY v.product_id, v.position, v.id
"""


class VariantFacts(Struct, frozen=True):
    """What prices and stock are made for."""

    variant_id: UUID
    product_id: UUID
    sku: str
    tax_class: str
    kind: Kind
    weight_g: int


class VariantRow(Struct, frozen=True, gc=False, array_like=True):
    """A variant as a page of products needs it; without an image it shows the product's."""

    hex: Hex
    sku: str
    options: dict[str, str]
    image: str | None
    content: int | None = None
    content_unit: ContentUnit | None = None


class CardRow(Struct, frozen=True, gc=False, array_like=True):
    """A product as a page of products needs it; `score` is its place."""

    score: int
    product_id: UUID
    kind: Kind
    tax_class: str
    image: str | None
    order: tuple[str, ...]
    name: str
    slug: str
    variants: tuple[VariantRow, ...]


class SellableRow(Struct, frozen=True):
    """A variant as a cart needs it."""

    variant_id: UUID
    product_id: UUID
    sku: str
    name: str
    order: tuple[str, ...]
    options: dict[str, str]
    tax_class: str
    weight_g: int
    image: str | None
    kind: Kind
    components: tuple[Component, ...]
    published: bool
    attributes: dict[str, Value]
    categories: tuple[str, ...]
    card_amounts: tuple[CardAmounts, ...]


class FacetRow(Struct, frozen=True):
    """What promotions may ask of a variant."""

    variant_id: UUID
    options: dict[str, str]
    attributes: dict[str, Value]
    categories: tuple[str, ...]


class InsideRow(Struct, frozen=True):
    """A variant by name."""

    variant_id: UUID
    sku: str
    name: str
    order: tuple[str, ...]
    options: dict[str, str]


_cards = msgspec.json.Decoder(list[CardRow])
_product = msgspec.json.Decoder(Product)


async def cards(tx: Transaction, sql: str, **asked: Any) -> list[CardRow]:
    """A page by one of the three statements above."""
    return _cards.decode(await tx.one(str, sql, **asked))


async def detail(tx: Transaction, **asked: Any) -> Product | None:
    """The product of an id or an address, if it is shown."""
    row = await tx.find(str, DETAIL, **asked)
    return None if row is None else _product.decode(row)


async def sellables(tx: Transaction, sql: str, **asked: Any) -> list[SellableRow]:
    """Variants by id or SKU, shown or not."""
    return await tx.all(SellableRow, sql, **asked)


async def inside(tx: Transaction, ids: Sequence[UUID], language: str) -> list[InsideRow]:
    """The variants by name."""
    return await tx.all(InsideRow, INSIDE, ids=list(ids), language=language)


async def known_variants(tx: Transaction, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these variants exist, archived ones included."""
    return set(await tx.all(UUID, KNOWN, ids=list(ids))) if ids else set()


async def facets(tx: Transaction, products: Sequence[UUID]) -> list[FacetRow]:
    """What promotions may ask of the variants of these products."""
    return await tx.all(FacetRow, FACETS, products=list(products))


async def known_products(tx: Transaction, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these products exist, archived ones included."""
    return set(await tx.all(UUID, KNOWN_PRODUCTS, ids=list(ids))) if ids else set()


async def all_variants(tx: Transaction) -> list[VariantFacts]:
    """Every variant that is not archived, product by product, in one statement."""
    return await tx.all(VariantFacts, FACTS)
