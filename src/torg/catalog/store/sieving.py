# ruff: noqa: S608  # the statements are composed of constants
"""What the sieve is made of, whether it has changed, what a question finds, and the cards of what was found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from torg.catalog.store.shelf import _CARDS, _SHOWN, CardRow
from torg.kernel.database import Transaction

STAMP: Final = """
SELECT (SELECT max(changed_at) FROM products) AS last,
       (SELECT count(*) FROM products WHERE changed_at > %(now)s - interval '5 minutes')::integer AS lately
"""

# Ids in the order of the shelf, 16 bytes each. What else is told names products by them: a product that has come or
# gone between two of these statements is left out, and the next sieve has it. One statement for all would take too
# long where there are very many products.
KEYS: Final = """
SELECT coalesce(string_agg(uuid_send(id), ''::bytea ORDER BY rank DESC, id DESC), '') FROM products
WHERE status = 'active'
"""

ROWS: Final = (
    """
    SELECT 'category' AS kind, category_id::text AS name, '' AS value, string_agg(uuid_send(product_id), '') AS packed
    FROM shelves GROUP BY category_id
    """,
    """
    SELECT 'said' AS kind, a.key AS name, coalesce(a.value #>> '{}', '') AS value,
           string_agg(uuid_send(p.id), '') AS packed
    FROM products p CROSS JOIN LATERAL jsonb_each(p.attributes) a
    WHERE p.status = 'active' AND a.key = ANY(%(codes)s) GROUP BY a.key, a.value
    """,
    """
    SELECT 'option' AS kind, o.key AS name, o.value, string_agg(uuid_send(v.product_id), '') AS packed
    FROM variants v CROSS JOIN LATERAL jsonb_each_text(v.options) o
    WHERE v.status = 'active' AND o.key = ANY(%(codes)s) GROUP BY o.key, o.value
    """,
    """
    SELECT 'spoken' AS kind, scope AS name, '' AS value, string_agg(uuid_send(product_id), '') AS packed
    FROM assortment WHERE scope LIKE 'channel:%%' GROUP BY scope
    """,
    """
    SELECT 'live' AS kind, scope AS name, '' AS value, string_agg(uuid_send(product_id), '') AS packed
    FROM assortment WHERE live AND from_at IS NULL AND until_at IS NULL GROUP BY scope
    """,
)

TIMED: Final = """
SELECT scope, product_id, from_at, until_at FROM assortment
WHERE live AND (from_at IS NOT NULL OR until_at IS NOT NULL)
"""

# The words of names stand in a document once more behind ^, so that the index alone tells them from all others.
MATCHES: Final = """
WITH asked AS MATERIALIZED (
    SELECT CASE WHEN %(whole)s = '' THEN ''::tsquery ELSE to_tsquery(%(configuration)s::regconfig, %(whole)s) END
        && (to_tsquery(%(configuration)s::regconfig, %(last)s) || to_tsquery('simple', %(last)s)) AS query,
        to_tsquery('simple', %(exact)s) AS exact, ('''=' || %(language)s || '''')::tsquery AS spoken
), named AS MATERIALIZED (
    SELECT query && spoken AS query,
           regexp_replace(query::text, '''([^'']+)''', '''^\\1''', 'g')::tsquery && spoken AS name,
           regexp_replace(exact::text, '''([^'']+)''', '''^\\1''', 'g')::tsquery && spoken AS exact,
           numnode(query) > 0 AS asked
    FROM asked
)
SELECT
    coalesce((SELECT string_agg(uuid_send(v.product_id), ''::bytea) FROM variants v
     WHERE v.status = 'active' AND (v.sku = %(identifier)s OR v.gtin = %(identifier)s)), '') AS identified,
    coalesce((SELECT string_agg(uuid_send(f.product_id), ''::bytea) FROM faces f
     WHERE n.asked AND f.document @@ n.exact), '') AS exact,
    coalesce((SELECT string_agg(uuid_send(f.product_id), ''::bytea) FROM faces f
     WHERE n.asked AND f.document @@ n.name), '') AS named,
    coalesce((SELECT string_agg(uuid_send(f.product_id), ''::bytea) FROM faces f
     WHERE n.asked AND f.document @@ n.query), '') AS anywhere
FROM named n
"""

OF_PRODUCTS: Final = f"""
WITH page AS (
    SELECT -p.place::integer AS score, p.product_id
    FROM unnest(%(products)s::uuid[]) WITH ORDINALITY AS p (product_id, place) WHERE {_SHOWN}
)
{_CARDS}
"""

TO_SELL: Final = """
SELECT replace(v.id::text, '-', '') AS hex, p.tax_class, p.kind = 'physical' AS physical, w.place::integer - 1 AS place
FROM unnest(%(products)s::uuid[]) WITH ORDINALITY AS w (product_id, place)
JOIN products p ON p.id = w.product_id JOIN variants v ON v.product_id = p.id AND v.status = 'active'
ORDER BY w.place
"""


class StampRow(Struct, frozen=True):
    """When products changed last, and how many have of late."""

    last: datetime | None
    lately: int


class SieveRow(Struct, frozen=True):
    """A row of the sieve: what it is of, and the ids of the products, packed."""

    kind: str
    name: str
    value: str
    packed: bytes


class TimedRow(Struct, frozen=True):
    """A product that a scope offers from and until a time."""

    scope: str
    product_id: UUID
    from_at: datetime | None
    until_at: datetime | None


class Loaded(Struct, frozen=True):
    """Everything the sieve is made of."""

    keys: bytes
    rows: list[SieveRow]
    timed: list[TimedRow]


class MatchRow(Struct, frozen=True):
    """The ids of products that a question finds: by number, by name as typed, by name, by anything; packed."""

    identified: bytes
    exact: bytes
    named: bytes
    anywhere: bytes


class ToSell(Struct, frozen=True):
    """A variant of the product that was asked for in this place."""

    hex: str
    tax_class: str
    physical: bool
    place: int


_cards = msgspec.json.Decoder(list[CardRow])


async def stamp(tx: Transaction) -> StampRow:
    """What is another when products have changed."""
    return await tx.one(StampRow, STAMP, now=tx.now)


async def load(tx: Transaction, codes: Sequence[str]) -> Loaded:
    """Everything the sieve is made of; `codes` are what may be wished for."""
    keys = await tx.one(bytes, KEYS)
    rows = [row for part in ROWS for row in await tx.all(SieveRow, part, codes=list(codes))]
    return Loaded(keys, rows, await tx.all(TimedRow, TIMED))


async def matches(tx: Transaction, **asked: Any) -> MatchRow:
    """What a question finds."""
    return await tx.one(MatchRow, MATCHES, **asked)


async def of_products(tx: Transaction, products: Sequence[UUID], **places: Any) -> list[CardRow]:
    """The cards of these products in their order, without those that are not shown now."""
    return _cards.decode(await tx.one(str, OF_PRODUCTS, products=list(products), **places))


async def to_sell(tx: Transaction, products: Sequence[UUID]) -> list[ToSell]:
    """The variants of these products, in the order of the products."""
    return await tx.all(ToSell, TO_SELL, products=list(products))
