"""The tables of payments: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.kernel.spread import together
from torg.payments.model import (
    Attempt,
    AttemptState,
    Payment,
    PaymentBusy,
    Refund,
    RefundState,
    UnknownPayment,
)

COLUMNS = """
order_id, id, tender, gateway, method, state, currency, amount, authorised, capture_claimed, captured, refund_claimed,
refunded, credited, account_id, customer_id, channel, store, language, return_url, reference, action_url, code,
expires_at, check_at, checks, created_at, updated_at, version, released, disputed, captures_once, authorised_until,
rounding, given, country, company_id, refund_failed, ending_told,
EXISTS (SELECT FROM payment_attempts v
        WHERE v.order_id = payments.order_id AND v.payment_id = payments.id
          AND v.operation = 'void' AND v.state = 'claimed') AS voiding
"""

INSERT = """
WITH paid AS (
    INSERT INTO payments (order_id, id, tender, gateway, method, state, currency, amount, authorised, capture_claimed,
                          captured, account_id, customer_id, channel, store, language, return_url, expires_at,
                          created_at, updated_at, rounding, given, country, company_id, reference)
    VALUES (%(order_id)s, %(id)s, %(tender)s, %(gateway)s, %(method)s, %(state)s, %(currency)s, %(amount)s,
            %(authorised)s, %(capture_claimed)s, %(captured)s, %(account_id)s, %(customer_id)s, %(channel)s, %(store)s,
            %(language)s, %(return_url)s, %(expires_at)s, %(created_at)s, %(created_at)s, %(rounding)s,
            %(given)s, %(country)s, %(company_id)s, %(reference)s)
)
INSERT INTO payment_attempts (order_id, payment_id, id, operation, amount, state, lease_until, claimed_at)
SELECT %(order_id)s, %(id)s, %(attempt_id)s, 'authorise', %(amount)s, 'claimed', %(lease_until)s, %(created_at)s
WHERE %(attempt_id)s::uuid IS NOT NULL
"""
LOAD_HISTORY = """
INSERT INTO payments (order_id, id, tender, gateway, method, state, currency, amount, authorised, capture_claimed,
                      captured, refund_claimed, refunded, channel, store, language, reference, created_at, updated_at)
SELECT order_id, id, tender, gateway, method, state, currency, amount, authorised, capture_claimed, captured,
       refund_claimed, refunded, channel, store, language, reference, created_at, updated_at
FROM jsonb_to_recordset(%(payments)s) AS p (
    order_id uuid, id uuid, tender text, gateway text, method text, state text, currency text, amount bigint,
    authorised bigint, capture_claimed bigint, captured bigint, refund_claimed bigint, refunded bigint, channel text,
    store text, language text, reference text, created_at timestamptz, updated_at timestamptz)
ON CONFLICT DO NOTHING
"""
LOAD_REFUNDS = """
INSERT INTO refunds (order_id, id, payment_id, amount, currency, reason, state, code, actor, created_at, ended_at)
SELECT order_id, id, payment_id, amount, currency, reason, state, code, actor, created_at, ended_at
FROM jsonb_to_recordset(%(refunds)s) AS r (
    order_id uuid, id uuid, payment_id uuid, amount bigint, currency text, reason text, state text, code text,
    actor text, created_at timestamptz, ended_at timestamptz)
ON CONFLICT DO NOTHING
"""
LOAD = f"SELECT {COLUMNS} FROM payments WHERE order_id = %(order_id)s AND id = %(id)s"  # noqa: S608  # our own column names
LOCK = "SELECT FROM payments WHERE order_id = %(order_id)s AND id = %(id)s FOR UPDATE"
OF_ORDER = f"SELECT {COLUMNS} FROM payments WHERE order_id = %(order_id)s ORDER BY id"  # noqa: S608  # our own column names
OF_ORDERS = f"SELECT {COLUMNS} FROM payments WHERE order_id = ANY(%(order_ids)s) ORDER BY order_id, id"  # noqa: S608  # our own column names
LOCK_OF_ORDERS = """
SELECT FROM payments WHERE order_id = ANY(%(order_ids)s) ORDER BY order_id, id FOR UPDATE
"""
SAVE = """
UPDATE payments SET
    state = %(state)s, authorised = %(authorised)s, capture_claimed = %(capture_claimed)s, captured = %(captured)s,
    refund_claimed = %(refund_claimed)s, refunded = %(refunded)s, credited = %(credited)s, reference = %(reference)s,
    action_url = %(action_url)s, code = %(code)s, check_at = %(check_at)s, checks = %(checks)s, released = %(released)s,
    disputed = %(disputed)s, captures_once = %(captures_once)s, authorised_until = %(authorised_until)s,
    refund_failed = %(refund_failed)s, updated_at = %(updated_at)s, version = version + 1
WHERE order_id = %(order_id)s AND id = %(id)s AND version = %(version)s
"""
SAVE_AND_END = """
WITH saved AS (
    UPDATE payments SET
        state = %(state)s, authorised = %(authorised)s, capture_claimed = %(capture_claimed)s, captured = %(captured)s,
        refund_claimed = %(refund_claimed)s, refunded = %(refunded)s, reference = %(reference)s,
        action_url = %(action_url)s, code = %(code)s, check_at = %(check_at)s, checks = %(checks)s,
        released = %(released)s, captures_once = %(captures_once)s, authorised_until = %(authorised_until)s,
        refund_failed = %(refund_failed)s, updated_at = %(updated_at)s, version = version + 1
    WHERE order_id = %(order_id)s AND id = %(id)s AND version = %(version)s
      AND EXISTS (SELECT FROM payment_attempts c
                  WHERE c.order_id = %(order_id)s AND c.payment_id = %(id)s AND c.id = %(attempt_id)s
                    AND c.state = 'claimed')
    RETURNING order_id, id
)
UPDATE payment_attempts a
SET state = %(attempt_state)s, code = %(attempt_code)s, ended_at = %(now)s
FROM saved
WHERE a.order_id = saved.order_id AND a.payment_id = saved.id AND a.order_id = %(order_id)s
  AND a.id = %(attempt_id)s AND a.state = 'claimed'
"""
# Several payments that were read with the versions that they are given here; one that was moved meanwhile is left out.
CLAIM_CAPTURES = """
WITH saved AS (
    UPDATE payments p SET capture_claimed = p.capture_claimed + c.amount, updated_at = %(now)s, version = p.version + 1
    FROM jsonb_to_recordset(%(captures)s) AS c (order_id uuid, payment_id uuid, id uuid, amount bigint, version integer)
    WHERE p.order_id = c.order_id AND p.id = c.payment_id AND p.version = c.version
    RETURNING p.order_id, p.id AS payment_id, c.id, c.amount
)
INSERT INTO payment_attempts (order_id, payment_id, id, operation, amount, state, lease_until, claimed_at)
SELECT order_id, payment_id, id, 'capture', amount, 'claimed', %(until)s, %(now)s FROM saved
RETURNING id
"""
END_CAPTURES = """
WITH ended AS (
    SELECT * FROM jsonb_to_recordset(%(ended)s) AS e (
        order_id uuid, payment_id uuid, id uuid, version integer, state text, authorised bigint, capture_claimed bigint,
        captured bigint, refund_claimed bigint, refunded bigint, reference text, action_url text, code text,
        check_at timestamptz, checks integer, released bigint, captures_once boolean, authorised_until timestamptz,
        attempt_state text, attempt_code text)
), saved AS (
    UPDATE payments p SET
        state = e.state, authorised = e.authorised, capture_claimed = e.capture_claimed, captured = e.captured,
        refund_claimed = e.refund_claimed, refunded = e.refunded, reference = e.reference, action_url = e.action_url,
        code = e.code, check_at = e.check_at, checks = e.checks, released = e.released,
        captures_once = e.captures_once, authorised_until = e.authorised_until, updated_at = %(now)s,
        version = p.version + 1
    FROM ended e
    WHERE p.order_id = e.order_id AND p.id = e.payment_id AND p.version = e.version
      AND EXISTS (SELECT FROM payment_attempts c
                  WHERE c.order_id = e.order_id AND c.payment_id = e.payment_id AND c.id = e.id AND c.state = 'claimed')
    RETURNING e.order_id, e.payment_id, e.id, e.attempt_state, e.attempt_code
)
UPDATE payment_attempts a SET state = s.attempt_state, code = s.attempt_code, ended_at = %(now)s
FROM saved s
WHERE a.order_id = s.order_id AND a.payment_id = s.payment_id AND a.id = s.id AND a.state = 'claimed'
RETURNING a.id
"""
ATTEMPT_COLUMNS = (
    "order_id, payment_id, id, operation, amount, state, code, tries, lease_until, claimed_at, ended_at"
)
ATTEMPTS = f"""
SELECT {ATTEMPT_COLUMNS} FROM payment_attempts
WHERE order_id = %(order_id)s AND payment_id = %(payment_id)s ORDER BY id
"""  # noqa: S608  # our own column names
INSERT_ATTEMPT = """
INSERT INTO payment_attempts (order_id, payment_id, id, operation, amount, state, lease_until, claimed_at)
VALUES (%(order_id)s, %(payment_id)s, %(id)s, %(operation)s, %(amount)s, %(state)s, %(lease_until)s, %(claimed_at)s)
ON CONFLICT DO NOTHING
"""
TAKE = """
UPDATE payment_attempts SET lease_until = %(until)s, tries = tries + 1
WHERE order_id = %(order_id)s AND payment_id = %(payment_id)s AND id = %(id)s
  AND state = 'claimed' AND lease_until = %(seen)s
"""
DELAY = """
UPDATE payment_attempts SET lease_until = %(until)s
WHERE order_id = %(order_id)s AND payment_id = %(payment_id)s AND id = %(id)s AND state = 'claimed'
"""
DUE = """
SELECT order_id, id AS payment_id, check_at AS due FROM payments WHERE check_at <= %(now)s
UNION ALL
SELECT order_id, payment_id, lease_until AS due FROM payment_attempts
WHERE state = 'claimed' AND lease_until <= %(now)s
ORDER BY due LIMIT %(limit)s
"""
ENDING = f"""
UPDATE payments SET ending_told = true, check_at = coalesce(check_at, authorised_until), version = version + 1
WHERE authorised_until <= %(until)s AND NOT ending_told
RETURNING {COLUMNS}
"""  # noqa: S608  # our own column names
REFUND_COLUMNS = (
    "order_id, id, payment_id, amount, currency, reason, state, code, actor, created_at, ended_at, destination,"
    " account_id, rounding, store"
)
INSERT_REFUND = f"""
INSERT INTO refunds ({REFUND_COLUMNS})
VALUES (%(order_id)s, %(id)s, %(payment_id)s, %(amount)s, %(currency)s, %(reason)s, %(state)s, %(code)s, %(actor)s,
        %(created_at)s, %(ended_at)s, %(destination)s, %(account_id)s, %(rounding)s, %(store)s)
"""  # noqa: S608  # our own column names
REFUNDS = f"SELECT {REFUND_COLUMNS} FROM refunds WHERE order_id = %(order_id)s ORDER BY id"  # noqa: S608  # our own column names
END_REFUND = """
UPDATE refunds SET state = %(state)s, code = %(code)s, ended_at = %(at)s
WHERE order_id = %(order_id)s AND id = %(id)s AND state = 'requested'
"""
FAIL_REFUND = """
UPDATE refunds SET state = 'refused', code = %(code)s, ended_at = %(at)s
WHERE order_id = %(order_id)s AND id = %(id)s AND state <> 'refused'
"""


def _json(value: object) -> Jsonb:
    return Jsonb(msgspec.to_builtins(value))


class Due(Struct, frozen=True):
    """A payment that somebody must look at."""

    order_id: UUID
    payment_id: UUID
    due: datetime


def _row(payment: Payment) -> dict[str, Any]:
    return msgspec.structs.asdict(payment)


def insert(tx: Transaction, payment: Payment, attempt: Attempt | None) -> None:
    """A new payment, with the claim to ask its gateway."""
    tx.send(
        INSERT,
        **_row(payment),
        attempt_id=attempt.id if attempt else None,
        lease_until=attempt.lease_until if attempt else None,
    )


async def load_history(tx: Transaction, payments: Sequence[Payment], refunds: Sequence[Refund]) -> None:
    """Write payments as they stand, with what went back of them; those that are there stay as they are."""
    if payments:
        await tx.execute(LOAD_HISTORY, payments=Jsonb(payments))
    if refunds:
        await tx.execute(LOAD_REFUNDS, refunds=Jsonb(refunds))


async def load(tx: Transaction, order_id: UUID, payment_id: UUID, *, lock: bool = False) -> Payment:
    """One payment; `UnknownPayment` when the order has no such."""
    if lock:
        # Read only once it is locked: a statement that had to wait sees the new row, but not what was claimed for it.
        await tx.execute(LOCK, order_id=order_id, id=payment_id)
    payment = await tx.find(Payment, LOAD, order_id=order_id, id=payment_id)
    if payment is None:
        raise UnknownPayment(payment=f"pay_{payment_id.hex}")
    return payment


async def of_order(tx: Transaction, order_id: UUID) -> list[Payment]:
    """All payments of an order, oldest first."""
    return await tx.all(Payment, OF_ORDER, order_id=order_id)


async def of_orders(tx: Transaction, order_ids: Sequence[UUID], *, lock: bool = False) -> list[Payment]:
    """All payments of these orders, by order, oldest first."""
    found: list[Payment] = []
    for group in await together(tx, order_ids):
        if lock:  # read only once they are locked, as in `load`
            await tx.execute(LOCK_OF_ORDERS, order_ids=group)
        found += await tx.all(Payment, OF_ORDERS, order_ids=group)
    return found


async def save(tx: Transaction, payment: Payment) -> None:
    """Keep a payment that was loaded with its present version; `PaymentBusy` when somebody was faster."""
    if not await tx.execute(SAVE, **_row(payment)):
        raise PaymentBusy()


async def save_and_end(
    tx: Transaction, payment: Payment, attempt: Attempt, state: AttemptState, code: str | None
) -> bool:
    """Keep the payment and end the attempt; False (and nothing kept) when either was moved by somebody else."""
    ended = await tx.execute(
        SAVE_AND_END,
        **_row(payment),
        attempt_id=attempt.id,
        attempt_state=state,
        attempt_code=code,
        now=tx.now,
    )
    return ended == 1


async def attempts(tx: Transaction, order_id: UUID, payment_id: UUID) -> list[Attempt]:
    """What gateways were asked for a payment, oldest first."""
    return await tx.all(Attempt, ATTEMPTS, order_id=order_id, payment_id=payment_id)


async def claim(tx: Transaction, attempt: Attempt) -> bool:
    """Write down what a gateway is about to be asked; False when the same is under way."""
    return await tx.execute(INSERT_ATTEMPT, **msgspec.structs.asdict(attempt)) == 1


async def claim_captures(tx: Transaction, claims: Sequence[tuple[Payment, Attempt]]) -> set[UUID]:
    """Speak for amounts that are to be taken and write down that gateways are about to be asked; tells which attempts
    were written: none for a payment that somebody moved since it was read.
    """
    captures = [
        {
            "order_id": payment.order_id,
            "payment_id": payment.id,
            "id": attempt.id,
            "amount": attempt.amount,
            "version": payment.version,
        }
        for payment, attempt in claims
    ]
    until = claims[0][1].lease_until
    written = await tx.all(UUID, CLAIM_CAPTURES, captures=_json(captures), until=until, now=tx.now)
    return set(written)


async def end_captures(
    tx: Transaction, ended: Sequence[tuple[Payment, Attempt, AttemptState, str | None]]
) -> set[UUID]:
    """Keep payments as their gateways' answers leave them and end the attempts; tells which attempts that ended."""
    rows = [
        _row(payment)
        | {
            "payment_id": payment.id,
            "id": attempt.id,
            "attempt_state": state,
            "attempt_code": code,
        }
        for payment, attempt, state, code in ended
    ]
    return set(await tx.all(UUID, END_CAPTURES, ended=_json(rows), now=tx.now))


async def take(tx: Transaction, attempt: Attempt, until: datetime) -> bool:
    """Take over an attempt whose lease ran out; False when somebody else did."""
    taken = await tx.execute(
        TAKE,
        order_id=attempt.order_id,
        payment_id=attempt.payment_id,
        id=attempt.id,
        seen=attempt.lease_until,
        until=until,
    )
    return taken == 1


async def delay(tx: Transaction, attempt: Attempt, until: datetime) -> None:
    """Leave an attempt alone until then."""
    await tx.execute(
        DELAY, order_id=attempt.order_id, payment_id=attempt.payment_id, id=attempt.id, until=until
    )


async def due(tx: Transaction, limit: int) -> list[Due]:
    """Payments that somebody must look at now, the longest waiting first."""
    return await tx.all(Due, DUE, now=tx.now, limit=limit)


async def ending(tx: Transaction, until: datetime) -> list[Payment]:
    """Payments whose authorisation ends by then and of which that was not told; now it is."""
    return await tx.all(Payment, ENDING, until=until)


async def insert_refund(tx: Transaction, refund: Refund) -> None:
    """A new refund."""
    await tx.execute(INSERT_REFUND, **msgspec.structs.asdict(refund))


async def refunds(tx: Transaction, order_id: UUID) -> list[Refund]:
    """All refunds of an order, oldest first."""
    return await tx.all(Refund, REFUNDS, order_id=order_id)


async def end_refund(
    tx: Transaction, order_id: UUID, refund_id: UUID, state: RefundState, code: str | None
) -> bool:
    """End a refund that was requested; False when it has ended before."""
    ended = await tx.execute(END_REFUND, order_id=order_id, id=refund_id, state=state, code=code, at=tx.now)
    return ended == 1


async def fail_refund(tx: Transaction, order_id: UUID, refund_id: UUID, code: str) -> bool:
    """End a refund that came to nothing after all; False when that is known."""
    return await tx.execute(FAIL_REFUND, order_id=order_id, id=refund_id, code=code, at=tx.now) == 1
