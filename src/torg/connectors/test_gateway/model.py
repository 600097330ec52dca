"""The words of the test gateway: how it behaves is said by the payment's method."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import NotFound
from torg.payments import PaymentState, Standing

CODE = "test"


class Behaviour(StrEnum):
    """What the gateway does with a payment; every method is one of these words."""

    ok = "ok"
    decline = "decline"
    delay = "delay"
    delay_decline = "delay_decline"
    second_step = "second_step"
    callback_twice = "callback_twice"
    callback_never = "callback_never"
    timeout_after_charge = "timeout_after_charge"
    capture_refused = "capture_refused"
    terminal = "terminal"


class Begin(Struct, frozen=True):
    """What a new charge is in the gateway's books, what it answers, and how it goes on by itself."""

    state: PaymentState
    answered: PaymentState
    code: str | None = None
    later: PaymentState | None = None
    calls: int = 0


_AUTHORISED = Begin(PaymentState.authorised, PaymentState.authorised)

BEGIN: dict[Behaviour, Begin] = {
    Behaviour.ok: _AUTHORISED,
    Behaviour.capture_refused: _AUTHORISED,
    Behaviour.timeout_after_charge: _AUTHORISED,
    Behaviour.decline: Begin(PaymentState.declined, PaymentState.declined, "insufficient-funds"),
    Behaviour.delay: Begin(PaymentState.pending, PaymentState.pending, None, PaymentState.authorised, 1),
    Behaviour.delay_decline: Begin(
        PaymentState.pending, PaymentState.pending, None, PaymentState.declined, 1
    ),
    Behaviour.callback_twice: Begin(
        PaymentState.pending, PaymentState.pending, None, PaymentState.authorised, 2
    ),
    Behaviour.callback_never: Begin(PaymentState.authorised, PaymentState.pending),
    Behaviour.second_step: Begin(PaymentState.needs_action, PaymentState.needs_action),
    Behaviour.terminal: Begin(PaymentState.needs_action, PaymentState.needs_action),
}


class TestCharge(Struct, frozen=True):
    """A charge in the gateway's books."""

    __test__ = False  # not a test, whatever its name begins with

    reference: str
    order_id: UUID
    payment_id: UUID
    method: Behaviour
    state: PaymentState
    code: str | None
    currency: str
    amount: int
    captured: int
    refunded: int
    return_url: str | None
    language: str
    released: int = 0

    def standing(self, origin: str, state: PaymentState | None = None) -> Standing:
        """What the gateway tells of it."""
        told = state or self.state
        holds = told in {PaymentState.authorised, PaymentState.captured}
        return Standing(
            state=told,
            reference=self.reference,
            currency=self.currency,
            authorised=self.amount if holds else 0,
            captured=self.captured,
            refunded=self.refunded,
            released=self.released,
            action_url=f"{origin}/test-gateway/{self.reference}"
            if told is PaymentState.needs_action
            else None,
            code=self.code,
        )


class UnknownCharge(NotFound):
    """The gateway has no charge of this reference."""

    code = "unknown-charge"
    message = "The test gateway knows no such payment."
