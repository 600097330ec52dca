"""The table of withdrawals: SQL in, model out."""

from datetime import datetime
from uuid import UUID

import msgspec

from torg.kernel.database import Transaction
from torg.orders.withdrawals.model import Outcome, Withdrawal

_SELECT = """
SELECT id, CASE WHEN outcome <> 'not_found' THEN order_id END AS order_id, outcome, number, name, email, message,
       language, market, return_id, at
FROM withdrawals
"""
ADD = """
INSERT INTO withdrawals (order_id, id, outcome, number, name, email, message, language, market, return_id, at)
VALUES (coalesce(%(order_id)s::uuid, %(id)s), %(id)s, %(outcome)s, %(number)s, %(name)s, %(email)s, %(message)s,
        %(language)s, %(market)s, %(return_id)s, %(at)s)
ON CONFLICT DO NOTHING
"""
FIND = _SELECT + "WHERE id = %(id)s AND order_id = ANY(%(keys)s)"
LIST = (
    _SELECT  # our own column names
    + """
WHERE (%(outcome)s::text IS NULL OR outcome = %(outcome)s)
  AND (%(after_at)s::timestamptz IS NULL OR (at, id) < (%(after_at)s, %(after_id)s))
ORDER BY at DESC, id DESC
LIMIT %(limit)s
"""
)


async def add(tx: Transaction, one: Withdrawal) -> None:
    """Write a statement down; one that is there stays as it is."""
    await tx.execute(ADD, **msgspec.structs.asdict(one))


async def find(tx: Transaction, id: UUID, order_id: UUID | None) -> Withdrawal | None:
    """The statement with this id, of this order or of none."""
    return await tx.find(Withdrawal, FIND, id=id, keys=[key for key in (id, order_id) if key])


async def listed(
    tx: Transaction, *, outcome: Outcome | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Withdrawal]:
    """Statements, the newest first."""
    return await tx.all(
        Withdrawal,
        LIST,
        outcome=outcome,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )
