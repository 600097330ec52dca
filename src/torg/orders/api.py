"""Orders over HTTP: completing a cart, reading orders, cancelling them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.inventory import MOST_UNITS
from torg.kernel import cursors, ids
from torg.kernel.access import Policy
from torg.kernel.access.browser import address_of, policy_of
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import (
    Body,
    Call,
    Cursor,
    FromPath,
    Limit,
    MomentText,
    Open,
    Page,
    QueryParameter,
    moment,
    read,
    write,
)
from torg.kernel.money import Money
from torg.orders.cancel import cancel
from torg.orders.model import OrderState
from torg.orders.payment_choices import PaymentOption, payment_choices
from torg.orders.place import complete
from torg.orders.placement import Completion
from torg.orders.returns import ReturnState, ReturnView
from torg.orders.returns import list_returns as returns_seen
from torg.orders.returns.api import id_of
from torg.orders.returns.model import PaidBack
from torg.orders.returns.without_goods import Part
from torg.orders.see import own_orders, see
from torg.orders.take_back_gift_cards import take_back_gift_cards
from torg.orders.views import CancelledOrder, CustomerOrderView, OrderView
from torg.payments import Gateways, Tender, TenderChoice, recognise
from torg.permissions import Permission
from torg.pricing import TaxEngines

TAGS = ["orders"]


class PaymentChoice(Struct, frozen=True, forbid_unknown_fields=True):
    """How it is paid. `method` is the gateway's own word for the means (a token, never a card number).

    A gift card is given by its `code`; store credit is that of the cart's customer.
    """

    tender: Tender
    amount: (
        Annotated[
            int,
            Meta(ge=1, le=2**53 - 1, description="Minor units; as much as it can of what is left to pay."),
        ]
        | None
    ) = None
    code: Annotated[str, Meta(min_length=1, max_length=40, description="Of a gift card.")] | None = None
    gateway: Annotated[str, Meta(min_length=1, max_length=40, examples=["test"])] | None = None
    method: Annotated[str, Meta(min_length=1, max_length=200, examples=["ok"])] | None = None
    given: (
        Annotated[
            int,
            Meta(ge=0, le=2**53 - 1, description="Cash put on the counter, in minor units; change is told."),
        ]
        | None
    ) = None
    return_url: (
        Annotated[
            str,
            Meta(max_length=500, pattern="^https?://", description="Where the gateway's page leads back to."),
        ]
        | None
    ) = None


class CompleteCart(Struct, frozen=True, forbid_unknown_fields=True):
    """The total that the customer saw and agreed to, and how it is paid; a cart that costs nothing needs no payment.

    `payments` are several tenders that pay it together, `payment` is the only one.
    """

    expected_total: Money
    payment: PaymentChoice | None = None
    payments: Annotated[list[PaymentChoice], Meta(max_length=10)] = []


class CancelOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """Why the order will not be delivered."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]


@write(
    "POST",
    "/carts/{cart_id:str}/complete",
    permission=Open.cart_token,
    summary="Complete a cart",
    tags=TAGS,
)
async def complete_cart(call: Call, cart_id: FromPath[str], data: Body[CompleteCart]) -> Response[OrderView]:
    """Buy what is in the cart. The answer is the order: `placed`, or `pending` while the payment is decided.

    A pending order whose payment has an `action_url` waits for the customer there. Called again, it gives the same
    order as far as it has come. A declined payment is refused with 409 and leaves the cart open.
    """
    id = ids.parse("crt", cart_id)
    asked = Completion(data.expected_total, await _tenders(call, data))
    engines = call.ports.get(TaxEngines)
    return await call.chain(
        lambda: complete(call.database, call.ports.get(Gateways), id, asked, by=call.actor, engines=engines),
        view=OrderView.of,
        decided=lambda placement: placement.order.state is not OrderState.pending,
    )


async def _tenders(call: Call, data: CompleteCart) -> tuple[TenderChoice, ...]:
    """What somebody wants to pay with; the codes of gift cards become their accounts."""
    chosen = [data.payment] if data.payment else data.payments
    field = "payment.code" if data.payment else "payments.{}.code"
    if data.payment and data.payments:
        raise Invalid.of(FieldProblem("payments", "given-twice", "This is given twice."))
    return await tenders_of(call, chosen, field)


async def tenders_of(
    call: Call, chosen: Sequence[PaymentChoice], field: str = "payments.{}.code"
) -> tuple[TenderChoice, ...]:
    """What somebody wants to pay with; the codes of gift cards become their accounts."""
    wrong = [
        FieldProblem(field.format(place), "required", "A gift card is given by its code, nothing else is.")
        for place, choice in enumerate(chosen)
        if (choice.code is not None) is not (choice.tender is Tender.gift_card)
    ]
    if wrong:
        raise Invalid.of(*wrong)
    return tuple([await _tender(call, one, field.format(place)) for place, one in enumerate(chosen)])


async def _tender(call: Call, choice: PaymentChoice, field: str) -> TenderChoice:
    account_id = None
    if choice.code is not None:
        account_id = await recognise(
            call.database,
            call.ports.get(Policy),
            choice.code,
            address=address_of(call.request),
            by=call.actor,
            field=field,
        )
    return TenderChoice(
        choice.tender,
        choice.gateway,
        choice.method,
        choice.return_url,
        account_id,
        choice.amount,
        choice.given,
    )


class ReturnedCards(Struct, frozen=True, forbid_unknown_fields=True):
    """How many gift cards of a line are given back."""

    line: Annotated[str, Meta(pattern="^lin_[0-9a-f]{32}$")]
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS)]


class ReturnGiftCards(Struct, frozen=True, forbid_unknown_fields=True):
    """Which unused gift cards are given back, and why; their money goes back as it was paid, or as store credit."""

    lines: Annotated[list[ReturnedCards], Meta(min_length=1, max_length=200)]
    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    to: PaidBack = PaidBack.original

    def parts(self) -> list[Part]:
        """The units in the words of returns."""
        return [Part(ids.parse("lin", one.line), one.quantity) for one in self.lines]


@read("/carts/{cart_id:str}/payment-choices", permission=Open.cart_token, summary="Ways to pay", tags=TAGS)
async def list_payment_choices(call: Call, cart_id: FromPath[str]) -> list[PaymentOption]:
    """What the cart can be paid with by whoever asks; on invoice only for who buys for a company that has terms."""
    id, gateways = ids.parse("crt", cart_id), call.ports.get(Gateways)
    return await call.read(lambda tx: payment_choices(tx, id, gateways, by=call.actor))


@read("/orders/{order_id:str}", permission=Open.cart_token, summary="Read an order", tags=TAGS)
async def read_order(call: Call, order_id: FromPath[str]) -> OrderView:
    """An order with its lines, payments, fulfilments and returns; for its customer, who has its token, and staff."""
    id = ids.parse("ord", order_id)
    return OrderView.of(await call.read(lambda tx: see(tx, id, by=call.actor)))


@read("/returns", permission=Permission.orders_read, summary="List returns", tags=TAGS)
async def list_returns(
    call: Call,
    channel: Annotated[str | None, QueryParameter(max_length=40)] = None,
    in_store: Annotated[str | None, QueryParameter(max_length=40, name="store")] = None,
    return_state: Annotated[ReturnState | None, QueryParameter(name="state")] = None,
    since: MomentText = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ReturnView]:
    """Goods that came back, where the caller has the right, the newest first; some without a receipt."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    found = await call.read(
        lambda tx: returns_seen(
            tx,
            channel=channel,
            in_store=in_store,
            state=return_state,
            since=moment("since", since),
            after=after,
            limit=limit,
            by=call.actor,
        )
    )
    return found.map(ReturnView.of)


@read("/me/orders", permission=Open.customer, summary="My orders", tags=TAGS)
async def my_orders(call: Call, limit: Limit = 20, cursor: Cursor = None) -> Page[CustomerOrderView]:
    """The signed-in customer's own orders, from every channel, the newest first."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    found = await call.read(lambda tx: own_orders(tx, after=after, limit=limit, by=call.actor))
    return found.map(CustomerOrderView.of)


@write(
    "POST",
    "/orders/{order_id:str}/cancellation",
    permission=Permission.orders_cancel,
    summary="Cancel an order",
    tags=TAGS,
)
async def cancel_order(
    call: Call, order_id: FromPath[str], data: Body[CancelOrder]
) -> Response[CancelledOrder]:
    """Cancel an order of which nothing has left; its goods can be sold again, its money goes back soon after."""
    id = ids.parse("ord", order_id)
    return await call.write(
        lambda tx: cancel(tx, id, reason=data.reason, by=call.actor), view=CancelledOrder.of
    )


@write(
    "POST",
    "/orders/{order_id:str}/gift-cards/returns",
    permission=Permission.orders_return,
    status=201,
    summary="Take gift cards back",
    tags=TAGS,
)
async def return_gift_cards(
    call: Call, order_id: FromPath[str], data: Body[ReturnGiftCards]
) -> Response[ReturnView]:
    """Void unused gift cards that the order bought, and give back what was paid for them."""
    id, key = ids.parse("ord", order_id), id_of(call)
    policy = policy_of(call.request)
    return await call.write(
        lambda tx: take_back_gift_cards(
            tx, policy, id, data.parts(), id=key, to=data.to, reason=data.reason, by=call.actor
        ),
        view=ReturnView.of,
    )


ROUTES = [
    list_payment_choices,
    complete_cart,
    read_order,
    list_returns,
    my_orders,
    cancel_order,
    return_gift_cards,
]
