"""Bulk changes in the database: prices to go by, and changes on their way."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.kernel.ids import array
from torg.pricing.bulk.model import Bulk, Row

# What holds at a moment of prices without an end, and whether a price with an end lies over it.
PRESENT = """
SELECT coalesce(json_agg(json_build_array(h.variant_id, h.from_quantity, h.amount, h.reduced)
                         ORDER BY h.variant_id, h.from_quantity)::text, '[]')
FROM (
    SELECT p.variant_id, p.from_quantity,
           (array_agg(p.amount ORDER BY p.valid_from DESC) FILTER (WHERE p.valid_to IS NULL))[1] AS amount,
           bool_or(p.valid_to IS NOT NULL) AS reduced
    FROM unnest(%(variants)s::text::uuid[]) AS w (variant_id)
    JOIN prices p ON p.variant_id = w.variant_id AND p.price_list = %(price_list)s
    WHERE p.valid_from <= %(at)s AND (p.valid_to IS NULL OR p.valid_to > %(at)s)
    GROUP BY p.variant_id, p.from_quantity) AS h
"""
UNDER_WAY = "SELECT id FROM price_bulks WHERE price_list = %(price_list)s AND state = 'applying'"
BEGIN = """
INSERT INTO price_bulks (id, price_list, wish, digest, converted, valid_from, valid_to, state, prices, actor, begun_at)
VALUES (%(id)s, %(price_list)s, %(wish)s, %(digest)s, %(converted)s, %(valid_from)s, %(valid_to)s, 'applying',
        %(prices)s, %(actor)s, %(at)s)
"""
FREEZE = """
COPY price_bulk_rows (bulk_id, variant_id, from_quantity, amount_before, amount) FROM STDIN (FORMAT BINARY)
"""
FIND = """
SELECT id, price_list, wish, digest, converted, valid_from, valid_to, state, prices, written, left_alone, actor,
       begun_at, finished_at
FROM price_bulks WHERE id = %(id)s
"""
LOCK = FIND + " FOR UPDATE"
OF_LIST = """
SELECT id, price_list, wish, digest, converted, valid_from, valid_to, state, prices, written, left_alone, actor,
       begun_at, finished_at
FROM price_bulks WHERE price_list = %(price_list)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s
"""
TAKE = """
DELETE FROM price_bulk_rows r USING (
    SELECT variant_id, from_quantity FROM price_bulk_rows WHERE bulk_id = %(id)s
    ORDER BY variant_id, from_quantity LIMIT %(limit)s) AS first
WHERE r.bulk_id = %(id)s AND r.variant_id = first.variant_id AND r.from_quantity = first.from_quantity
RETURNING r.variant_id, r.from_quantity, r.amount_before, r.amount
"""
COUNT = """
UPDATE price_bulks SET written = written + %(written)s, left_alone = left_alone + %(left_alone)s
WHERE id = %(id)s
"""
FINISH = """
UPDATE price_bulks SET state = 'applied', finished_at = %(at)s WHERE id = %(id)s AND state = 'applying'
"""


class Present(Struct, frozen=True, array_like=True):
    """What holds of prices without an end (nothing, where only campaigns do), and whether one with an end lies over
    it.
    """

    variant_id: UUID
    from_quantity: int
    amount: int | None
    reduced: bool


_present = msgspec.json.Decoder(list[Present])


async def present(tx: Transaction, price_list: str, variants: Sequence[UUID], at: datetime) -> list[Present]:
    """What holds of the prices of these variants in a list at a moment."""
    asked = array(variant.hex for variant in variants)
    return _present.decode(await tx.one(str, PRESENT, price_list=price_list, variants=asked, at=at))


async def under_way(tx: Transaction, price_list: str) -> bool:
    """Whether a bulk change of the list is not finished."""
    return await tx.find(UUID, UNDER_WAY, price_list=price_list) is not None


async def begin(tx: Transaction, bulk: Bulk, rows: Sequence[Row]) -> None:
    """Write down a bulk change with all that it will write."""
    await tx.execute(
        BEGIN,
        id=bulk.id,
        price_list=bulk.price_list,
        wish=Jsonb(bulk.wish),
        digest=bulk.digest,
        converted=None if bulk.converted is None else Jsonb(bulk.converted),
        valid_from=bulk.valid_from,
        valid_to=bulk.valid_to,
        prices=bulk.prices,
        actor=bulk.actor,
        at=bulk.begun_at,
    )
    await tx.copy(
        FREEZE,
        ("uuid", "uuid", "int4", "int8", "int8"),
        ((bulk.id, row.variant_id, row.from_quantity, row.amount_before, row.amount) for row in rows),
    )


async def find(tx: Transaction, id: UUID, *, lock: bool = False) -> Bulk | None:
    """A bulk change, held against others if wished."""
    return await tx.find(Bulk, LOCK if lock else FIND, id=id)


async def of_list(tx: Transaction, price_list: str, before: UUID | None, limit: int) -> list[Bulk]:
    """The bulk changes of a list, newest first."""
    return await tx.all(Bulk, OF_LIST, price_list=price_list, before=before, limit=limit)


async def take(tx: Transaction, id: UUID, limit: int) -> list[Row]:
    """The next prices to write, which are not to be written again once this commits."""
    return await tx.all(Row, TAKE, id=id, limit=limit)


async def count(tx: Transaction, id: UUID, written: int, left_alone: int) -> None:
    """Count what became of a portion."""
    await tx.execute(COUNT, id=id, written=written, left_alone=left_alone)


async def finish(tx: Transaction, id: UUID) -> bool:
    """Whether this ended it."""
    return bool(await tx.execute(FINISH, id=id, at=tx.now))
