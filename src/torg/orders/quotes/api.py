"""Quotes over HTTP: asked for, sent, changed, accepted, declined, withdrawn."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.carts import MOST_UNITS, Intent, LineWish
from torg.kernel import cursors, ids
from torg.kernel.access import Policy
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Open, Page, QueryParameter, read, write
from torg.kernel.money import Money
from torg.markets import Code
from torg.orders.api import PaymentChoice, tenders_of
from torg.orders.model import OrderState
from torg.orders.place import complete
from torg.orders.placement import Completion
from torg.orders.quotes import see as seeing
from torg.orders.quotes.end import decline, withdraw
from torg.orders.quotes.link import link
from torg.orders.quotes.model import AgreedPrice, Quotation, QuoteState, QuoteWish
from torg.orders.quotes.send import ask, send
from torg.orders.quotes.views import QuoteSummaryView, QuoteView
from torg.orders.views import OrderView
from torg.payments import Gateways
from torg.permissions import Permission
from torg.pricing import TaxEngines

TAGS = ["quotes"]

Minor = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Words = Annotated[str, Meta(max_length=4000)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]
LineName = Annotated[str, Meta(pattern="^lin_[0-9a-f]{32}$")]


class PriceAgreed(Struct, frozen=True, forbid_unknown_fields=True):
    """What one of a line costs (in the terms of its price list, minor units), and why."""

    line: LineName
    unit: Minor
    reason: Reason


class QuantityAgreed(Struct, frozen=True, forbid_unknown_fields=True):
    """How many of a line; none takes it out."""

    line: LineName
    quantity: Annotated[int, Meta(ge=0, le=MOST_UNITS)]


class GoodsAdded(Struct, frozen=True, forbid_unknown_fields=True):
    """Goods that come into the quote; with a `unit` price of their own there is a `reason`."""

    variant: Annotated[str, Meta(pattern="^var_[0-9a-f]{32}$")]
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS)] = 1
    intent: Intent | None = None
    store: Code | None = None
    note: Annotated[str, Meta(max_length=500)] | None = None
    unit: Minor | None = None
    reason: Reason | None = None

    def wish(self) -> tuple[LineWish, AgreedPrice | None]:
        """The goods and their price in the words of quotes."""
        wish = LineWish(
            ids.parse("var", self.variant), self.quantity, self.intent, self.store, self.note or None
        )
        return wish, AgreedPrice(self.unit, self.reason or "") if self.unit is not None else None


class SendQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """What is offered until when; what is not named stays as it is. `delivery` is what all deliveries cost together.

    `version` is the version of the cart, or of the quote that is sent again, which this was decided on.
    """

    valid_until: datetime
    terms: Words | None = None
    message: Words | None = None
    prices: Annotated[list[PriceAgreed], Meta(max_length=500)] = []
    quantities: Annotated[list[QuantityAgreed], Meta(max_length=500)] = []
    added: Annotated[list[GoodsAdded], Meta(max_length=200)] = []
    delivery: Minor | None = None
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None

    def wish(self) -> QuoteWish:
        """The same in the words of quotes."""
        return QuoteWish(
            valid_until=self.valid_until,
            terms=self.terms or None,
            message=self.message or None,
            prices={ids.parse("lin", one.line): AgreedPrice(one.unit, one.reason) for one in self.prices},
            quantities={ids.parse("lin", one.line): one.quantity for one in self.quantities},
            added=tuple(one.wish() for one in self.added),
            delivery=self.delivery,
            version=self.version,
        )


class AskForQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """What whoever asks wants to say."""

    message: Words | None = None
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


class AcceptQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version is accepted at which total, how it is paid, and the buyer's own reference."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    expected_total: Money
    payments: Annotated[list[PaymentChoice], Meta(max_length=10)] = []
    purchase_order: Annotated[str, Meta(max_length=100)] | None = None


class DeclineQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is not accepted, where the buyer says so."""

    reason: Annotated[str, Meta(max_length=200)] | None = None


class WithdrawQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is offered no more."""

    reason: Reason


def _view(call: Call, quote: Quotation) -> QuoteView:
    staff = call.actor.may(Permission.orders_place, store=quote.store, channel=quote.channel)
    address = link(call.ports.get(Policy), quote.order_id) if staff else None
    return QuoteView.of(quote, call.database.clock.now(), address)


@write(
    "POST",
    "/carts/{cart:str}/quote-request",
    permission=Open.cart_token,
    status=201,
    summary="Ask for a quote",
    tags=TAGS,
)
async def ask_for_quote(call: Call, cart: FromPath[str], data: Body[AskForQuote]) -> Response[QuoteView]:
    """Ask for an offer for what is in the cart, which keeps its prices and is closed to changes from then on."""
    id, policy = ids.parse("crt", cart), call.ports.get(Policy)
    return await call.write(
        lambda tx: ask(tx, id, data.message or None, policy=policy, by=call.actor, version=data.version),
        view=lambda quote: _view(call, quote),
    )


@write(
    "POST",
    "/carts/{cart:str}/quote",
    permission=Permission.orders_place,
    status=201,
    summary="Send a quote",
    tags=TAGS,
)
async def send_quote(call: Call, cart: FromPath[str], data: Body[SendQuote]) -> Response[QuoteView]:
    """Offer what is in a cart at agreed prices; or, where it is a quote, offer it again as it was changed."""
    id, policy = ids.parse("crt", cart), call.ports.get(Policy)
    return await call.write(
        lambda tx: send(tx, id, data.wish(), policy=policy, by=call.actor),
        view=lambda quote: _view(call, quote),
    )


@read("/quotes", permission=Permission.orders_read, summary="List quotes", tags=TAGS)
async def list_quotes(
    call: Call,
    quote_state: Annotated[QuoteState | None, QueryParameter(name="state")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[QuoteSummaryView]:
    """Quotes where the caller has the right, the last that something happened to first."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    states = [quote_state] if quote_state else None
    found = await call.read(
        lambda tx: seeing.list_quotes(tx, states=states, after=after, limit=limit, by=call.actor)
    )
    return found.map(lambda quote: QuoteSummaryView.of(quote, call.database.clock.now()))


@read("/me/quotes", permission=Open.customer, summary="My quotes", tags=TAGS)
async def my_quotes(call: Call, limit: Limit = 20, cursor: Cursor = None) -> Page[QuoteSummaryView]:
    """The signed-in customer's own quotes, the last that something happened to first."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    found = await call.read(lambda tx: seeing.my_quotes(tx, after=after, limit=limit, by=call.actor))
    return found.map(lambda quote: QuoteSummaryView.of(quote, call.database.clock.now()))


@read("/quotes/{quote:str}", permission=Open.cart_token, summary="Read a quote", tags=TAGS)
async def read_quote(call: Call, quote: FromPath[str]) -> QuoteView:
    """What is offered and what was; for its customer, who has its link (whose end is its `Torg-Token`), and staff."""
    id = ids.parse("quo", quote)
    return _view(call, await call.read(lambda tx: seeing.see(tx, id, by=call.actor)))


@write(
    "POST",
    "/quotes/{quote:str}/acceptance",
    permission=Open.cart_token,
    summary="Accept a quote",
    tags=TAGS,
)
async def accept_quote(call: Call, quote: FromPath[str], data: Body[AcceptQuote]) -> Response[OrderView]:
    """Buy what is offered, at the prices that were agreed. The answer is the order, as when a cart is completed.

    Accepted again, it is the same order. While its payment is under way nobody withdraws or changes the quote; where
    that is declined it can be accepted again while it is valid.
    """
    id = ids.parse("quo", quote)
    tenders = await tenders_of(call, data.payments)
    order = " ".join((data.purchase_order or "").split()) or None
    asked = Completion(data.expected_total, tenders, quote=data.version, purchase_order=order)
    gateways, engines = call.ports.get(Gateways), call.ports.get(TaxEngines)
    return await call.chain(
        lambda: complete(call.database, gateways, id, asked, by=call.actor, engines=engines),
        view=OrderView.of,
        decided=lambda placement: placement.order.state is not OrderState.pending,
    )


@write(
    "POST", "/quotes/{quote:str}/refusal", permission=Open.cart_token, summary="Decline a quote", tags=TAGS
)
async def decline_quote(call: Call, quote: FromPath[str], data: Body[DeclineQuote]) -> Response[QuoteView]:
    """Say that the offer is not wanted."""
    id = ids.parse("quo", quote)
    return await call.write(
        lambda tx: decline(tx, id, data.reason or None, by=call.actor), view=lambda one: _view(call, one)
    )


@write(
    "POST",
    "/quotes/{quote:str}/withdrawal",
    permission=Permission.orders_place,
    summary="Withdraw a quote",
    tags=TAGS,
)
async def withdraw_quote(call: Call, quote: FromPath[str], data: Body[WithdrawQuote]) -> Response[QuoteView]:
    """Offer it no more; who was asked is told why."""
    id = ids.parse("quo", quote)
    return await call.write(
        lambda tx: withdraw(tx, id, data.reason, by=call.actor), view=lambda one: _view(call, one)
    )


ROUTES = [
    ask_for_quote,
    send_quote,
    list_quotes,
    my_quotes,
    read_quote,
    accept_quote,
    decline_quote,
    withdraw_quote,
]
