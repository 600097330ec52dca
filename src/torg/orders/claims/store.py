"""The table of claims: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.orders.claims.model import Claim, ClaimState
from torg.orders.store import Place

COLUMNS = """
order_id, id, kind, state, resolution, lines, number, channel, store, customer_id, currency, amount, note, reason,
return_id, actor, opened_at, settled_at, settled_by, version
"""
ADD = """
INSERT INTO claims (order_id, id, kind, state, lines, number, channel, store, customer_id, currency, note, actor,
                    opened_at)
VALUES (%(order_id)s, %(id)s, %(kind)s, 'open', %(lines)s, %(number)s, %(channel)s, %(store)s, %(customer_id)s,
        %(currency)s, %(note)s, %(actor)s, %(opened_at)s)
ON CONFLICT DO NOTHING
"""
FIND = "SELECT " + COLUMNS + " FROM claims WHERE order_id = %(order_id)s AND id = %(id)s"  # noqa: S608  # our own column names
OF_ORDER = "SELECT " + COLUMNS + " FROM claims WHERE order_id = %(order_id)s ORDER BY opened_at, id"  # noqa: S608  # our own column names
SETTLE = """
UPDATE claims SET
    state = %(state)s, resolution = %(resolution)s, amount = %(amount)s, reason = %(reason)s,
    return_id = %(return_id)s, settled_at = %(settled_at)s, settled_by = %(settled_by)s, version = version + 1
WHERE order_id = %(order_id)s AND id = %(id)s AND state = 'open'
"""
OPEN_OF = "SELECT DISTINCT order_id FROM claims WHERE order_id = ANY(%(order_ids)s) AND state = 'open'"
LIST = (
    "SELECT " + COLUMNS + " FROM claims"  # noqa: S608  # our own column names
    """
WHERE (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(places)s::jsonb IS NULL OR EXISTS (
         SELECT FROM jsonb_to_recordset(%(places)s) AS g (stores jsonb, channels jsonb)
         WHERE (g.stores IS NULL OR g.stores ? store) AND (g.channels IS NULL OR g.channels ? channel)))
  AND (%(after_at)s::timestamptz IS NULL OR (opened_at, id) > (%(after_at)s, %(after_id)s))
ORDER BY opened_at, id
LIMIT %(limit)s
"""
)


async def add(tx: Transaction, claim: Claim) -> None:
    """Write a claim; one that is there stays as it is."""
    row = msgspec.structs.asdict(claim)
    await tx.execute(ADD, **(row | {"lines": Jsonb(msgspec.to_builtins(claim.lines))}))


async def find(tx: Transaction, order_id: UUID, id: UUID) -> Claim | None:
    """One claim of an order, or nothing."""
    return await tx.find(Claim, FIND, order_id=order_id, id=id)


async def of_order(tx: Transaction, order_id: UUID) -> list[Claim]:
    """All claims about an order."""
    return await tx.all(Claim, OF_ORDER, order_id=order_id)


async def open_of(tx: Transaction, order_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these orders about which a customer complains, and nobody has decided."""
    return set(await tx.all(UUID, OPEN_OF, order_ids=list(order_ids)))


async def settle(tx: Transaction, claim: Claim) -> bool:
    """Write what was decided; False when somebody else has decided."""
    row = msgspec.structs.asdict(claim)
    return await tx.execute(SETTLE, **{name: value for name, value in row.items() if name != "lines"}) == 1


async def listed(
    tx: Transaction,
    *,
    order_id: UUID | None,
    state: ClaimState | None,
    places: list[Place] | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Claim]:
    """Claims, the oldest first."""
    return await tx.all(
        Claim,
        LIST,
        order_id=order_id,
        state=state,
        places=Jsonb(places) if places is not None else None,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )
