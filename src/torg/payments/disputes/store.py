"""The table of disputes: SQL in, model out."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import asdict

from torg.kernel.database import Transaction
from torg.payments.disputes.model import ENDED, Dispute, DisputeState

COLUMNS = "reference, state, amount, currency, reason, opened_at, answer_by"
OF_PAYMENT = f"""
SELECT {COLUMNS} FROM payment_disputes WHERE order_id = %(order_id)s AND payment_id = %(payment_id)s ORDER BY opened_at
"""  # noqa: S608  # our own column names
OF_ORDER = f"""
SELECT payment_id, {COLUMNS} FROM payment_disputes WHERE order_id = %(order_id)s ORDER BY opened_at, reference
"""  # noqa: S608  # our own column names
OPEN_OF = """
SELECT DISTINCT order_id FROM payment_disputes
WHERE order_id = ANY(%(order_ids)s) AND state = ANY(%(open)s)
"""
KEEP = """
INSERT INTO payment_disputes (order_id, payment_id, reference, state, amount, currency, reason, answer_by, opened_at,
                              updated_at)
VALUES (%(order_id)s, %(payment_id)s, %(reference)s, %(state)s, %(amount)s, %(currency)s, %(reason)s, %(answer_by)s,
        %(opened_at)s, %(now)s)
ON CONFLICT (order_id, payment_id, reference) DO UPDATE
SET state = excluded.state, amount = excluded.amount, reason = excluded.reason, answer_by = excluded.answer_by,
    updated_at = excluded.updated_at
"""


class DisputeOfPayment(Struct, frozen=True):
    """A dispute with the payment that it is about."""

    payment_id: UUID
    dispute: Dispute


async def of_payment(tx: Transaction, order_id: UUID, payment_id: UUID) -> list[Dispute]:
    """The disputes about a payment, oldest first."""
    return await tx.all(Dispute, OF_PAYMENT, order_id=order_id, payment_id=payment_id)


async def of_order(tx: Transaction, order_id: UUID) -> list[DisputeOfPayment]:
    """The disputes about the payments of an order, oldest first."""
    rows = await tx.all(dict, OF_ORDER, order_id=order_id)
    return [DisputeOfPayment(row.pop("payment_id"), Dispute(**row)) for row in rows]


async def open_of(tx: Transaction, order_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these orders about whose payments a bank has not decided yet."""
    still = [one.value for one in DisputeState if one not in ENDED]
    return set(await tx.all(UUID, OPEN_OF, order_ids=list(order_ids), open=still))


async def keep(tx: Transaction, order_id: UUID, payment_id: UUID, dispute: Dispute) -> None:
    """Write down how a dispute stands."""
    await tx.execute(KEEP, order_id=order_id, payment_id=payment_id, now=tx.now, **asdict(dispute))
