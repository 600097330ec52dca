"""The words of payment: tenders, payments, attempts, refunds, and what can be refused.

A payment is one try to pay an amount with one tender; who is declined starts another. What is asked of a
gateway is an attempt, whose id is the idempotency key. Money is told in amounts (authorised, captured,
refunded), the state in words: `captured` means that some of it has been taken, and refunds are rows beside
it, not a state.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Conflict, NotFound, Refused, Unauthenticated, Unavailable


class Tender(StrEnum):
    """What is paid with."""

    cash = "cash"
    gateway = "gateway"
    gift_card = "gift_card"
    store_credit = "store_credit"
    invoice = "invoice"

    @property
    def credit(self) -> bool:
        """Whether it is money that we owe: nobody outside has to be asked for it."""
        return self in CREDIT


CREDIT = frozenset({Tender.gift_card, Tender.store_credit})


class PaymentState(StrEnum):
    """How far a payment has come."""

    created = "created"
    pending = "pending"
    needs_action = "needs_action"
    authorised = "authorised"
    captured = "captured"
    declined = "declined"
    voided = "voided"
    expired = "expired"

    @property
    def open(self) -> bool:
        """Whether the outcome is not known yet."""
        return self in OPEN

    @property
    def failed(self) -> bool:
        """Whether it ended without money."""
        return self in FAILED


OPEN = frozenset({PaymentState.created, PaymentState.pending, PaymentState.needs_action})
FAILED = frozenset({PaymentState.declined, PaymentState.voided, PaymentState.expired})


class Operation(StrEnum):
    """What a gateway is asked to do."""

    authorise = "authorise"
    capture = "capture"
    void = "void"
    refund = "refund"


class AttemptState(StrEnum):
    """An attempt is claimed before the call, and ends when the answer is known for sure."""

    claimed = "claimed"
    done = "done"
    refused = "refused"


class RefundState(StrEnum):
    """`requested` waits for the gateway, or for a person to hand out cash."""

    requested = "requested"
    done = "done"
    refused = "refused"


class Attempt(Struct, frozen=True):
    """One thing that a gateway was asked to do; nobody else asks until `lease_until`."""

    order_id: UUID
    payment_id: UUID
    id: UUID
    operation: Operation
    amount: int
    state: AttemptState
    lease_until: datetime
    claimed_at: datetime
    tries: int = 1
    code: str | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> str:
        """The idempotency key for the gateway."""
        return self.id.hex


class Payment(Struct, frozen=True):
    """A try to pay `amount`; `..._claimed` is what captures and refunds that are under way have spoken for.

    While it is `voiding` its gateway was told to let go of it and has not answered: nothing may rest on its money.
    `account_id` is the gift card or store credit that it is made from, whose last four characters are its `method`;
    `credited` is what its customer got as store credit, or in cash, instead of a refund in the way she had paid.
    `refund_failed` was given back and came back to us. `released` was set aside and let go of; with `captures_once`
    the first capture lets go of the rest. `rounding` is what coins make of the amount, `given` the cash that was
    put on the counter. On invoice `company_id` is who owes it, `authorised` by the terms, `captured` when it was
    billed, and `refunded` what it need not pay any more.
    """

    order_id: UUID
    id: UUID
    tender: Tender
    gateway: str | None
    method: str | None
    state: PaymentState
    currency: str
    amount: int
    channel: str
    store: str | None
    language: str
    return_url: str | None
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    authorised: int = 0
    capture_claimed: int = 0
    captured: int = 0
    refund_claimed: int = 0
    refunded: int = 0
    credited: int = 0
    account_id: UUID | None = None
    customer_id: UUID | None = None
    reference: str | None = None
    action_url: str | None = None
    code: str | None = None
    check_at: datetime | None = None
    checks: int = 0
    version: int = 1
    released: int = 0
    disputed: int = 0
    captures_once: bool = False
    authorised_until: datetime | None = None
    rounding: int = 0
    given: int | None = None
    country: str | None = None
    voiding: bool = False
    company_id: UUID | None = None
    refund_failed: int = 0
    ending_told: bool = False

    @property
    def under_way(self) -> bool:
        """Whether it may still end with or without money."""
        return self.state.open or (self.voiding and not self.state.failed)

    @property
    def secured(self) -> int:
        """How much of the order it pays for: what is authorised or taken and has not gone back."""
        if self.state.failed or self.voiding:
            return 0
        return self.authorised - self.released - self.refund_claimed - self.credited

    @property
    def capturable(self) -> int:
        """How much may still be taken."""
        if self.state.failed or self.voiding:
            return 0
        return max(0, self.authorised - self.released - self.capture_claimed)

    @property
    def refundable(self) -> int:
        """How much may still go back; what is disputed goes, or has gone, another way."""
        return max(0, self.captured - self.refund_claimed - self.credited - self.disputed)

    @property
    def change(self) -> int:
        """What was handed back of the cash that was given."""
        return 0 if self.given is None else self.given - self.amount - self.rounding

    @property
    def last_four(self) -> str | None:
        """The end of the code of the gift card that it was made with."""
        return self.method if self.tender is Tender.gift_card else None

    @property
    def returned(self) -> int:
        """How much has gone back, in whatever way."""
        return self.refunded + self.credited


class Destination(StrEnum):
    """Where a refund goes: back in the way in which it was paid, to the customer's store credit, or out of a till."""

    original = "original"
    store_credit = "store_credit"
    cash = "cash"


class Refund(Struct, frozen=True):
    """Money on its way back to the customer; `account_id` is the gift card or store credit that it went to.

    `rounding` is what coins make of the amount where it is handed out in cash.
    Cash is handed out in `store`, else where it was paid.
    """

    order_id: UUID
    id: UUID
    payment_id: UUID
    amount: int
    currency: str
    reason: str
    state: RefundState
    actor: str
    created_at: datetime
    ended_at: datetime | None = None
    code: str | None = None
    destination: Destination = Destination.original
    account_id: UUID | None = None
    rounding: int = 0
    store: str | None = None


class TenderChoice(Struct, frozen=True):
    """How somebody wants to pay; `method` is the gateway's own word for the means (a token, never a card
    number).

    `account_id` is the gift card whose code she gave. Without an `amount` a tender pays as much as it can of what the
    others leave. `given` is the cash that was put on the counter.
    """

    tender: Tender
    gateway: str | None = None
    method: str | None = None
    return_url: str | None = None
    account_id: UUID | None = None
    amount: int | None = None
    given: int | None = None


class Purchase(Struct, frozen=True, kw_only=True):
    """What is paid for, as far as its payments ask: the order, who buys, where, and until when a payment may take.

    `country` is where she pays: the store's, else the one that is bought from.
    """

    order_id: UUID
    customer_id: UUID | None
    channel: str
    store: str | None
    language: str
    expires_at: datetime
    country: str | None = None


class UnknownPayment(NotFound):
    """The order has no such payment, or the actor may not look."""

    code = "unknown-payment"
    message = "There is no payment {payment}."


class UnknownRefund(NotFound):
    """The order has no such refund, or the actor may not look."""

    code = "unknown-refund"
    message = "There is no refund {refund}."


class GatewayNotOffered(Refused):
    """Payment through this gateway is not possible here."""

    code = "gateway-not-offered"
    message = "Payment through {gateway} is not offered here."


class PaymentDeclined(Refused):
    """The gateway said no; the customer may try again, with other means too."""

    code = "payment-declined"
    message = "The payment was declined ({reason})."


class GatewaySilent(Unavailable):
    """The gateway's answer did not come: whether it did what it was asked is not known."""

    code = "gateway-silent"
    message = (
        "The payment provider {gateway} does not answer. The outcome is looked up; ask again in a moment."
    )


class GatewayRefused(Refused):
    """The gateway did not do what it was asked, for sure."""

    code = "gateway-refused"
    message = "The payment provider refused: {reason}."


class GatewayContradicts(Refused):
    """A gateway tells of more money, or of another currency, than it was asked for."""

    code = "gateway-contradicts"
    message = "The payment provider tells of {told}, but was asked for {asked}."


class CallbackNotGenuine(Unauthenticated):
    """A callback that the gateway did not sign, or that is too old."""

    code = "callback-not-genuine"
    message = "This message is not signed by the payment provider."


class CashNeedsStore(Refused):
    """Cash changes hands in a store only."""

    code = "cash-needs-store"
    message = "Cash can be taken only at a till in a store."


class TerminalNeedsStore(Refused):
    """A card terminal stands in a store."""

    code = "terminal-needs-store"
    message = "A card terminal can be used only at a till in a store."


class TotalNotCovered(Refused):
    """The tenders together do not pay for all of it."""

    code = "total-not-covered"
    message = "{left} of it is not paid for yet. Choose how to pay that too."


class TenderAmountTooHigh(Refused):
    """One tender was to pay more than there is left to pay."""

    code = "tender-amount-too-high"
    message = "{wanted} was to be paid, but only {left} is left to pay."


class TooMuchToCapture(Refused):
    """More would be taken than is authorised and not yet taken."""

    code = "too-much-to-capture"
    message = "{wanted} cannot be captured; {available} can."


class TooMuchToRefund(Refused):
    """More would go back than was taken and has not gone back yet."""

    code = "too-much-to-refund"
    message = "{wanted} cannot be refunded; {available} can."


class PaymentBusy(Conflict):
    """The gateway is being asked for something on this payment just now."""

    code = "payment-busy"
    message = "This payment is being worked on. Try again in a moment."


class RefundSettled(Conflict):
    """Somebody handed out this cash before, or it was never to be handed out."""

    code = "refund-settled"
    message = "This refund has been paid out already."
