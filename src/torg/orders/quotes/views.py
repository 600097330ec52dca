"""Quotes as the outside sees them."""

from datetime import datetime

from msgspec import Struct

from torg.carts import Intent
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.orders.quotes.model import Quotation, QuotedDelivery, QuotedLine, QuoteState, QuoteVersion


class QuotedLineView(Struct, frozen=True):
    """A line as it was offered; `reason` tells why it costs something else than by the price list (`listed`)."""

    id: str
    variant: str
    sku: str
    name: str
    options: str
    quantity: int
    intent: Intent
    store: str | None
    note: str | None
    unit_price: Money
    listed: Money
    price_includes_tax: bool
    discount: Money
    gross: Money
    reason: str | None

    @classmethod
    def of(cls, line: QuotedLine, currency: str) -> "QuotedLineView":
        """The line in the quote's currency."""
        return cls(
            id=public("lin", line.id),
            variant=public("var", line.variant_id),
            sku=line.sku,
            name=line.name,
            options=line.options,
            quantity=line.quantity,
            intent=line.intent,
            store=line.store,
            note=line.note,
            unit_price=Money(line.unit, currency),
            listed=Money(line.listed, currency),
            price_includes_tax=line.tax_included,
            discount=Money(line.discount, currency),
            gross=Money(line.gross, currency),
            reason=line.reason,
        )


class QuotedDeliveryView(Struct, frozen=True):
    """A delivery as it was offered."""

    method: str
    name: str
    store: str | None
    price: Money

    @classmethod
    def of(cls, one: QuotedDelivery, currency: str) -> "QuotedDeliveryView":
        """The delivery in the quote's currency."""
        return cls(one.method, one.name, one.store, Money(one.gross, currency))


class QuoteVersionView(Struct, frozen=True):
    """What was offered at a time, on which terms, until when."""

    version: int
    at: datetime
    valid_until: datetime | None
    terms: str | None
    message: str | None
    lines: list[QuotedLineView]
    deliveries: list[QuotedDeliveryView]
    net: Money
    tax: Money
    total: Money

    @classmethod
    def of(cls, one: QuoteVersion, currency: str) -> "QuoteVersionView":
        """The version in the quote's currency."""
        return cls(
            version=one.version,
            at=one.at,
            valid_until=one.valid_until,
            terms=one.terms,
            message=one.message,
            lines=[QuotedLineView.of(line, currency) for line in one.lines],
            deliveries=[QuotedDeliveryView.of(delivery, currency) for delivery in one.deliveries],
            net=Money(one.net, currency),
            tax=Money(one.tax, currency),
            total=Money(one.gross, currency),
        )


class QuoteView(Struct, frozen=True):
    """A quote: what is offered now, and what was before (`earlier`, the last first). Accepted, it is the order `order`.

    Whoever has the `link` may accept it; it is told to staff.
    """

    id: str
    cart: str
    order: str | None
    state: QuoteState
    version: int
    customer: str | None
    channel: str
    store: str | None
    language: str
    currency: str
    name: str | None
    email: str | None
    offered: QuoteVersionView
    earlier: list[QuoteVersionView]
    total: Money
    valid_until: datetime | None
    wish: str | None
    reason: str | None
    link: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, quote: Quotation, at: datetime, link: str | None) -> "QuoteView":
        """The quote as it stands at a time."""
        *earlier, offered = [QuoteVersionView.of(one, quote.currency) for one in quote.versions]
        return cls(
            id=public("quo", quote.order_id),
            cart=public("crt", quote.order_id),
            order=public("ord", quote.order_id) if quote.state is QuoteState.accepted else None,
            state=quote.state_at(at),
            version=quote.version,
            customer=public("cus", quote.customer_id) if quote.customer_id else None,
            channel=quote.channel,
            store=quote.store,
            language=quote.language,
            currency=quote.currency,
            name=quote.name,
            email=quote.email,
            offered=offered,
            earlier=earlier[::-1],
            total=quote.total,
            valid_until=quote.valid_until,
            wish=quote.wish,
            reason=quote.reason,
            link=link,
            created_at=quote.created_at,
            updated_at=quote.updated_at,
        )


class QuoteSummaryView(Struct, frozen=True):
    """A quote in a list."""

    id: str
    state: QuoteState
    version: int
    customer: str | None
    channel: str
    name: str | None
    total: Money
    valid_until: datetime | None
    updated_at: datetime

    @classmethod
    def of(cls, quote: Quotation, at: datetime) -> "QuoteSummaryView":
        """The quote as lists show it at a time."""
        return cls(
            id=public("quo", quote.order_id),
            state=quote.state_at(at),
            version=quote.version,
            customer=public("cus", quote.customer_id) if quote.customer_id else None,
            channel=quote.channel,
            name=quote.name,
            total=quote.total,
            valid_until=quote.valid_until,
            updated_at=quote.updated_at,
        )
