"""Whether stock is right: what must be true of ledger, balances and holds whatever has happened before.

Beside `verify` (balances are what movements and holds add up to): no balance was below zero after any movement, and of
every unit that was ever held the ledger tells exactly one end. An empty list is a proof.
"""

from collections.abc import Mapping
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from bench.shelves import Figure

from torg import inventory
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction

# Every balance after every movement, not only the last one.
BELOW_ZERO = """
SELECT coalesce(json_agg(r), '[]')::text FROM (
    SELECT variant_id, location, sequence,
           sum(on_hand) OVER w AS on_hand, sum(reserved) OVER w AS reserved, sum(allocated) OVER w AS allocated,
           sum(damaged) OVER w AS damaged, sum(incoming) OVER w AS incoming
    FROM movements WINDOW w AS (PARTITION BY bucket, variant_id, location ORDER BY sequence)
) AS r WHERE least(on_hand, reserved, allocated, damaged, incoming) < 0
"""

# What was reserved for an order at a level has ended as released, expired or allocated, once; and what the holds say of
# each of these ends is what the ledger says.
ENDS = """
WITH told AS (
    SELECT bucket, variant_id, location, document,
           sum(reserved) FILTER (WHERE cause = 'reserved') AS held,
           sum(-reserved) FILTER (WHERE cause = 'released') AS released,
           sum(-reserved) FILTER (WHERE cause = 'expired') AS expired,
           sum(allocated) FILTER (WHERE cause = 'allocated') AS allocated,
           sum(-allocated) FILTER (WHERE cause = 'shipped') AS shipped,
           sum(-allocated) FILTER (WHERE cause = 'given_back') AS given_back
    FROM movements WHERE document LIKE 'ord\\_%%' GROUP BY bucket, variant_id, location, document
), kept AS (
    SELECT bucket, variant_id, location, 'ord_' || replace(order_id::text, '-', '') AS document,
           sum(quantity) AS held,
           sum(quantity) FILTER (WHERE state = 'released') AS released,
           sum(quantity) FILTER (WHERE state = 'expired') AS expired,
           sum(quantity) FILTER (WHERE state IN ('allocated', 'shipped', 'given_back')) AS allocated,
           sum(shipped) AS shipped, sum(given_back) AS given_back
    FROM holds GROUP BY bucket, variant_id, location, order_id
)
SELECT coalesce(json_agg(r), '[]')::text FROM (
    SELECT * FROM told t FULL JOIN kept k USING (bucket, variant_id, location, document)
    WHERE (coalesce(t.held, 0), coalesce(t.released, 0), coalesce(t.expired, 0), coalesce(t.allocated, 0),
           coalesce(t.shipped, 0), coalesce(t.given_back, 0))
       IS DISTINCT FROM
          (coalesce(k.held, 0), coalesce(k.released, 0), coalesce(k.expired, 0), coalesce(k.allocated, 0),
           coalesce(k.shipped, 0), coalesce(k.given_back, 0))
) AS r
"""

# What was kept for a cart and has not ended is kept; what has expired is what the ledger says.
SOFT_ENDS = """
WITH told AS (
    SELECT bucket, variant_id, location, document, sum(reserved) AS kept,
           coalesce(sum(-reserved) FILTER (WHERE cause = 'expired'), 0) AS expired
    FROM movements WHERE document LIKE 'crt\\_%%' GROUP BY bucket, variant_id, location, document
), kept AS (
    SELECT bucket, variant_id, location, 'crt_' || replace(order_id::text, '-', '') AS document,
           coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS kept,
           coalesce(sum(quantity) FILTER (WHERE state = 'expired'), 0) AS expired
    FROM soft_holds GROUP BY bucket, variant_id, location, order_id
)
SELECT coalesce(json_agg(r), '[]')::text FROM (
    SELECT * FROM told t FULL JOIN kept k USING (bucket, variant_id, location, document)
    WHERE (t.kept, t.expired) IS DISTINCT FROM (k.kept, k.expired)
) AS r
"""

UNENDED = """
SELECT coalesce(json_agg(h), '[]')::text FROM holds h
WHERE state = 'held' OR quantity < shipped + given_back
   OR state IN ('shipped', 'given_back') AND quantity <> shipped + given_back
"""

SOFT_UNENDED = "SELECT coalesce(json_agg(h), '[]')::text FROM soft_holds h WHERE state = 'held'"

BALANCES = """
SELECT coalesce(json_agg(r), '[]')::text FROM (
    SELECT l.variant_id, l.location, l.on_hand, l.damaged, l.incoming,
           coalesce((SELECT sum(m.on_hand) FROM movements m WHERE m.bucket = l.bucket AND m.variant_id = l.variant_id
                     AND m.location = l.location AND m.cause = 'counted'), 0) AS counted
    FROM levels l) AS r
"""


async def unsound(database: Database) -> list[str]:
    """Everything that is wrong at this moment, also while holds are open."""
    different = await database.run(lambda tx: inventory.verify(tx, by=SYSTEM))
    return [
        *(f"ledger and balance differ: {each}" for each in different),
        *(f"below zero: {each}" for each in await _rows(database, BELOW_ZERO)),
        *(f"ended otherwise than the ledger says: {each}" for each in await _rows(database, ENDS)),
        *(f"kept otherwise than the ledger says: {each}" for each in await _rows(database, SOFT_ENDS)),
    ]


async def unended(database: Database) -> list[str]:
    """Every hold that has not ended in exactly one way; to be asked when all have had their time."""
    left = [*await _rows(database, UNENDED), *await _rows(database, SOFT_UNENDED)]
    return [f"not ended: {each}" for each in left]


async def misbooked(database: Database, books: Mapping[Figure, int], variants: frozenset[UUID]) -> list[str]:
    """Every balance that is not what the callers were told; what was counted is told by the ledger alone."""
    wrong = []
    for row in await _rows(database, BALANCES):
        variant, place = UUID(row["variant_id"]), row["location"]
        if variant not in variants:
            continue
        for figure in ("on_hand", "damaged", "incoming"):
            told = books.get((variant, place, figure), 0) + (row["counted"] if figure == "on_hand" else 0)
            if row[figure] != told:
                wrong.append(
                    f"{figure} of {variant} at {place} is {row[figure]}; callers were told of {told}"
                )
    return wrong


async def _rows(database: Database, query: LiteralString) -> list[dict[str, Any]]:
    async def look(tx: Transaction) -> str:
        return await tx.one(str, query)

    return msgspec.json.decode(await database.run(look), type=list[dict[str, Any]])
