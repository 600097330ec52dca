"""Payments over HTTP: what staff see and move, and where gateways call."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID, uuid5

from litestar import Response
from msgspec import Meta, Struct

from torg.kernel import ids
from torg.kernel.http import Body, Call, FromPath, Open, read, write
from torg.kernel.money import Money
from torg.payments import move
from torg.payments.callback import hear
from torg.payments.disputes.model import Dispute, DisputeState
from torg.payments.gateway import Gateways
from torg.payments.model import Attempt, Destination, Payment, PaymentState, Refund, RefundState, Tender
from torg.payments.refund_order import refund_order
from torg.payments.see import see
from torg.permissions import Permission

TAGS = ["payments"]
ONCE: Final = UUID("6f726774-6f6e-5365-8d6f-6e6579206f6e")


class AttemptView(Struct, frozen=True):
    """What a gateway was asked to do, and how that ended."""

    operation: str
    amount: Money
    state: str
    code: str | None
    tries: int
    claimed_at: datetime
    ended_at: datetime | None


class RefundView(Struct, frozen=True):
    """Money on its way back, in the way in which it was paid or as store credit.

    Where it is handed out in cash, that is `amount` with `rounding` added.
    """

    id: str
    payment: str
    amount: Money
    reason: str
    destination: Destination
    state: RefundState
    code: str | None
    created_at: datetime
    ended_at: datetime | None
    rounding: Money

    @classmethod
    def of(cls, refund: Refund) -> "RefundView":
        """The refund as the outside sees it."""
        return cls(
            id=ids.public("ref", refund.id),
            payment=ids.public("pay", refund.payment_id),
            amount=Money(refund.amount, refund.currency),
            reason=refund.reason,
            destination=refund.destination,
            state=refund.state,
            code=refund.code,
            created_at=refund.created_at,
            ended_at=refund.ended_at,
            rounding=Money(refund.rounding, refund.currency),
        )


class DisputeView(Struct, frozen=True):
    """That the customer told her bank the payment was wrong; staff answer with the gateway until `answer_by`."""

    reference: str
    state: DisputeState
    amount: Money
    reason: str
    opened_at: datetime
    answer_by: datetime | None

    @classmethod
    def of(cls, dispute: Dispute) -> "DisputeView":
        """The dispute as staff see it."""
        return cls(
            reference=dispute.reference,
            state=dispute.state,
            amount=Money(dispute.amount, dispute.currency),
            reason=dispute.reason,
            opened_at=dispute.opened_at,
            answer_by=dispute.answer_by,
        )


class PaymentView(Struct, frozen=True):
    """A payment; for its customer without attempts and the gateway's reference.

    `credited` became store credit instead of being `refunded`; the `method` of a gift card is the end of its code. In
    cash `amount` with `rounding` added was paid, and `change` handed back of what was `given`. `released` was set aside
    and let go of, `disputed` is held by the customer's bank.
    """

    id: str
    tender: Tender
    gateway: str | None
    method: str | None
    state: PaymentState
    amount: Money
    authorised: Money
    captured: Money
    refunded: Money
    credited: Money
    action_url: str | None
    code: str | None
    created_at: datetime
    released: Money
    disputed: Money
    rounding: Money
    given: Money | None
    change: Money | None
    authorised_until: datetime | None
    reference: str | None = None
    disputes: list[DisputeView] = []
    attempts: list[AttemptView] = []
    refunds: list[RefundView] = []

    @classmethod
    def of(
        cls,
        payment: Payment,
        attempts: list[Attempt] | None = None,
        refunds: list[Refund] | None = None,
        disputes: Iterable[Dispute] = (),
    ) -> "PaymentView":
        """The payment as the outside sees it; attempts, refunds and disputes for staff only."""

        def money(amount: int) -> Money:
            return Money(amount, payment.currency)

        return cls(
            id=ids.public("pay", payment.id),
            tender=payment.tender,
            gateway=payment.gateway,
            method=payment.method,
            state=payment.state,
            amount=money(payment.amount),
            authorised=money(payment.authorised),
            captured=money(payment.captured),
            refunded=money(payment.refunded),
            credited=money(payment.credited),
            action_url=payment.action_url,
            code=payment.code,
            created_at=payment.created_at,
            released=money(payment.released),
            disputed=money(payment.disputed),
            rounding=money(payment.rounding),
            given=None if payment.given is None else money(payment.given),
            change=None if payment.given is None else money(payment.change),
            authorised_until=payment.authorised_until,
            reference=payment.reference if attempts is not None else None,
            attempts=[
                AttemptView(a.operation, money(a.amount), a.state, a.code, a.tries, a.claimed_at, a.ended_at)
                for a in attempts or ()
            ],
            refunds=[RefundView.of(r) for r in refunds or () if r.payment_id == payment.id],
            disputes=[DisputeView.of(dispute) for dispute in disputes],
        )


class OrderPayments(Struct, frozen=True):
    """All payments of an order, oldest first."""

    items: list[PaymentView]


class Amount(Struct, frozen=True, forbid_unknown_fields=True):
    """How much to take; all that is authorised when it is not said."""

    amount: Annotated[int, Meta(ge=1, le=2**53 - 1, description="Minor units.")] | None = None


class RefundRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """How much to give back (all that was taken when it is not said), and why."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    amount: Annotated[int, Meta(ge=1, le=2**53 - 1, description="Minor units.")] | None = None


class OrderRefund(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of an order goes back (all that may when it is not said), why and where.

    `customer` says whose store credit it becomes where the order is nobody's.
    """

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    amount: Annotated[int, Meta(ge=1, le=2**53 - 1, description="Minor units.")] | None = None
    to: Destination = Destination.original
    customer: Annotated[str, Meta(max_length=80)] | None = None


class RefundsView(Struct, frozen=True):
    """The refunds that one was split into, one a payment."""

    items: list[RefundView]


class CallbackHeard(Struct, frozen=True):
    """The callback was understood; a gateway need not send it again."""

    heard: bool = True


def _id_of(call: Call) -> UUID | None:
    """The id that a caller's Idempotency-Key supplies, so that a repeated call finds what the first one
    began.
    """
    key = call.request.headers.get("idempotency-key")
    if key is None:
        return None
    return uuid5(ONCE, f"{call.actor}\n{call.request.url.path}\n{key}")


@read(
    "/orders/{order_id:str}/payments",
    permission=Permission.payments_read,
    summary="Payments of an order",
    tags=TAGS,
)
async def list_payments(call: Call, order_id: FromPath[str]) -> OrderPayments:
    """Every payment of the order with what its gateway was asked, and the refunds."""
    id = ids.parse("ord", order_id)
    seen = await call.read(lambda tx: see(tx, id, by=call.actor))
    return OrderPayments(
        [PaymentView.of(p, a, seen.refunds, seen.disputes.get(p.id, ())) for p, a in seen.payments]
    )


@write(
    "POST",
    "/orders/{order_id:str}/payments/{payment_id:str}/captures",
    permission=Permission.payments_capture,
    summary="Take authorised money",
    tags=TAGS,
)
async def capture_payment(
    call: Call, order_id: FromPath[str], payment_id: FromPath[str], data: Body[Amount]
) -> Response[PaymentView]:
    """Take what is authorised, or a part of it. Never takes more than that, however often it is called."""
    order, payment = ids.parse("ord", order_id), ids.parse("pay", payment_id)
    gateways = call.ports.get(Gateways)
    return await call.chain(
        lambda: move.capture(
            call.database, gateways, order, payment, data.amount, by=call.actor, id=_id_of(call)
        ),
        view=PaymentView.of,
    )


@write(
    "POST",
    "/orders/{order_id:str}/payments/{payment_id:str}/refunds",
    permission=Permission.payments_refund,
    summary="Give money back",
    tags=TAGS,
    status=201,
)
async def refund_payment(
    call: Call, order_id: FromPath[str], payment_id: FromPath[str], data: Body[RefundRequest]
) -> Response[RefundView]:
    """Give back what was taken, or a part of it. Never gives back more than that, however often it is called."""
    order, payment = ids.parse("ord", order_id), ids.parse("pay", payment_id)
    gateways = call.ports.get(Gateways)
    return await call.chain(
        lambda: move.refund(
            call.database,
            gateways,
            order,
            payment,
            data.amount,
            reason=data.reason,
            by=call.actor,
            id=_id_of(call),
        ),
        view=RefundView.of,
    )


@write(
    "POST",
    "/orders/{order_id:str}/refunds",
    permission=Permission.payments_refund,
    summary="Give back a part of an order's money",
    tags=TAGS,
    status=201,
)
async def refund_money(call: Call, order_id: FromPath[str], data: Body[OrderRefund]) -> Response[RefundsView]:
    """Give an amount back over all the tenders that paid for the order, or as store credit.

    The tender that paid the rest gives back first, gift cards and store credit last; none more than it paid.
    """
    order, gateways = ids.parse("ord", order_id), call.ports.get(Gateways)
    customer = ids.parse("cus", data.customer) if data.customer else None
    return await call.chain(
        lambda: refund_order(
            call.database,
            gateways,
            order,
            data.amount,
            to=data.to,
            customer_id=customer,
            reason=data.reason,
            by=call.actor,
            id=_id_of(call),
        ),
        view=lambda refunds: RefundsView([RefundView.of(refund) for refund in refunds]),
    )


@write(
    "POST",
    "/orders/{order_id:str}/refunds/{refund_id:str}/pay-out",
    permission=Permission.payments_cash,
    summary="Hand out the cash of a refund",
    tags=TAGS,
)
async def pay_out_refund(
    call: Call, order_id: FromPath[str], refund_id: FromPath[str]
) -> Response[RefundView]:
    """A person at a till hands out the cash of a refund that waits for it; once."""
    order, refund = ids.parse("ord", order_id), ids.parse("ref", refund_id)
    return await call.write(lambda tx: move.hand_out(tx, order, refund, by=call.actor), view=RefundView.of)


@write(
    "POST",
    "/gateways/{gateway:str}/callback",
    permission=Open.public,
    summary="Where a payment gateway calls",
    tags=TAGS,
)
async def gateway_callback(call: Call, gateway: FromPath[str]) -> Response[CallbackHeard]:
    """Takes in what a gateway has to tell; it must be signed in the gateway's own way."""
    headers = {name.lower(): value for name, value in call.request.headers.items()}
    await hear(call.database, call.ports.get(Gateways), gateway, headers, await call.request.body())
    return Response(CallbackHeard())


ROUTES = [list_payments, capture_payment, refund_payment, refund_money, pay_out_refund, gateway_callback]

__all__ = ["ROUTES", "PaymentView"]
