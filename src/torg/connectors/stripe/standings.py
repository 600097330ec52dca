"""What Stripe's objects mean in the words of Torg. Pure.

https://docs.stripe.com/payments/paymentintents/lifecycle and https://docs.stripe.com/disputes/how-disputes-work
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from torg.connectors.stripe.means import from_stripe
from torg.payments import Dispute, DisputeState, FailedRefund, PaymentState, Standing

Thing = Mapping[str, Any]

DISPUTES: Final = {
    "warning_needs_response": DisputeState.inquiry,
    "warning_under_review": DisputeState.inquiry,
    "warning_closed": DisputeState.dropped,
    "prevented": DisputeState.dropped,
    "needs_response": DisputeState.open,
    "under_review": DisputeState.open,
    "won": DisputeState.won,
    "lost": DisputeState.lost,
}
# Cancelled by Stripe itself, because an authorisation or a page came to the end of its time.
ENDED_BY_ITSELF: Final = frozenset({"automatic", "expired"})


def state_of(intent: Thing) -> PaymentState:
    """How far a payment intent has come."""
    taken = _taken(intent)
    match intent["status"]:
        case "canceled":
            if taken:
                return PaymentState.captured
            by_itself = intent.get("cancellation_reason") in ENDED_BY_ITSELF
            return PaymentState.expired if by_itself else PaymentState.voided
        case "succeeded":
            return PaymentState.captured
        case "requires_capture":
            return PaymentState.captured if taken else PaymentState.authorised
        case "requires_action":
            return PaymentState.needs_action
        case "requires_payment_method" if intent.get("last_payment_error"):
            return PaymentState.declined
    return PaymentState.pending


def standing_of(intent: Thing, refunds: Sequence[Thing] = (), *, reference: str | None = None) -> Standing:
    """How a payment intent stands, its latest charge expanded; `refunds` are all refunds of it."""
    currency = str(intent["currency"]).upper()
    state, taken = state_of(intent), _taken(intent)
    holds = state in {PaymentState.authorised, PaymentState.captured}
    left = intent["amount"] - taken if intent["status"] in {"succeeded", "canceled"} and holds else 0
    means = _means(intent)
    until = means.get("capture_before")
    return Standing(
        state=state,
        reference=reference or intent["id"],
        currency=currency,
        authorised=from_stripe(intent["amount"], currency) if holds else 0,
        captured=from_stripe(taken, currency),
        refunded=from_stripe(given_back(refunds, left), currency),
        action_url=_action(intent),
        code=_why(intent),
        released=from_stripe(left, currency),
        captures_once=not can_capture_again(intent),
        authorised_until=datetime.fromtimestamp(until, UTC) if until else None,
        refunds_failed=tuple(_failed(refunds, currency)),
    )


def _failed(refunds: Sequence[Thing], currency: str) -> Iterator[FailedRefund]:
    """The refunds of ours that a bank has sent back, or that Stripe could not carry out."""
    for one in refunds:
        key = (one.get("metadata") or {}).get("refund")
        if key and one.get("status") in {"failed", "canceled"}:
            code = str(one.get("failure_reason") or one["status"])
            yield FailedRefund(str(key), from_stripe(one["amount"], currency), code)


def page_standing(page: Thing, refunds: Sequence[Thing] = ()) -> Standing:
    """How a payment on a hosted page stands, with its payment intent expanded.

    While the page is open a declined card is not the end: the customer can take another one.
    """
    intent = page.get("payment_intent")
    if page["status"] == "complete" and intent:
        return standing_of(intent, refunds, reference=page["id"])
    if intent and state_of(intent) in {PaymentState.authorised, PaymentState.captured}:
        return standing_of(intent, refunds, reference=page["id"])
    states = {"open": PaymentState.needs_action, "expired": PaymentState.expired}
    state = states.get(page["status"], PaymentState.pending)
    return Standing(
        state=state,
        reference=page["id"],
        currency=str(page["currency"]).upper(),
        action_url=page.get("url") if state is PaymentState.needs_action else None,
    )


def can_capture_again(intent: Thing) -> bool:
    """Whether a capture may leave the rest set aside."""
    again = _means(intent).get("multicapture") or {}
    return again.get("status") == "available"


def given_back(refunds: Sequence[Thing], released: int) -> int:
    """How much of what was taken has gone back.

    A charge of which less was captured than was set aside may show the rest as a refund, which is not one of ours.
    """
    gone = [one for one in refunds if one.get("status") not in {"failed", "canceled"}]
    rest = next((one for one in gone if not one.get("metadata") and one["amount"] == released), None)
    return sum(one["amount"] for one in gone if one is not rest or not released)


def dispute_of(dispute: Thing) -> Dispute:
    """A dispute in our words."""
    currency = str(dispute["currency"]).upper()
    answer_by = (dispute.get("evidence_details") or {}).get("due_by")
    return Dispute(
        reference=dispute["id"],
        state=DISPUTES.get(dispute["status"], DisputeState.open),
        amount=from_stripe(dispute["amount"], currency),
        currency=currency,
        reason=str(dispute["reason"])[:100],
        opened_at=datetime.fromtimestamp(dispute["created"], UTC),
        answer_by=datetime.fromtimestamp(answer_by, UTC) if answer_by else None,
    )


def _taken(intent: Thing) -> int:
    whole: int = intent["amount"] if intent["status"] == "succeeded" else 0
    received = intent.get("amount_received")
    return whole if received is None else int(received)


def _means(intent: Thing) -> Thing:
    charge = intent.get("latest_charge")
    details = charge.get("payment_method_details") if isinstance(charge, Mapping) else None
    return (details or {}).get((details or {}).get("type")) or {}


def _action(intent: Thing) -> str | None:
    action = intent.get("next_action") or {}
    return (action.get("redirect_to_url") or {}).get("url")


def _why(intent: Thing) -> str | None:
    error = intent.get("last_payment_error") or {}
    why = error.get("decline_code") or error.get("code")
    return str(why)[:100] if why else None
