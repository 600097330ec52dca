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

# In one statement, so that all rows are of one moment. Places go as four bytes each.
LOAD: Final = """
WITH numbered AS MATERIALIZED (
    SELECT id, attributes, (row_number() OVER (ORDER BY rank DESC, id DESC) - 1)::integer AS place
    FROM products WHERE status = 'active'
)
SELECT 'keys' AS kind, '' AS name, '' AS value, string_agg(uuid_send(id), ''::bytea ORDER BY place) AS packed,
       NULL::timestamptz AS from_at, NULL::timestamptz AS until_at
FROM numbered
UNION ALL
SELECT 'newest', '', '', string_agg(int4send(place), ''::bytea ORDER BY id DESC), NULL, NULL FROM numbered
UNION ALL
SELECT 'category', s.category_id::text, '', string_agg(int4send(n.place), ''::bytea), NULL, NULL
FROM shelves s JOIN numbered n ON n.id = s.product_id GROUP BY s.category_id
UNION ALL
SELECT 'said', a.key, a.value #>> '{}', string_agg(int4send(n.place), ''::bytea), NULL, NULL
FROM numbered n CROSS JOIN LATERAL jsonb_each(n.attributes) a WHERE a.key = ANY(%(codes)s) GROUP BY a.key, a.value
UNION ALL
SELECT 'option', o.key, o.value, string_agg(int4send(n.place), ''::bytea), NULL, NULL
FROM numbered n JOIN variants v ON v.product_id = n.id AND v.status = 'active'
CROSS JOIN LATERAL jsonb_each_text(v.options) o WHERE o.key = ANY(%(codes)s) GROUP BY o.key, o.value
UNION ALL
SELECT 'spoken', a.scope, '', string_agg(int4send(n.place), ''::bytea), NULL, NULL
FROM assortment a JOIN numbered n ON n.id = a.product_id WHERE a.scope LIKE 'channel:%%' GROUP BY a.scope
UNION ALL
SELECT 'live', a.scope, '', string_agg(int4send(n.place), ''::bytea), NULL, NULL
FROM assortment a JOIN numbered n ON n.id = a.product_id
WHERE a.live AND a.from_at IS NULL AND a.until_at IS NULL GROUP BY a.scope
UNION ALL
SELECT 'timed', a.scope, '', int4send(n.place), a.from_at, a.until_at
FROM assortment a JOIN numbered n ON n.id = a.product_id
WHERE a.live AND (a.from_at IS NOT NULL OR a.until_at IS NOT NULL)
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
    """A row of the sieve: what it is of, and the places of the products, packed."""

    kind: str
    name: str
    value: str | None
    packed: bytes | None
    from_at: datetime | None
    until_at: datetime | None


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


async def load(tx: Transaction, codes: Sequence[str]) -> list[SieveRow]:
    """Everything the sieve is made of; `codes` are what may be wished for."""
    return await tx.all(SieveRow, LOAD, codes=list(codes))


async def matches(tx: Transaction, **asked: Any) -> MatchRow:
    """What a question finds."""
    return await tx.one(MatchRow, MATCHES, **asked)


async def of_products(tx: Transaction, products: Sequence[UUID], **places: Any) -> list[CardRow]:
    """The cards of these products in their order, without those that are not shown now."""
    return _cards.decode(await tx.one(str, OF_PRODUCTS, products=list(products), **places))


async def to_sell(tx: Transaction, products: Sequence[UUID]) -> list[ToSell]:
    """The variants of these products, in the order of the products."""
    return await tx.all(ToSell, TO_SELL, products=list(products))
