"""A quote as its page shows it: what is offered at which prices, where it goes, how it can be paid, what was before."""

from datetime import datetime

from msgspec import Struct

from torg.carts import Cart
from torg.customers import printed
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.orders import Quotation, QuotedLine, QuoteState, QuoteVersion
from torg.payments import InvoiceTerms
from torg.surfaces.shop.checkout_view import MeansSeen
from torg.surfaces.shop.front import Front


class QuotedLineSeen(Struct, frozen=True):
    """A line as it is offered; `listed` is what one costs by the price list, where that is more."""

    name: str
    options: str
    quantity: int
    unit: Money
    listed: Money | None
    tax_included: bool
    amount: Money
    reason: str
    note: str


class QuotedDeliverySeen(Struct, frozen=True):
    """How it comes, and what that costs."""

    name: str
    store: str
    price: Money


class EarlierSeen(Struct, frozen=True):
    """What was offered before."""

    version: int
    at: datetime
    total: Money


class QuoteSeen(Struct, frozen=True):
    """A quote, and whether its reader may accept it (`open`) or decline it."""

    order: str
    state: QuoteState
    version: int
    name: str
    open: bool
    may_decline: bool
    message: str
    terms: str
    wish: str
    reason: str
    until: datetime | None
    lines: tuple[QuotedLineSeen, ...]
    deliveries: tuple[QuotedDeliverySeen, ...]
    tax: Money
    total: Money
    earlier: tuple[EarlierSeen, ...]
    address: tuple[str, ...]
    warnings: tuple[str, ...]
    means: tuple[MeansSeen, ...]
    days: int
    purchase_order: str


def seen(
    at: Front,
    quote: Quotation,
    cart: Cart | None,
    means: tuple[MeansSeen, ...],
    terms: InvoiceTerms | None,
    now: datetime,
) -> QuoteSeen:
    """The quote at a moment; with the cart that it is while it can be accepted."""
    offered, state = quote.offered, quote.state_at(now)
    return QuoteSeen(
        order=public("ord", quote.order_id),
        state=state,
        version=quote.version,
        name=quote.name or "",
        open=state is QuoteState.sent,
        may_decline=state in {QuoteState.sent, QuoteState.asked},
        message=(offered.message or "") if offered.valid_until else "",
        terms=offered.terms or "",
        wish=quote.wish or "",
        reason=quote.reason or "",
        until=quote.valid_until,
        lines=tuple(_line(line, quote.currency) for line in offered.lines),
        deliveries=tuple(_deliveries(at, quote, offered)),
        tax=Money(offered.tax, quote.currency),
        total=quote.total,
        earlier=tuple(
            EarlierSeen(one.version, one.at, Money(one.gross, quote.currency))
            for one in quote.versions[-2::-1]
            if one.valid_until is not None
        ),
        address=tuple(printed(cart.address)) if cart and cart.address else (),
        warnings=tuple(sorted({one.code.value for one in cart.warnings})) if cart else (),
        means=means,
        days=terms.days if terms else 0,
        purchase_order=(cart.purchase_order or "") if cart else "",
    )


def _line(line: QuotedLine, currency: str) -> QuotedLineSeen:
    return QuotedLineSeen(
        name=line.name,
        options=line.options,
        quantity=line.quantity,
        unit=Money(line.unit, currency),
        listed=Money(line.listed, currency) if line.listed > line.unit else None,
        tax_included=line.tax_included,
        amount=Money(line.gross, currency),
        reason=line.reason or "",
        note=line.note or "",
    )


def _deliveries(at: Front, quote: Quotation, offered: QuoteVersion) -> list[QuotedDeliverySeen]:
    known = at.shop.atlas
    return [
        QuotedDeliverySeen(
            name=one.name,
            store=known.store(one.store).called(at.language) if one.store else "",
            price=Money(one.gross, quote.currency),
        )
        for one in offered.deliveries
    ]
