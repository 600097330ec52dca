"""An errand to a gateway: claimed in one transaction, asked outside of any, recorded in another.

Whoever dies between the steps leaves a claimed attempt behind, which `look.py` takes up when its lease is
over. Asking twice is harmless, since the attempt's id is the gateway's idempotency key; recording twice is,
too.
"""

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from msgspec import Struct
from msgspec.structs import replace

from torg.kernel.database import Transaction, external
from torg.kernel.money import Money
from torg.payments import rules, store
from torg.payments.events import PaymentAttemptRefused, PaymentRefundFailed, news
from torg.payments.gateway import Charge, Gateway, Gateways, Instruction, Standing
from torg.payments.model import (
    Attempt,
    AttemptState,
    GatewayContradicts,
    GatewayRefused,
    GatewaySilent,
    Operation,
    Payment,
    PaymentState,
    RefundState,
)

log = structlog.get_logger(__name__)

PATIENCE: Final = 20
"""Seconds that a gateway may take; less than the lease of an attempt."""


class Errand(Struct, frozen=True):
    """A claimed attempt, and the payment as it stood when it was claimed."""

    payment: Payment
    attempt: Attempt


class Answer(Struct, frozen=True):
    """What the gateway said: a standing, or a sure no; neither when nobody knows."""

    standing: Standing | None = None
    refused: str | None = None


def charge_of(payment: Payment) -> Charge:
    """The payment as its gateway knows it."""
    return Charge(payment.order_id, payment.id, payment.reference, Money(payment.amount, payment.currency))


async def ask(gateways: Gateways, errand: Errand) -> Answer:
    """Ask the gateway to do what was claimed; an attempt that was tried before is looked up first."""
    external()
    gateway = gateways.get(errand.payment.gateway)
    try:
        async with asyncio.timeout(PATIENCE):
            return Answer(standing=await _call(gateway, errand))
    except GatewayRefused as no:
        return Answer(refused=str(no.facts.get("reason", no.code))[:100])
    except (GatewaySilent, TimeoutError):
        log.warning("gateway-silent", gateway=gateway.code, attempt=errand.attempt.key)
        return Answer()


async def _call(gateway: Gateway, errand: Errand) -> Standing:
    payment, attempt, charge = errand.payment, errand.attempt, charge_of(errand.payment)
    match attempt.operation:
        case Operation.authorise:
            known = await gateway.query(charge) if attempt.tries > 1 else None
            return known or await gateway.authorise(_instruction(payment, attempt))
        case Operation.capture:
            return await gateway.capture(charge, attempt.amount, attempt.key)
        case Operation.void:
            return await gateway.void(charge, attempt.key)
        case Operation.refund:
            return await gateway.refund(charge, attempt.amount, attempt.key)


def _instruction(payment: Payment, attempt: Attempt) -> Instruction:
    return Instruction(
        key=attempt.key,
        order_id=payment.order_id,
        payment_id=payment.id,
        amount=Money(payment.amount, payment.currency),
        method=payment.method or "",
        language=payment.language,
        return_url=payment.return_url,
        expires_at=payment.expires_at,
        country=payment.country,
    )


async def record(tx: Transaction, errand: Errand, answer: Answer) -> Payment:
    """Keep what the gateway said, end the attempt and tell what happened; the payment as it stands now.

    An answer that did not come leaves the attempt claimed, to be taken up again after a pause.
    """
    if answer.standing is None and answer.refused is None:
        await store.delay(tx, errand.attempt, tx.now + rules.pause(errand.attempt.tries - 1))
        return errand.payment
    after = await _settle(tx, errand.payment, errand.attempt, answer)
    if after is not None:
        return after
    # A callback or another process was faster: fold our answer into what it left.
    present = await store.load(tx, errand.payment.order_id, errand.payment.id, lock=True)
    after = await _settle(tx, present, errand.attempt, answer)
    if after is None and answer.standing is not None:
        return await fold(tx, present, answer.standing)
    return after or present


def learned(errand: Errand, answer: Answer, at: datetime) -> Payment | None:
    """The payment after its gateway did what it was asked; None when it refused, was silent or contradicts itself."""
    if answer.standing is None or answer.standing.refunds_failed:
        return None
    try:
        return rules.learn(errand.payment, _end_of(errand.payment, errand.attempt, answer.standing), at)
    except GatewayContradicts:
        return None


async def fold(tx: Transaction, payment: Payment, standing: Standing) -> Payment:
    """Fold what a gateway tells into a payment that is locked, and tell what is new; the payment as it stands
    now.
    """
    after = rules.learn(payment, standing, tx.now)
    if after is payment:
        return payment
    await store.save(tx, after)
    tx.record(*news(payment, after))
    await _tell_failed(tx, after, standing)
    return replace(after, version=payment.version + 1)


async def _tell_failed(tx: Transaction, payment: Payment, standing: Standing) -> None:
    """Tell of refunds that came to nothing after all, each once."""
    for one in standing.refunds_failed:
        code = (one.code or "failed")[:100]
        known = _refund_of(one.key)
        if known is not None and await store.fail_refund(tx, payment.order_id, known, code):
            tx.record(
                PaymentRefundFailed(
                    order_id=payment.order_id,
                    payment_id=payment.id,
                    currency=payment.currency,
                    amount=one.amount,
                    code=code,
                )
            )


def _refund_of(key: str) -> UUID | None:
    """The refund that a gateway was asked for under this key: its attempt's id, which is its own."""
    try:
        return UUID(hex=key)
    except ValueError:
        return None


async def _settle(tx: Transaction, payment: Payment, attempt: Attempt, answer: Answer) -> Payment | None:
    if answer.standing is None:
        after = _refused(payment, attempt, answer.refused or "", tx)
    else:
        after = rules.learn(payment, _end_of(payment, attempt, answer.standing), tx.now)
    state = AttemptState.done if answer.standing else AttemptState.refused
    if not await store.save_and_end(tx, after, attempt, state, answer.refused):
        return None
    tx.record(*news(payment, after))
    if answer.refused is not None and attempt.operation is not Operation.authorise:
        tx.record(_trouble(payment, attempt, answer.refused))
    if attempt.operation is Operation.refund:
        done = RefundState.done if answer.standing else RefundState.refused
        await store.end_refund(tx, payment.order_id, attempt.id, done, answer.refused)
    if answer.standing is not None:
        await _tell_failed(tx, after, answer.standing)
    ended = attempt.operation is Operation.void
    return replace(after, version=payment.version + 1, voiding=after.voiding and not ended)


def _refused(payment: Payment, attempt: Attempt, code: str, tx: Transaction) -> Payment:
    after = replace(rules.unclaim(payment, attempt), updated_at=tx.now)
    if attempt.operation is Operation.authorise and payment.state.open:
        return replace(after, state=PaymentState.declined, code=code, check_at=None, action_url=None)
    return after


def _end_of(payment: Payment, attempt: Attempt, standing: Standing) -> Standing:
    """A charge that nobody decided in time and that we gave up has expired, in our words."""
    gave_up = attempt.operation is Operation.void and payment.state.open
    if gave_up and standing.state is PaymentState.voided:
        return replace(standing, state=PaymentState.expired)
    return standing


def _trouble(payment: Payment, attempt: Attempt, code: str) -> PaymentAttemptRefused:
    return PaymentAttemptRefused(
        order_id=payment.order_id,
        payment_id=payment.id,
        currency=payment.currency,
        amount=attempt.amount,
        operation=attempt.operation.value,
        code=code,
    )
