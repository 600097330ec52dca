"""Prices and their history in the database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.kernel.ids import Hex, array, new_id
from torg.pricing.context import PriceContext
from torg.pricing.model import Candidate, Converted, Key, PastPrice, Price
from torg.pricing.rules import EVER

# As one text of lists without names, in the order of `Candidate`: rows of seventeen columns would cost the reader
# several times as much. The variants are asked for through a SELECT, so that the estimate does not follow how many they
# are and the statement is planned once, not at every call. Cost prices are nobody's business.
CANDIDATES = """
SELECT coalesce(json_agg(json_build_array(
    p.variant_id, p.amount, p.valid_from, p.valid_to, p.price_list, l.currency, l.tax_included, l.market, l.channel,
    l.priority, l.valid_from, l.valid_to, p.from_quantity, l.kind, l.store, l.customer_group, l.company,
    p.converted))::text, '[]')
FROM prices p JOIN price_lists l ON l.code = p.price_list
WHERE p.variant_id = ANY((SELECT %(variants)s::uuid[])::uuid[])
  AND p.valid_from <= %(at)s AND (p.valid_to IS NULL OR p.valid_to > %(at)s)
  AND l.currency = %(currency)s AND l.kind <> 'cost'
  AND (l.market IS NULL OR l.market = %(market)s) AND (l.channel IS NULL OR l.channel = %(channel)s)
  AND (l.store IS NULL OR l.store = %(store)s)
  AND (l.customer_group IS NULL OR l.customer_group = ANY(%(groups)s::text[]))
  AND (l.company IS NULL OR l.company = %(company)s)
  AND (l.valid_from IS NULL OR l.valid_from <= %(at)s) AND (l.valid_to IS NULL OR l.valid_to > %(at)s)
"""
# The price of one piece of each variant in the first of the lists that has one, in the order in which they were asked
# for; where it ends by itself, also since when it holds and what would hold without prices that end. Each list is asked
# by itself for its newest, so that the others' prices of a variant are never read. One text, because
# a row for each would cost the reader several times as much.
AMOUNTS = """
SELECT json_agg(f.found ORDER BY w.number)::text
FROM unnest(%(variants)s::text::uuid[]) WITH ORDINALITY AS w (variant_id, number)
LEFT JOIN LATERAL (
    SELECT CASE WHEN p.valid_to IS NULL AND NOT l.ends THEN json_build_array(l.place, p.amount)
        ELSE json_build_array(l.place, p.amount, p.valid_from, (
            SELECT json_build_array(o.place, b.amount)
            FROM unnest(%(lists)s::text[] COLLATE "C", %(ends)s::boolean[]) WITH ORDINALITY AS o (code, ends, place)
            CROSS JOIN LATERAL (
                SELECT amount FROM prices
                WHERE variant_id = w.variant_id AND price_list = o.code AND from_quantity = 1
                  AND valid_to IS NULL AND valid_from <= %(at)s
                ORDER BY valid_from DESC LIMIT 1) AS b
            WHERE NOT o.ends ORDER BY o.place LIMIT 1)) END AS found
    FROM unnest(%(lists)s::text[] COLLATE "C", %(ends)s::boolean[]) WITH ORDINALITY AS l (code, ends, place)
    CROSS JOIN LATERAL (
        SELECT amount, valid_from, valid_to FROM prices
        WHERE variant_id = w.variant_id AND price_list = l.code AND from_quantity = 1
          AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
        ORDER BY valid_from DESC LIMIT 1) AS p
    ORDER BY l.place LIMIT 1) AS f ON true
"""
PRICES = """
SELECT variant_id, price_list, valid_from, valid_to, amount, from_quantity, version FROM prices
WHERE price_list = %(price_list)s
  AND (variant_id, valid_from, from_quantity) > (%(after)s, %(since)s, %(from_quantity)s)
  AND (%(variant_id)s::uuid IS NULL OR variant_id = %(variant_id)s)
ORDER BY variant_id, valid_from, from_quantity LIMIT %(limit)s
"""
# Rows are locked in one order, so two bulk changes wait for each other instead of deadlocking.
LOCK_PRICES = """
SELECT p.variant_id, p.price_list, p.valid_from, p.valid_to, p.amount, p.from_quantity, p.version
FROM prices p
JOIN unnest(%(variants)s::uuid[], %(since)s::timestamptz[], %(quantities)s::int[])
  AS wanted (variant_id, valid_from, from_quantity)
  ON p.variant_id = wanted.variant_id AND p.valid_from = wanted.valid_from AND p.from_quantity = wanted.from_quantity
WHERE p.price_list = %(price_list)s
ORDER BY p.variant_id, p.valid_from, p.from_quantity
FOR UPDATE OF p
"""
KEEP_PRICES = """
INSERT INTO prices (variant_id, price_list, valid_from, valid_to, amount, from_quantity, version)
SELECT variant_id, %(price_list)s, valid_from, valid_to, amount, from_quantity, 1
FROM unnest(%(variants)s::uuid[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(amounts)s::bigint[],
            %(quantities)s::int[])
     AS given (variant_id, valid_from, valid_to, amount, from_quantity)
ORDER BY variant_id, valid_from, from_quantity
ON CONFLICT (variant_id, price_list, valid_from, from_quantity) DO UPDATE
SET amount = excluded.amount, valid_to = excluded.valid_to, converted = NULL, version = prices.version + 1
RETURNING variant_id, price_list, valid_from, valid_to, amount, from_quantity, version
"""
ADD_CHANGES = """
INSERT INTO price_changes (variant_id, id, price_list, at, actor, valid_from, valid_to, amount, amount_before,
                           valid_to_before, from_quantity, cancelled)
SELECT variant_id, id, %(price_list)s, %(at)s, %(actor)s, valid_from, valid_to, amount, amount_before,
       valid_to_before, from_quantity, %(cancelled)s
FROM unnest(%(variants)s::uuid[], %(ids)s::uuid[], %(since)s::timestamptz[], %(until)s::timestamptz[],
            %(amounts)s::bigint[], %(before)s::bigint[], %(until_before)s::timestamptz[], %(quantities)s::int[])
     AS given (variant_id, id, valid_from, valid_to, amount, amount_before, valid_to_before, from_quantity)
"""
# Prices that are so already are left alone. The list is locked, so nobody else changes prices of it between the look
# and the writing.
LOAD_PRICES = """
WITH wanted AS MATERIALIZED (
    SELECT g.*, p.amount AS amount_before, p.valid_to AS valid_to_before
    FROM json_to_recordset(%(rows)s::json)
        AS g (variant_id uuid, change_id uuid, valid_from timestamptz, valid_to timestamptz, amount bigint,
              from_quantity int)
    LEFT JOIN prices p
      ON p.variant_id = g.variant_id AND p.price_list = %(price_list)s AND p.valid_from = g.valid_from
      AND p.from_quantity = g.from_quantity
    WHERE p.amount IS DISTINCT FROM g.amount OR p.valid_to IS DISTINCT FROM g.valid_to
), kept AS (
    INSERT INTO prices (variant_id, price_list, valid_from, valid_to, amount, from_quantity, converted, version)
    SELECT variant_id, %(price_list)s, valid_from, valid_to, amount, from_quantity, %(converted)s::jsonb, 1
    FROM wanted ORDER BY variant_id, valid_from, from_quantity
    ON CONFLICT (variant_id, price_list, valid_from, from_quantity) DO UPDATE
    SET amount = excluded.amount, valid_to = excluded.valid_to, converted = excluded.converted,
        version = prices.version + 1
), written AS (
    INSERT INTO price_changes (variant_id, id, price_list, at, actor, valid_from, valid_to, amount, amount_before,
                               valid_to_before, from_quantity)
    SELECT variant_id, change_id, %(price_list)s, %(at)s, %(actor)s, valid_from, valid_to, amount, amount_before,
           valid_to_before, from_quantity
    FROM wanted
)
SELECT variant_id FROM wanted
"""
HISTORY = """
SELECT c.variant_id, c.id, c.price_list, l.currency, c.at, c.actor, c.valid_from, c.valid_to, c.amount,
       c.amount_before, c.valid_to_before, c.from_quantity, c.cancelled
FROM price_changes c JOIN price_lists l ON l.code = c.price_list
WHERE c.variant_id = %(variant_id)s AND (%(before)s::uuid IS NULL OR c.id < %(before)s)
  AND (%(price_list)s::text IS NULL OR c.price_list = %(price_list)s)
  AND (%(costs)s OR l.kind <> 'cost')
ORDER BY c.id DESC LIMIT %(limit)s
"""
# What is known of prices of one piece that held at some time in the thirty days before the moments that are asked for.
PAST = """
SELECT coalesce(json_agg(json_build_array(
    c.variant_id, c.price_list, c.valid_from, c.valid_to, c.amount, c.at, c.amount_before IS NULL, c.cancelled)
    ORDER BY c.variant_id, c.id)::text, '[]')
FROM unnest(%(variants)s::uuid[], %(since)s::timestamptz[]) AS w (variant_id, since)
JOIN price_changes c ON c.variant_id = w.variant_id
WHERE c.price_list = ANY(%(lists)s::text[]) AND c.from_quantity = 1 AND c.valid_from < %(until)s
  AND (c.valid_to IS NULL OR c.valid_to > w.since - %(window)s::interval OR c.amount_before IS NOT NULL)
"""
BEFORE_ALL = UUID(int=0)
_candidates = msgspec.json.Decoder(list[Candidate])
_past = msgspec.json.Decoder(list[PastPrice])


class PriceChange(Struct, frozen=True):
    """One line of a price's history: what it became, what it was before, who did it and when."""

    variant_id: UUID
    id: UUID
    price_list: str
    currency: str
    at: datetime
    actor: str
    valid_from: datetime
    valid_to: datetime | None
    amount: int
    amount_before: int | None
    valid_to_before: datetime | None
    from_quantity: int = 1
    cancelled: bool = False


class ShelfRow(Struct, frozen=True, gc=False, array_like=True):
    """The price of one piece in the list of this number (from 1); what ends by itself tells since when it holds, and
    what would hold without prices that end.
    """

    place: int
    amount: int
    since: datetime | None = None
    regular: tuple[int, int] | None = None


_amounts = msgspec.json.Decoder(list[ShelfRow | None])


async def candidates(tx: Transaction, context: PriceContext, variants: Sequence[UUID]) -> list[Candidate]:
    """Every price of these variants that may hold in the context."""
    found = await tx.one(
        str,
        CANDIDATES,
        variants=list(variants),
        at=context.at,
        currency=context.currency,
        market=context.market,
        channel=context.channel,
        store=context.store,
        groups=list(context.groups),
        company=context.company,
    )
    return _candidates.decode(found)


async def amounts(
    tx: Transaction, lists: Sequence[str], ends: Sequence[bool], at: datetime, variants: Iterable[Hex]
) -> list[ShelfRow | None]:
    """For each variant the first list (by its number from 1) that has a price for one piece at that moment."""
    found = await tx.one(str, AMOUNTS, lists=list(lists), ends=list(ends), at=at, variants=array(variants))
    return _amounts.decode(found)


async def past(
    tx: Transaction,
    lists: Sequence[str],
    asked: Mapping[UUID, datetime],
    until: datetime,
    window: timedelta,
) -> list[PastPrice]:
    """What became of the prices of these variants that held at some time from the window before each one's moment on,
    until one moment.
    """
    found = await tx.one(
        str,
        PAST,
        lists=list(lists),
        variants=list(asked),
        since=list(asked.values()),
        until=until,
        window=window,
    )
    return _past.decode(found)


async def prices(
    tx: Transaction,
    code: str,
    *,
    variant_id: UUID | None,
    after: tuple[UUID, datetime, int] | None,
    limit: int,
) -> list[Price]:
    """The prices of a list, by variant and beginning."""
    last, since, from_quantity = after or (BEFORE_ALL, EVER, 0)
    return await tx.all(
        Price,
        PRICES,
        price_list=code,
        variant_id=variant_id,
        after=last,
        since=since,
        from_quantity=from_quantity,
        limit=limit,
    )


async def lock_prices(tx: Transaction, code: str, wanted: Sequence[Key]) -> dict[Key, Price]:
    """Those of the wanted prices that exist, held until the transaction ends."""
    rows = await tx.all(
        Price,
        LOCK_PRICES,
        price_list=code,
        variants=[variant for variant, _, _ in wanted],
        since=[since for _, since, _ in wanted],
        quantities=[from_quantity for _, _, from_quantity in wanted],
    )
    return {row.key: row for row in rows}


async def keep_prices(tx: Transaction, code: str, wanted: Sequence[Price]) -> list[Price]:
    """Write prices, new ones and changed ones, in one statement."""
    return await tx.all(
        Price,
        KEEP_PRICES,
        price_list=code,
        variants=[price.variant_id for price in wanted],
        since=[price.valid_from for price in wanted],
        until=[price.valid_to for price in wanted],
        amounts=[price.amount for price in wanted],
        quantities=[price.from_quantity for price in wanted],
    )


async def add_changes(
    tx: Transaction, code: str, changes: Sequence[PriceChange], *, cancelled: bool = False
) -> None:
    """Add to the history, in one statement."""
    await tx.execute(
        ADD_CHANGES,
        price_list=code,
        at=tx.now,
        actor=changes[0].actor,
        variants=[change.variant_id for change in changes],
        ids=[change.id for change in changes],
        since=[change.valid_from for change in changes],
        until=[change.valid_to for change in changes],
        amounts=[change.amount for change in changes],
        before=[change.amount_before for change in changes],
        until_before=[change.valid_to_before for change in changes],
        quantities=[change.from_quantity for change in changes],
        cancelled=cancelled,
    )


async def load_prices(
    tx: Transaction, code: str, actor: str, wanted: Sequence[Price], converted: Converted | None = None
) -> list[UUID]:
    """Write those prices that are new or different, and their history, in one statement; tells whose they are."""
    rows = [
        {
            "variant_id": price.variant_id,
            "change_id": new_id(),
            "valid_from": price.valid_from,
            "valid_to": price.valid_to,
            "amount": price.amount,
            "from_quantity": price.from_quantity,
        }
        for price in wanted
    ]
    return await tx.all(
        UUID,
        LOAD_PRICES,
        price_list=code,
        at=tx.now,
        actor=actor,
        rows=msgspec.json.encode(rows).decode(),
        converted=None if converted is None else Jsonb(converted),
    )


async def history(
    tx: Transaction, variant_id: UUID, *, code: str | None, before: UUID | None, limit: int, costs: bool
) -> list[PriceChange]:
    """What a variant's prices were and became, newest first; cost prices where they may be seen."""
    return await tx.all(
        PriceChange, HISTORY, variant_id=variant_id, price_list=code, before=before, limit=limit, costs=costs
    )
