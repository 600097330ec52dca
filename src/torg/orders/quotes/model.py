"""The words of quotes.

A quote is a cart with agreed prices, terms and a last moment. It is found by its cart's id, which becomes its order's.
Each time it is sent it has another version; what was accepted is one of them. `accepting` is a quote whose purchase is
under way: nobody withdraws, changes or lets it expire then.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.carts import Intent, LineWish
from torg.kernel.errors import Conflict, NotFound
from torg.kernel.money import Money


class QuoteState(StrEnum):
    """How far a quote has come."""

    asked = "asked"
    sent = "sent"
    accepting = "accepting"
    accepted = "accepted"
    declined = "declined"
    withdrawn = "withdrawn"
    expired = "expired"


LIVE = frozenset({QuoteState.asked, QuoteState.sent})
"""In these it waits for somebody; in `accepting` it waits for the payment, in all others for nobody."""


class QuotedLine(Struct, frozen=True):
    """A line as it was offered; `listed` is what one costs by the price list, `reason` why it costs something else."""

    id: UUID
    variant_id: UUID
    sku: str
    name: str
    options: str
    quantity: int
    intent: Intent
    store: str | None
    note: str | None
    unit: int
    listed: int
    tax_included: bool
    discount: int
    net: int
    tax: int
    gross: int
    reason: str | None = None


class QuotedDelivery(Struct, frozen=True):
    """A delivery as it was offered, and what it costs."""

    method: str
    name: str
    store: str | None
    gross: int


class QuoteVersion(Struct, frozen=True):
    """What was offered at a time, by whom, on which terms, until when."""

    version: int
    at: datetime
    by: str
    valid_until: datetime | None
    terms: str | None
    message: str | None
    lines: tuple[QuotedLine, ...]
    deliveries: tuple[QuotedDelivery, ...]
    net: int
    tax: int
    gross: int


class Quotation(Struct, frozen=True, kw_only=True):
    """A quote with all its versions; `wish` is what whoever asked for it wrote, `reason` why it came to nothing."""

    order_id: UUID
    state: QuoteState
    version: int
    customer_id: UUID | None
    channel: str
    store: str | None
    market: str
    language: str
    country: str
    name: str | None
    email: str | None
    currency: str
    gross: int
    valid_until: datetime | None
    openers: tuple[bytes, ...]
    versions: tuple[QuoteVersion, ...]
    wish: str | None = None
    reason: str | None = None
    created_by: str
    created_at: datetime
    updated_at: datetime

    @property
    def offered(self) -> QuoteVersion:
        """What is offered now."""
        return self.versions[-1]

    @property
    def total(self) -> Money:
        """What it comes to."""
        return Money(self.gross, self.currency)

    def state_at(self, at: datetime) -> QuoteState:
        """Its state then: what nobody has accepted in time has expired, also before the sweeper says so."""
        over = self.valid_until is not None and self.valid_until <= at
        return QuoteState.expired if self.state is QuoteState.sent and over else self.state


class AgreedPrice(Struct, frozen=True):
    """What one of a line is to cost, in minor units and in the terms of its price list, and why."""

    unit: int
    reason: str


class QuoteWish(Struct, frozen=True, kw_only=True):
    """What is to be offered: how many of which lines, at which prices, what comes in addition, on which terms.

    `version` is the version of the quote (of the cart, where there is none yet) that this was decided on.
    """

    valid_until: datetime
    terms: str | None = None
    message: str | None = None
    prices: dict[UUID, AgreedPrice] = {}
    quantities: dict[UUID, int] = {}
    added: tuple[tuple[LineWish, AgreedPrice | None], ...] = ()
    delivery: int | None = None
    version: int | None = None


class UnknownQuote(NotFound):
    """There is no such quote, or it is not this caller's to see."""

    code = "unknown-quote"
    message = "There is no quote {quote}."


class QuoteNotOpen(Conflict):
    """The quote was accepted, declined, withdrawn or is over, or its purchase is under way."""

    code = "quote-not-open"
    message = "This quote is {state}."
