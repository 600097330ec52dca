"""Scheduled prices in the database: those to come, and those that have begun or ended since it was last told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.kernel.database import Transaction
from torg.pricing.model import Key, Price

SCHEDULED = """
SELECT variant_id, price_list, valid_from, valid_to, amount, from_quantity, version FROM prices
WHERE price_list = %(price_list)s AND valid_from > %(at)s
  AND (valid_from, variant_id, from_quantity) > (%(after)s, %(variant_id)s, %(from_quantity)s)
ORDER BY valid_from, variant_id, from_quantity LIMIT %(limit)s
"""
DROP = """
DELETE FROM prices p
USING unnest(%(variants)s::uuid[], %(since)s::timestamptz[], %(quantities)s::int[])
  AS wanted (variant_id, valid_from, from_quantity)
WHERE p.price_list = %(price_list)s AND p.variant_id = wanted.variant_id AND p.valid_from = wanted.valid_from
  AND p.from_quantity = wanted.from_quantity
"""
LOCK_CURSOR = """
SELECT at, variant_id, price_list, from_quantity FROM price_turns WHERE name = 'told' FOR UPDATE
"""
MOVE_CURSOR = """
UPDATE price_turns SET at = %(at)s, variant_id = %(variant_id)s, price_list = %(price_list)s,
    from_quantity = %(from_quantity)s
WHERE name = 'told'
"""
# What was entered before its moment; what was entered at it was told then. `amount` is what holds in the list from that
# moment on, `amount_before` what held until then.
TURNED = """
SELECT t.at, t.variant_id, t.price_list, t.from_quantity, l.currency, held.amount, held.valid_from, held.valid_to,
       before.amount AS amount_before
FROM (
    SELECT valid_from AS at, variant_id, price_list, from_quantity FROM prices p
    WHERE valid_from >= %(since)s AND valid_from <= %(until)s
      AND (valid_from, variant_id, price_list, from_quantity)
          > (%(since)s, %(variant_id)s::uuid, %(price_list)s, %(from_quantity)s)
      AND EXISTS (SELECT FROM price_changes c WHERE c.variant_id = p.variant_id AND c.price_list = p.price_list
                  AND c.valid_from = p.valid_from AND c.from_quantity = p.from_quantity AND c.at < p.valid_from)
    UNION
    SELECT valid_to, variant_id, price_list, from_quantity FROM prices p
    WHERE valid_to >= %(since)s AND valid_to <= %(until)s
      AND (valid_to, variant_id, price_list, from_quantity)
          > (%(since)s, %(variant_id)s::uuid, %(price_list)s, %(from_quantity)s)
      AND EXISTS (SELECT FROM price_changes c WHERE c.variant_id = p.variant_id AND c.price_list = p.price_list
                  AND c.valid_from = p.valid_from AND c.from_quantity = p.from_quantity AND c.at < p.valid_to
                  AND c.valid_to = p.valid_to)
    ORDER BY 1, 2, 3, 4 LIMIT %(limit)s
) t
JOIN price_lists l ON l.code = t.price_list
LEFT JOIN LATERAL (
    SELECT amount, valid_from, valid_to FROM prices p
    WHERE p.variant_id = t.variant_id AND p.price_list = t.price_list AND p.from_quantity = t.from_quantity
      AND p.valid_from <= t.at AND (p.valid_to IS NULL OR p.valid_to > t.at)
    ORDER BY p.valid_from DESC LIMIT 1) held ON true
LEFT JOIN LATERAL (
    SELECT amount FROM prices p
    WHERE p.variant_id = t.variant_id AND p.price_list = t.price_list AND p.from_quantity = t.from_quantity
      AND p.valid_from < t.at AND (p.valid_to IS NULL OR p.valid_to >= t.at)
    ORDER BY p.valid_from DESC LIMIT 1) before ON true
ORDER BY t.at, t.variant_id, t.price_list, t.from_quantity
"""
LISTS_TURNED = """
SELECT code FROM price_lists
WHERE (valid_from > %(since)s AND valid_from <= %(until)s) OR (valid_to > %(since)s AND valid_to <= %(until)s)
ORDER BY code
"""
FIRST = UUID(int=0)


class Cursor(Struct, frozen=True):
    """Up to where it has been told."""

    at: datetime
    variant_id: UUID
    price_list: str
    from_quantity: int


class Turned(Struct, frozen=True):
    """A price of a list that is another from a moment on; no amount: none holds any more."""

    at: datetime
    variant_id: UUID
    price_list: str
    from_quantity: int
    currency: str
    amount: int | None
    valid_from: datetime | None
    valid_to: datetime | None
    amount_before: int | None


async def scheduled(
    tx: Transaction, code: str, after: tuple[datetime, UUID, int] | None, limit: int
) -> list[Price]:
    """The prices of a list that have not begun, in the order of their beginnings."""
    since, variant_id, from_quantity = after or (tx.now, FIRST, 0)
    return await tx.all(
        Price,
        SCHEDULED,
        price_list=code,
        at=tx.now,
        after=since,
        variant_id=variant_id,
        from_quantity=from_quantity,
        limit=limit,
    )


async def drop(tx: Transaction, code: str, keys: Sequence[Key]) -> None:
    """Take these prices out of a list; the history keeps them."""
    await tx.execute(
        DROP,
        price_list=code,
        variants=[variant for variant, _, _ in keys],
        since=[since for _, since, _ in keys],
        quantities=[from_quantity for _, _, from_quantity in keys],
    )


async def lock_cursor(tx: Transaction) -> Cursor:
    """Up to where it has been told, held until the transaction ends: so nothing is told twice."""
    return await tx.one(Cursor, LOCK_CURSOR)


async def move_cursor(tx: Transaction, cursor: Cursor) -> None:
    """Write down up to where it has been told."""
    await tx.execute(
        MOVE_CURSOR,
        at=cursor.at,
        variant_id=cursor.variant_id,
        price_list=cursor.price_list,
        from_quantity=cursor.from_quantity,
    )


async def turned(tx: Transaction, after: Cursor, until: datetime, limit: int) -> list[Turned]:
    """Prices that began or ended after the cursor, in order."""
    return await tx.all(
        Turned,
        TURNED,
        since=after.at,
        until=until,
        variant_id=after.variant_id,
        price_list=after.price_list,
        from_quantity=after.from_quantity,
        limit=limit,
    )


async def lists_turned(tx: Transaction, since: datetime, until: datetime) -> list[str]:
    """Price lists that began or ended in between."""
    return await tx.all(str, LISTS_TURNED, since=since, until=until)
