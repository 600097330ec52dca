"""What payments tell the rest of Torg."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from torg.kernel.events import Event
from torg.payments.model import Payment


class PaymentEvent(Event, frozen=True, kw_only=True):
    """A fact about one payment of an order; amounts are the payment's totals after it."""

    family: ClassVar[str] = "order"

    order_id: UUID
    payment_id: UUID
    currency: str
    amount: int

    def key(self) -> str:
        return str(self.order_id)

    def aggregate(self) -> str:
        return str(self.payment_id)


class PaymentAuthorised(PaymentEvent, frozen=True, kw_only=True):
    """The gateway set money aside for us."""

    type: ClassVar[str] = "payment.authorised"


class PaymentCaptured(PaymentEvent, frozen=True, kw_only=True):
    """Money was taken; `amount` is all that was taken so far."""

    type: ClassVar[str] = "payment.captured"


class PaymentRefunded(PaymentEvent, frozen=True, kw_only=True):
    """Money went back; `amount` is all that went back so far."""

    type: ClassVar[str] = "payment.refunded"


class PaymentRefundFailed(PaymentEvent, frozen=True, kw_only=True):
    """`amount` that had gone back has not reached the customer: it is due to her again, and a person has to look."""

    type: ClassVar[str] = "payment.refund_failed"

    code: str


class PaymentFailed(PaymentEvent, frozen=True, kw_only=True):
    """A payment ended without money: declined, voided or expired."""

    type: ClassVar[str] = "payment.failed"

    state: str
    code: str | None = None


class PaymentAttemptRefused(PaymentEvent, frozen=True, kw_only=True):
    """A gateway would not capture, void or refund what it was asked to: a person has to look."""

    type: ClassVar[str] = "payment.attempt_refused"

    operation: str
    code: str


class PaymentAuthorisationEnding(PaymentEvent, frozen=True, kw_only=True):
    """What was set aside is let go of at `until`; `amount` may still be taken."""

    type: ClassVar[str] = "payment.authorisation_ending"

    until: datetime


class PaymentDisputed(PaymentEvent, frozen=True, kw_only=True):
    """A customer has told her bank that a payment was wrong; `amount` is disputed, staff answer until `answer_by`."""

    type: ClassVar[str] = "payment.disputed"

    reference: str
    reason: str
    answer_by: datetime | None = None


class PaymentDisputeEnded(PaymentEvent, frozen=True, kw_only=True):
    """The bank has decided about a dispute of `amount`: won, lost, or dropped."""

    type: ClassVar[str] = "payment.dispute_ended"

    reference: str
    state: str


def news(before: Payment | None, after: Payment) -> list[Event]:
    """What happened to a payment between two readings of it."""
    order, payment, currency = after.order_id, after.id, after.currency
    authorised, captured, refunded = (
        (before.authorised, before.captured, before.returned) if before else (0, 0, 0)
    )
    told: list[Event] = []
    if after.state.failed and (before is None or after.state is not before.state):
        told.append(
            PaymentFailed(
                order_id=order,
                payment_id=payment,
                currency=currency,
                amount=after.amount,
                state=after.state.value,
                code=after.code,
            )
        )
    kinds: tuple[tuple[type[PaymentEvent], int, int], ...] = (
        (PaymentAuthorised, authorised, 0 if after.captured or after.state.failed else after.authorised),
        (PaymentCaptured, captured, after.captured),
        (PaymentRefunded, refunded, after.returned),
    )
    for kind, was, now in kinds:
        if now > was:
            told.append(kind(order_id=order, payment_id=payment, currency=currency, amount=now))
    return told
