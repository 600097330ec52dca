"""What of the books of payments does not add up: one statement that names every payment and figure."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.kernel.database import Transaction

# Through a gateway more may have moved than we asked for (somebody works in its own pages), never less. What was
# brought in from another system has no attempts: nobody here asked for its money.
DIFFERENCES = """
WITH asked AS (
    SELECT order_id, payment_id, count(*) AS attempts,
           coalesce(sum(amount) FILTER (WHERE operation = 'capture' AND state = 'done'), 0) AS captured,
           coalesce(sum(amount) FILTER (WHERE operation = 'capture' AND state = 'claimed'), 0) AS capturing
    FROM payment_attempts GROUP BY order_id, payment_id
), back AS (
    SELECT order_id, payment_id,
           coalesce(sum(amount) FILTER (WHERE destination = 'original' AND state = 'done'), 0) AS refunded,
           coalesce(sum(amount) FILTER (WHERE destination = 'original' AND state <> 'refused'), 0) AS claimed,
           coalesce(sum(amount) FILTER (WHERE destination <> 'original' AND state <> 'refused'), 0) AS credited
    FROM refunds GROUP BY order_id, payment_id
), taken_back AS (
    SELECT order_id, payment_id, sum(amount) AS disputed FROM payment_disputes
    WHERE state IN ('open', 'lost') GROUP BY order_id, payment_id
), credit AS (
    SELECT document, account_id,
           coalesce(sum(amount) FILTER (WHERE cause = 'redeemed'), 0) AS captured,
           coalesce(sum(amount) FILTER (WHERE cause = 'held'), 0)
         - coalesce(sum(amount) FILTER (WHERE cause IN ('released', 'redeemed')), 0) AS held
    FROM credit_entries WHERE document LIKE 'ord\\_%%' GROUP BY document, account_id
), figures AS (
    SELECT p.order_id, p.id AS payment_id, f.figure, f.kept, f.told
    FROM payments p
    LEFT JOIN asked a ON a.order_id = p.order_id AND a.payment_id = p.id
    LEFT JOIN back b ON b.order_id = p.order_id AND b.payment_id = p.id
    LEFT JOIN taken_back d ON d.order_id = p.order_id AND d.payment_id = p.id
    CROSS JOIN LATERAL (VALUES
        ('disputed', p.disputed, coalesce(d.disputed, 0)),
        ('credited', p.credited, coalesce(b.credited, 0)),
        ('refunded', p.refunded, CASE WHEN p.tender = 'gateway' THEN greatest(p.refunded, coalesce(b.refunded, 0))
                                      ELSE coalesce(b.refunded, 0) END),
        ('refund_claimed', p.refund_claimed,
         CASE WHEN p.tender = 'gateway' THEN greatest(p.refund_claimed, coalesce(b.claimed, 0))
              ELSE coalesce(b.claimed, 0) END),
        ('captured', p.captured, greatest(p.captured, coalesce(a.captured, 0))),
        ('capture_claimed', p.capture_claimed,
         CASE WHEN a.attempts IS NULL THEN p.captured
              ELSE least(greatest(p.capture_claimed, p.captured), p.captured + a.capturing) END)
    ) AS f (figure, kept, told)
    UNION ALL
    SELECT p.order_id, p.id, 'credit', p.captured, coalesce(c.captured, 0)
    FROM payments p LEFT JOIN credit c
      ON c.account_id = p.account_id AND c.document = 'ord_' || replace(p.order_id::text, '-', '')
    WHERE p.account_id IS NOT NULL AND p.captured > 0
      AND (SELECT count(*) FROM payments t WHERE t.order_id = p.order_id AND t.account_id = p.account_id
           AND t.captured > 0) = 1
)
SELECT order_id, payment_id, figure, kept::bigint, told::bigint FROM figures WHERE kept <> told
ORDER BY order_id, payment_id, figure
"""


class Difference(Struct, frozen=True):
    """A figure of a payment that is not what the books beside it tell."""

    order_id: UUID
    payment_id: UUID
    figure: str
    kept: int
    told: int


SINCE = """
SELECT order_id, id FROM payments
WHERE tender = 'gateway' AND created_at >= %(since)s AND (order_id, id) > (%(order_id)s, %(id)s)
  AND EXISTS (SELECT FROM payment_attempts a WHERE a.order_id = payments.order_id AND a.payment_id = payments.id)
ORDER BY order_id, id LIMIT %(limit)s
"""


class Name(Struct, frozen=True):
    """A payment by its ids."""

    order_id: UUID
    id: UUID


async def through_gateways(tx: Transaction, since: datetime, after: Name, limit: int) -> list[Name]:
    """Payments through gateways that were begun since then, in the order of their ids."""
    return await tx.all(Name, SINCE, since=since, order_id=after.order_id, id=after.id, limit=limit)


async def differences(tx: Transaction) -> list[Difference]:
    """Every figure that differs."""
    return await tx.all(Difference, DIFFERENCES)
