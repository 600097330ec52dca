"""The tables of price lists, prices, their history and delivery rates."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.kernel.ids import Hex, array, new_id
from torg.markets import CodeTaken
from torg.pricing.context import PriceContext
from torg.pricing.model import (
    Candidate,
    DeliveryRate,
    Price,
    PriceList,
    UnknownDeliveryRate,
    UnknownPriceList,
)
from torg.pricing.rules import EVER

# As one text: rows of twelve columns would cost the reader several times as much. The variants are asked for through a
# SELECT, so that the estimate does not follow how many they are and the statement is planned once, not at every call.
CANDIDATES = """
SELECT coalesce(json_agg(json_build_object(
    'variant_id', p.variant_id, 'amount', p.amount, 'valid_from', p.valid_from, 'valid_to', p.valid_to,
    'price_list', p.price_list, 'currency', l.currency, 'tax_included', l.tax_included, 'market', l.market,
    'channel', l.channel, 'priority', l.priority, 'list_from', l.valid_from, 'list_to', l.valid_to))::text, '[]')
FROM prices p JOIN price_lists l ON l.code = p.price_list
WHERE p.variant_id = ANY((SELECT %(variants)s::uuid[])::uuid[])
  AND p.valid_from <= %(at)s AND (p.valid_to IS NULL OR p.valid_to > %(at)s)
  AND l.currency = %(currency)s
  AND (l.market IS NULL OR l.market = %(market)s) AND (l.channel IS NULL OR l.channel = %(channel)s)
  AND (l.valid_from IS NULL OR l.valid_from <= %(at)s) AND (l.valid_to IS NULL OR l.valid_to > %(at)s)
"""
# The price of each variant in the first of the lists that has one, in the order in which they were asked for; one text,
# because a row for each would cost the reader several times as much.
AMOUNTS = """
SELECT json_agg(f.found ORDER BY w.number)::text
FROM unnest(%(variants)s::text::uuid[]) WITH ORDINALITY AS w (variant_id, number)
LEFT JOIN LATERAL (
    SELECT json_build_array(l.place, p.amount) AS found
    FROM unnest(%(lists)s::text[] COLLATE "C") WITH ORDINALITY AS l (code, place)
    JOIN prices p ON p.variant_id = w.variant_id AND p.price_list = l.code
    WHERE p.valid_from <= %(at)s AND (p.valid_to IS NULL OR p.valid_to > %(at)s)
    ORDER BY l.place, p.valid_from DESC LIMIT 1) AS f ON true
"""
LISTS = """
SELECT code, name, currency, tax_included, market, channel, priority, valid_from, valid_to, version
FROM price_lists ORDER BY code
"""
LIST = """
SELECT code, name, currency, tax_included, market, channel, priority, valid_from, valid_to, version
FROM price_lists WHERE code = %(code)s
"""
LOCK_LIST = """
SELECT code, name, currency, tax_included, market, channel, priority, valid_from, valid_to, version
FROM price_lists WHERE code = %(code)s FOR NO KEY UPDATE
"""
ADD_LIST = """
INSERT INTO price_lists
    (code, name, currency, tax_included, market, channel, priority, valid_from, valid_to, version)
VALUES (%(code)s, %(name)s, %(currency)s, %(tax_included)s, %(market)s, %(channel)s, %(priority)s,
        %(valid_from)s, %(valid_to)s, %(version)s)
ON CONFLICT (code) DO NOTHING
"""
SAVE_LIST = """
UPDATE price_lists
SET name = %(name)s, priority = %(priority)s, valid_from = %(valid_from)s, valid_to = %(valid_to)s,
    version = version + 1
WHERE code = %(code)s AND version = %(version)s
"""
PRICES = """
SELECT variant_id, price_list, valid_from, valid_to, amount, version FROM prices
WHERE price_list = %(price_list)s AND (variant_id, valid_from) > (%(after)s, %(since)s)
  AND (%(variant_id)s::uuid IS NULL OR variant_id = %(variant_id)s)
ORDER BY variant_id, valid_from LIMIT %(limit)s
"""
# Rows are locked in one order, so two bulk changes wait for each other instead of deadlocking.
LOCK_PRICES = """
SELECT p.variant_id, p.price_list, p.valid_from, p.valid_to, p.amount, p.version
FROM prices p
JOIN unnest(%(variants)s::uuid[], %(since)s::timestamptz[]) AS wanted (variant_id, valid_from)
  ON p.variant_id = wanted.variant_id AND p.valid_from = wanted.valid_from
WHERE p.price_list = %(price_list)s
ORDER BY p.variant_id, p.valid_from
FOR UPDATE OF p
"""
KEEP_PRICES = """
INSERT INTO prices (variant_id, price_list, valid_from, valid_to, amount, version)
SELECT variant_id, %(price_list)s, valid_from, valid_to, amount, 1
FROM unnest(%(variants)s::uuid[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(amounts)s::bigint[])
     AS given (variant_id, valid_from, valid_to, amount)
ORDER BY variant_id, valid_from
ON CONFLICT (variant_id, price_list, valid_from) DO UPDATE
SET amount = excluded.amount, valid_to = excluded.valid_to, version = prices.version + 1
RETURNING variant_id, price_list, valid_from, valid_to, amount, version
"""
ADD_CHANGES = """
INSERT INTO price_changes (variant_id, id, price_list, at, actor, valid_from, valid_to, amount, amount_before,
                           valid_to_before)
SELECT variant_id, id, %(price_list)s, %(at)s, %(actor)s, valid_from, valid_to, amount, amount_before,
       valid_to_before
FROM unnest(%(variants)s::uuid[], %(ids)s::uuid[], %(since)s::timestamptz[], %(until)s::timestamptz[],
            %(amounts)s::bigint[], %(before)s::bigint[], %(until_before)s::timestamptz[])
     AS given (variant_id, id, valid_from, valid_to, amount, amount_before, valid_to_before)
"""
# Prices that are so already are left alone. The list is locked, so nobody else changes prices of it between the look
# and the writing.
LOAD_PRICES = """
WITH wanted AS MATERIALIZED (
    SELECT g.*, p.amount AS amount_before, p.valid_to AS valid_to_before
    FROM json_to_recordset(%(rows)s::json)
        AS g (variant_id uuid, change_id uuid, valid_from timestamptz, valid_to timestamptz, amount bigint)
    LEFT JOIN prices p
      ON p.variant_id = g.variant_id AND p.price_list = %(price_list)s AND p.valid_from = g.valid_from
    WHERE p.amount IS DISTINCT FROM g.amount OR p.valid_to IS DISTINCT FROM g.valid_to
), kept AS (
    INSERT INTO prices (variant_id, price_list, valid_from, valid_to, amount, version)
    SELECT variant_id, %(price_list)s, valid_from, valid_to, amount, 1 FROM wanted ORDER BY variant_id, valid_from
    ON CONFLICT (variant_id, price_list, valid_from) DO UPDATE
    SET amount = excluded.amount, valid_to = excluded.valid_to, version = prices.version + 1
), written AS (
    INSERT INTO price_changes (variant_id, id, price_list, at, actor, valid_from, valid_to, amount, amount_before,
                               valid_to_before)
    SELECT variant_id, change_id, %(price_list)s, %(at)s, %(actor)s, valid_from, valid_to, amount, amount_before,
           valid_to_before
    FROM wanted
)
SELECT variant_id FROM wanted
"""
HISTORY = """
SELECT c.variant_id, c.id, c.price_list, l.currency, c.at, c.actor, c.valid_from, c.valid_to, c.amount,
       c.amount_before, c.valid_to_before
FROM price_changes c JOIN price_lists l ON l.code = c.price_list
WHERE c.variant_id = %(variant_id)s AND (%(before)s::uuid IS NULL OR c.id < %(before)s)
  AND (%(price_list)s::text IS NULL OR c.price_list = %(price_list)s)
ORDER BY c.id DESC LIMIT %(limit)s
"""
DELIVERY_RATES = """
SELECT code, name, method, market, countries, postal_prefixes, steps, free_from, tax_included, valid_from,
       valid_to, version
FROM delivery_rates ORDER BY code
"""
LOCK_DELIVERY_RATE = """
SELECT code, name, method, market, countries, postal_prefixes, steps, free_from, tax_included, valid_from,
       valid_to, version
FROM delivery_rates WHERE code = %(code)s FOR UPDATE
"""
ADD_DELIVERY_RATE = """
INSERT INTO delivery_rates (code, name, method, market, countries, postal_prefixes, steps, free_from,
                            tax_included, valid_from, valid_to, version)
VALUES (%(code)s, %(name)s, %(method)s, %(market)s, %(countries)s, %(postal_prefixes)s, %(steps)s,
        %(free_from)s, %(tax_included)s, %(valid_from)s, %(valid_to)s, %(version)s)
ON CONFLICT (code) DO NOTHING
"""
SAVE_DELIVERY_RATE = """
UPDATE delivery_rates
SET name = %(name)s, countries = %(countries)s, postal_prefixes = %(postal_prefixes)s, steps = %(steps)s,
    free_from = %(free_from)s, tax_included = %(tax_included)s, valid_from = %(valid_from)s,
    valid_to = %(valid_to)s, version = version + 1
WHERE code = %(code)s AND version = %(version)s
"""
BEFORE_ALL = UUID(int=0)
_candidates = msgspec.json.Decoder(list[Candidate])
_amounts = msgspec.json.Decoder(list[tuple[int, int] | None])


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
    )
    return _candidates.decode(found)


async def amounts(
    tx: Transaction, lists: Sequence[str], at: datetime, variants: Iterable[Hex]
) -> list[tuple[int, int] | None]:
    """For each variant the first list (by its number from 1) that has a price at that moment, and the amount."""
    found = await tx.one(str, AMOUNTS, lists=list(lists), at=at, variants=array(variants))
    return _amounts.decode(found)


async def price_lists(tx: Transaction) -> list[PriceList]:
    """Every price list."""
    return await tx.all(PriceList, LISTS)


async def price_list(tx: Transaction, code: str, *, lock: bool = False) -> PriceList:
    """The price list with this code, held against other changes if wished."""
    found = await tx.find(PriceList, LOCK_LIST if lock else LIST, code=code)
    if found is None:
        raise UnknownPriceList(price_list=code[:80])
    return found


async def add_price_list(tx: Transaction, prices: PriceList) -> None:
    """Keep a new price list; refuses a code that is in use."""
    if await tx.execute(ADD_LIST, **_fields(prices)) != 1:
        raise CodeTaken(taken=prices.code)


async def save_price_list(tx: Transaction, prices: PriceList) -> None:
    """Keep a locked price list's changes under the next version."""
    if await tx.execute(SAVE_LIST, **_fields(prices)) != 1:
        raise LookupError(f"price list {prices.code} was not locked")


async def prices(
    tx: Transaction,
    code: str,
    *,
    variant_id: UUID | None,
    after: tuple[UUID, datetime] | None,
    limit: int,
) -> list[Price]:
    """The prices of a list, by variant and beginning."""
    last, since = after or (BEFORE_ALL, EVER)
    return await tx.all(
        Price, PRICES, price_list=code, variant_id=variant_id, after=last, since=since, limit=limit
    )


async def lock_prices(
    tx: Transaction, code: str, wanted: Sequence[tuple[UUID, datetime]]
) -> dict[tuple[UUID, datetime], Price]:
    """Those of the wanted prices that exist, held until the transaction ends."""
    rows = await tx.all(
        Price,
        LOCK_PRICES,
        price_list=code,
        variants=[variant for variant, _ in wanted],
        since=[since for _, since in wanted],
    )
    return {(row.variant_id, row.valid_from): row for row in rows}


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
    )


async def add_changes(tx: Transaction, code: str, changes: Sequence[PriceChange]) -> None:
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
    )


async def load_prices(tx: Transaction, code: str, actor: str, wanted: Sequence[Price]) -> list[UUID]:
    """Write those prices that are new or different, and their history, in one statement; tells whose they are."""
    rows = [
        {
            "variant_id": price.variant_id,
            "change_id": new_id(),
            "valid_from": price.valid_from,
            "valid_to": price.valid_to,
            "amount": price.amount,
        }
        for price in wanted
    ]
    return await tx.all(
        UUID, LOAD_PRICES, price_list=code, at=tx.now, actor=actor, rows=msgspec.json.encode(rows).decode()
    )


async def history(
    tx: Transaction, variant_id: UUID, *, code: str | None, before: UUID | None, limit: int
) -> list[PriceChange]:
    """What a variant's prices were and became, newest first."""
    return await tx.all(
        PriceChange, HISTORY, variant_id=variant_id, price_list=code, before=before, limit=limit
    )


async def delivery_rates(tx: Transaction) -> list[DeliveryRate]:
    """Every delivery rate."""
    return await tx.all(DeliveryRate, DELIVERY_RATES)


async def lock_delivery_rate(tx: Transaction, code: str) -> DeliveryRate:
    """The delivery rate, held against other changes until the transaction ends."""
    found = await tx.find(DeliveryRate, LOCK_DELIVERY_RATE, code=code)
    if found is None:
        raise UnknownDeliveryRate(delivery_rate=code[:80])
    return found


async def add_delivery_rate(tx: Transaction, rate: DeliveryRate) -> None:
    """Keep a new delivery rate; refuses a code that is in use."""
    if await tx.execute(ADD_DELIVERY_RATE, **_rate_row(rate)) != 1:
        raise CodeTaken(taken=rate.code)


async def save_delivery_rate(tx: Transaction, rate: DeliveryRate) -> None:
    """Keep a locked delivery rate's changes under the next version."""
    if await tx.execute(SAVE_DELIVERY_RATE, **_rate_row(rate)) != 1:
        raise LookupError(f"delivery rate {rate.code} was not locked")


def _fields(thing: Struct) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__struct_fields__}


def _rate_row(rate: DeliveryRate) -> dict[str, Any]:
    return _fields(rate) | {
        "countries": list(rate.countries),
        "postal_prefixes": list(rate.postal_prefixes),
        "steps": Jsonb(rate.steps),
    }
