# ruff: noqa: S608  # the statements are composed of constants
"""What a shelf holds when it is narrowed by what is said of its products, and what else it could be narrowed by.

One statement: it takes the shelf once, sees which of the wishes each product meets, and from that both the page and how
many there would be with each further wish. Wishes of one kind (two colours) mean either, of different kinds both.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from torg.catalog.store.shelf import _CARDS, _NOW, _SHOWN, CardRow
from torg.kernel.database import Transaction

# Nobody pages further than this; a page behind it is empty.
MOST_SKIPPED: Final = 10_000

NARROWED: Final = f"""
WITH shelf AS MATERIALIZED (
    SELECT p.product_id, p.rank FROM shelves p WHERE p.category_id = %(category)s AND {_SHOWN}
), said AS MATERIALIZED (
    SELECT s.product_id, a.key AS code, a.value #>> '{{}}' AS value
    FROM shelf s JOIN products q ON q.id = s.product_id CROSS JOIN LATERAL jsonb_each(q.attributes) a
    WHERE a.key = ANY(%(codes)s)
    UNION
    SELECT s.product_id, o.key, o.value
    FROM shelf s JOIN variants v ON v.product_id = s.product_id AND v.status = 'active'
    CROSS JOIN LATERAL jsonb_each_text(v.options) o
    WHERE o.key = ANY(%(codes)s)
), wishes AS (
    SELECT code, value FROM unnest(%(wish_codes)s::text[], %(wish_values)s::text[]) AS w (code, value)
), met AS MATERIALIZED (
    SELECT s.product_id, s.rank, coalesce(m.codes, '{{}}') AS codes
    FROM shelf s LEFT JOIN (
        SELECT said.product_id, array_agg(DISTINCT said.code) AS codes FROM said JOIN wishes USING (code, value)
        GROUP BY said.product_id) m ON m.product_id = s.product_id
), page AS (
    SELECT CASE WHEN %(newest)s THEN 0 ELSE rank END AS score, product_id FROM met
    WHERE cardinality(codes) = %(wished)s
    ORDER BY score DESC, product_id DESC LIMIT %(limit)s OFFSET %(skip)s
)
SELECT json_build_array(
    (SELECT count(*) FROM met WHERE cardinality(codes) = %(wished)s),
    ({_CARDS})::json,
    (SELECT coalesce(json_agg(json_build_array(counted.code, counted.value, counted.products)), '[]') FROM (
        SELECT said.code, said.value, count(*) AS products FROM said JOIN met USING (product_id)
        WHERE cardinality(met.codes) + (said.code = ANY(%(wish_codes)s) AND said.code <> ALL(met.codes))::integer
              = %(wished)s
        GROUP BY said.code, said.value) AS counted)
)::text
"""

NEWEST: Final = f"""
WITH page AS (
    (SELECT 0 AS score, a.product_id FROM assortment a
     WHERE a.scope = %(market)s AND a.live AND {_NOW}
       AND (SELECT true FROM assortment own
            WHERE own.product_id = a.product_id AND own.scope = %(channel)s) IS NULL
     ORDER BY a.product_id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT 0, a.product_id FROM assortment a
     WHERE a.scope = %(channel)s AND a.live AND {_NOW}
     ORDER BY a.product_id DESC LIMIT %(limit)s)
    ORDER BY product_id DESC LIMIT %(limit)s
)
{_CARDS}
"""


class CountRow(Struct, frozen=True, gc=False, array_like=True):
    """So many products would be left with this wish."""

    code: str
    value: str
    products: int


class NarrowedRow(Struct, frozen=True, gc=False, array_like=True):
    """How many products meet the wishes, some of them, and what else could be wished for."""

    total: int
    cards: tuple[CardRow, ...]
    counts: tuple[CountRow, ...]


_narrowed = msgspec.json.Decoder(NarrowedRow)
_cards = msgspec.json.Decoder(list[CardRow])


async def narrowed(
    tx: Transaction,
    *,
    category: UUID,
    codes: Sequence[str],
    wishes: Mapping[str, Sequence[str]],
    newest: bool,
    skip: int,
    limit: int,
    **places: Any,
) -> NarrowedRow:
    """The page of a category's products that meet the wishes; `codes` are what may be wished for."""
    pairs = [(code, value) for code, values in wishes.items() for value in values]
    text = await tx.one(
        str,
        NARROWED,
        category=category,
        codes=list(codes),
        wish_codes=[code for code, _ in pairs],
        wish_values=[value for _, value in pairs],
        wished=len(wishes),
        newest=newest,
        skip=min(skip, MOST_SKIPPED),
        limit=limit,
        **places,
    )
    return _narrowed.decode(text)


async def newest(tx: Transaction, **asked: Any) -> list[CardRow]:
    """The products that came last."""
    return _cards.decode(await tx.one(str, NEWEST, **asked))
