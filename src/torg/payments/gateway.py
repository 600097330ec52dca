"""The port to payment gateways: what Torg asks of one, and what it may rely on.

An adapter in `torg.connectors` fills it. Contract: - the same `key` moves money once, and gives the same
answer however often it is sent; - `declined`, `voided` and `expired` are final at a gateway; amounts in a
`Standing` are totals and never shrink; - `GatewaySilent` means that nobody knows, `GatewayRefused` that it
did not happen; - card data never comes near Torg: `method` is a token or the name of a means, `action_url`
leads to the gateway's page.

Everything but `check` may leave Torg, so an adapter calls `external()` first. How to write one: docs/payments.md.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.money import Money
from torg.payments.disputes.model import Dispute
from torg.payments.model import GatewayNotOffered, PaymentState, TenderChoice


class Instruction(Struct, frozen=True):
    """Please set this amount aside for us."""

    key: str
    order_id: UUID
    payment_id: UUID
    amount: Money
    method: str
    language: str
    return_url: str | None
    expires_at: datetime | None
    country: str | None = None


class Charge(Struct, frozen=True):
    """A payment as the gateway knows it; the `reference` is missing when its first answer was lost."""

    order_id: UUID
    payment_id: UUID
    reference: str | None
    amount: Money


class FailedRefund(Struct, frozen=True):
    """A refund that the gateway had taken on and could not carry out after all; `key` is the one it was asked with."""

    key: str
    amount: int
    code: str | None = None


class Standing(Struct, frozen=True):
    """How a charge stands at the gateway. Amounts are totals; `code` is its word for why it was declined.

    `released` was authorised and can never be captured any more; `captures_once` says that the first capture lets go of
    the rest, `authorised_until` when what is not captured is let go of by itself. `refunds_failed` are all that did not
    reach the customer; what they would have given back does not count as `refunded`.
    """

    state: PaymentState
    reference: str
    currency: str
    authorised: int = 0
    captured: int = 0
    refunded: int = 0
    action_url: str | None = None
    code: str | None = None
    released: int = 0
    captures_once: bool = False
    authorised_until: datetime | None = None
    refunds_failed: tuple[FailedRefund, ...] = ()


class Callback(Struct, frozen=True):
    """What a gateway called to tell, after its signature was found genuine."""

    order_id: UUID
    payment_id: UUID
    standing: Standing
    dispute: Dispute | None = None


class Gateway(Protocol):
    """A payment gateway."""

    code: str
    choices: tuple[str, ...]
    """The methods that customers choose among in a shop, the usual first; texts are `payment.<code>.<method>`."""

    at_till: bool
    """Whether it stands on a counter: staff of the store start its payments, customers elsewhere do not."""

    def check(self, choice: TenderChoice, amount: Money, country: str | None) -> None:
        """Refuse (`Invalid`) what it cannot do: a means it does not know or offer there, an amount it cannot take."""
        ...

    async def authorise(self, instruction: Instruction) -> Standing:
        """Set the amount aside, or say what has to happen first (`pending`, `needs_action`)."""
        ...

    async def capture(self, charge: Charge, amount: int, key: str) -> Standing:
        """Take a part of what was set aside."""
        ...

    async def void(self, charge: Charge, key: str) -> Standing:
        """Let go of what was set aside, or give up a charge that is not decided yet."""
        ...

    async def refund(self, charge: Charge, amount: int, key: str) -> Standing:
        """Give back a part of what was taken."""
        ...

    async def query(self, charge: Charge) -> Standing | None:
        """How the charge stands now; None when the gateway never heard of it."""
        ...

    async def parse_callback(
        self, headers: Mapping[str, str], body: bytes, *, at: datetime
    ) -> Callback | None:
        """Read a callback after checking its signature and age; raises `CallbackNotGenuine`.

        None when it is genuine and about nothing of ours.
        """
        ...


def must_be_known(choice: TenderChoice, methods: Iterable[str]) -> None:
    """Refuse a method that is none of these."""
    known = sorted(methods)
    if (choice.method or "") not in known:
        message = f"One of {', '.join(known)}."
        raise Invalid.of(FieldProblem(field="payment.method", code="unknown-value", message=message))


class Gateways:
    """The gateways that are plugged in, by code."""

    def __init__(self, *gateways: Gateway) -> None:
        self._known = {gateway.code: gateway for gateway in gateways}

    def get(self, code: str | None) -> Gateway:
        """The gateway of this code; `GatewayNotOffered` when none is plugged in."""
        gateway = self._known.get(code or "")
        if gateway is None:
            raise GatewayNotOffered(gateway=(code or "")[:40])
        return gateway

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all of them."""
        return tuple(self._known)
