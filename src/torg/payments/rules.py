"""The decisions about payments, without a database or a clock.

`learn` folds what a gateway says into what we know. It is a join of a semilattice (states have a rank,
amounts only grow), so callbacks that come twice, late, early or in the wrong order lead to the same payment.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.kernel.money import Money
from torg.payments.credit.model import CreditTooLow
from torg.payments.gateway import Standing
from torg.payments.model import (
    Attempt,
    AttemptState,
    GatewayContradicts,
    Operation,
    Payment,
    PaymentState,
    Tender,
    TenderAmountTooHigh,
    TenderChoice,
    TooMuchToCapture,
    TooMuchToRefund,
    TotalNotCovered,
)

LEASE: Final = timedelta(seconds=30)
"""How long whoever claimed an attempt has for asking the gateway; longer than the call may take."""

FIRST_CHECK: Final = timedelta(seconds=5)
LONGEST_CHECK: Final = timedelta(minutes=10)

# Money outranks everything (what was taken has to be accounted for), an end outranks what was before it. The waiting
# states are equal: of them the last told counts, and a wrong one is put right by the next question.
RANK: Final = {
    PaymentState.created: 0,
    PaymentState.pending: 1,
    PaymentState.needs_action: 1,
    PaymentState.authorised: 2,
    PaymentState.declined: 3,
    PaymentState.voided: 3,
    PaymentState.expired: 3,
    PaymentState.captured: 4,
}


# In this order tenders pay: what we owe first, what has to be asked for last, so that it is asked for the rest.
TURN: Final = {
    Tender.gift_card: 0,
    Tender.store_credit: 1,
    Tender.cash: 2,
    Tender.invoice: 3,
    Tender.gateway: 4,
}


class Look(StrEnum):
    """What to do with a payment that somebody looks at again."""

    leave = "leave"
    resume = "resume"
    query = "query"
    give_up = "give_up"
    let_go = "let_go"


class Next(Struct, frozen=True):
    """The next step for a payment, and the attempt it is about when there is one."""

    look: Look
    attempt: Attempt | None = None


def learn(payment: Payment, standing: Standing, at: datetime) -> Payment:
    """The payment after a gateway told how it stands; the same object when that is nothing new."""
    _believe(payment, standing)
    before, told = RANK[payment.state], RANK[standing.state]
    newer = told > before or (told == before and payment.state.open)
    state = standing.state if newer else payment.state
    authorised = max(payment.authorised, standing.authorised, standing.captured)
    captured = max(payment.captured, standing.captured)
    failed, refunded = _refunded(payment, standing)
    claimed = max(payment.refund_claimed + payment.refund_failed, refunded) - failed
    refunded -= failed
    learned = replace(
        payment,
        state=state,
        authorised=authorised,
        capture_claimed=max(payment.capture_claimed, captured),
        captured=captured,
        refund_claimed=claimed,
        refunded=refunded,
        refund_failed=failed,
        reference=payment.reference or standing.reference,
        action_url=standing.action_url if state is PaymentState.needs_action else None,
        code=standing.code if newer and state.failed else payment.code,
        released=max(payment.released, standing.released),
        captures_once=payment.captures_once or standing.captures_once,
        authorised_until=standing.authorised_until or payment.authorised_until,
        check_at=_check_at(payment, state, standing, at),
    )
    return payment if learned == payment else replace(learned, updated_at=at)


def _refunded(payment: Payment, standing: Standing) -> tuple[int, int]:
    """What of the refunds has failed, and all of them, failed or not: both only grow."""
    told = sum(one.amount for one in standing.refunds_failed)
    all_of_them = max(payment.refunded + payment.refund_failed, standing.refunded + told)
    return max(payment.refund_failed, told), all_of_them


def _believe(payment: Payment, standing: Standing) -> None:
    most = max(standing.authorised, standing.captured, standing.refunded)
    kept = max(payment.captured, standing.captured) - payment.credited
    fits = 0 <= standing.refunded <= kept and most <= payment.amount and 0 <= standing.released <= most
    if not fits or standing.currency != payment.currency:
        raise GatewayContradicts(
            told=Money(most, standing.currency), asked=Money(payment.amount, payment.currency)
        )


def _check_at(payment: Payment, state: PaymentState, standing: Standing, at: datetime) -> datetime | None:
    if state.open:
        return payment.check_at or at + pause(payment.checks)
    if payment.state.failed and standing.state is PaymentState.authorised:
        return at  # we hold it for ended, the gateway speaks of money: ask how it stands, and have it let go
    return payment.check_at if payment.state.failed else None


def pause(checks: int) -> timedelta:
    """How long to wait before a gateway is asked again: doubling, up to ten minutes.

    >>> [int(pause(n).total_seconds()) for n in (0, 1, 2, 9)]
    [5, 10, 20, 600]
    """
    doubled: timedelta = FIRST_CHECK * (1 << min(checks, 10))
    return min(LONGEST_CHECK, doubled)


def next_step(payment: Payment, attempts: Sequence[Attempt], at: datetime, *, asked: bool) -> Next:
    """What somebody who looks at the payment should do; `asked` when a person waits for the answer.

    While an attempt's lease runs, its owner is at it and everybody else leaves it alone.
    """
    claimed = [attempt for attempt in attempts if attempt.state is AttemptState.claimed]
    if any(attempt.lease_until > at for attempt in claimed):
        return Next(Look.leave)
    if claimed:
        return Next(Look.resume, claimed[0])
    due = payment.check_at is not None and (asked or payment.check_at <= at)
    if not due:
        return Next(Look.leave)
    if payment.state.open and payment.expires_at is not None and payment.expires_at <= at:
        return Next(Look.give_up)
    return Next(Look.query)


def after_query(payment: Payment, standing: Standing | None) -> Look:
    """What to do when the gateway has said how a payment stands that we hold for ended."""
    loose = standing is not None and standing.state is PaymentState.authorised
    return Look.let_go if payment.state.failed and loose else Look.leave


def claim_capture(payment: Payment, amount: int) -> Payment:
    """Speak for a part of what is authorised."""
    if not 0 < amount <= payment.capturable:
        raise TooMuchToCapture(
            wanted=Money(amount, payment.currency), available=Money(payment.capturable, payment.currency)
        )
    return replace(payment, capture_claimed=payment.capture_claimed + amount)


def claim_refund(payment: Payment, amount: int) -> Payment:
    """Speak for a part of what was taken."""
    if not 0 < amount <= payment.refundable:
        raise TooMuchToRefund(
            wanted=Money(amount, payment.currency), available=Money(payment.refundable, payment.currency)
        )
    return replace(payment, refund_claimed=payment.refund_claimed + amount)


def unclaim(payment: Payment, attempt: Attempt) -> Payment:
    """Take back what an attempt had spoken for, after the gateway refused it."""
    if attempt.operation is Operation.capture:
        claimed = max(payment.captured, payment.capture_claimed - attempt.amount)
        return replace(payment, capture_claimed=claimed)
    if attempt.operation is Operation.refund:
        return replace(payment, refund_claimed=max(payment.refunded, payment.refund_claimed - attempt.amount))
    return payment


def retried(step: Next) -> Next:
    """The step with its attempt counted as tried once more."""
    return Next(step.look, replace(step.attempt, tries=step.attempt.tries + 1)) if step.attempt else step


def checked(payment: Payment, at: datetime) -> Payment:
    """A payment whose gateway is about to be asked: the next time is later."""
    return replace(payment, checks=payment.checks + 1, check_at=at + pause(payment.checks + 1))


def at_rest(payment: Payment) -> Payment:
    """A payment that nobody needs to look at any more."""
    return replace(payment, check_at=None)


def saved(payment: Payment) -> Payment:
    """The payment with the version that it has in the database after it was saved."""
    return replace(payment, version=payment.version + 1)


def shares(
    choices: Sequence[TenderChoice], total: Money, spendable: Mapping[UUID, int]
) -> Iterator[tuple[TenderChoice, int]]:
    """How much each tender pays of a total; one that has nothing to pay is left out.

    Each pays what was said, or as much as it can: an account what can be spent of it, others all that is left.
    """
    left = total.amount

    def money(amount: int) -> Money:
        return Money(amount, total.currency)

    for choice in sorted(choices, key=lambda one: TURN[one.tender]):
        most = left if choice.account_id is None else spendable[choice.account_id]
        amount = min(left, most) if choice.amount is None else choice.amount
        if amount > left:
            raise TenderAmountTooHigh(wanted=money(amount), left=money(left))
        if amount > most:
            raise CreditTooLow(wanted=money(amount), available=money(most))
        left -= amount
        if amount:
            yield choice, amount
    if left:
        raise TotalNotCovered(left=money(left))


def split_refund(payments: Sequence[Payment], amount: int | None) -> list[tuple[Payment, int]]:
    """How a refund is split over the payments of an order, at most what each can give back; None is all of it.

    The tender that paid the rest gives back first, gift cards and store credit last, in the turn opposite to paying.
    """
    turns = sorted(payments, key=lambda one: (TURN[one.tender], one.id), reverse=True)
    available = sum(payment.refundable for payment in turns)
    left = available if amount is None else amount
    if not 0 < left <= available:
        currency = payments[0].currency if payments else "XXX"
        raise TooMuchToRefund(wanted=Money(left, currency), available=Money(available, currency))
    parts = []
    for payment in turns:
        part = min(left, payment.refundable)
        if part:
            parts.append((payment, part))
        left -= part
    return parts
