"""What quotes tell the rest of Torg."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from torg.kernel.events import Event
from torg.orders.quotes.model import Quotation


class QuoteEvent(Event, frozen=True, kw_only=True):
    """A fact about a quote; who needs more asks for the quote."""

    family: ClassVar[str] = "order"

    quote_id: UUID
    version: int
    channel: str
    store: str | None
    customer_id: UUID | None
    currency: str
    gross: int
    valid_until: datetime | None
    reason: str | None = None

    def key(self) -> str:
        return str(self.quote_id)

    @classmethod
    def of(cls, quote: Quotation) -> Self:
        """The fact about this quote."""
        return cls(
            quote_id=quote.order_id,
            version=quote.version,
            channel=quote.channel,
            store=quote.store,
            customer_id=quote.customer_id,
            currency=quote.currency,
            gross=quote.gross,
            valid_until=quote.valid_until,
            reason=quote.reason,
        )


class QuoteAsked(QuoteEvent, frozen=True, kw_only=True):
    """Somebody wants an offer for what is in her cart."""

    type: ClassVar[str] = "quote.asked"


class QuoteSent(QuoteEvent, frozen=True, kw_only=True):
    """A version of a quote was sent to who may accept it."""

    type: ClassVar[str] = "quote.sent"


class QuoteAccepted(QuoteEvent, frozen=True, kw_only=True):
    """A quote has become an order, which has its id."""

    type: ClassVar[str] = "quote.accepted"


class QuoteDeclined(QuoteEvent, frozen=True, kw_only=True):
    """Who was asked does not want it."""

    type: ClassVar[str] = "quote.declined"


class QuoteWithdrawn(QuoteEvent, frozen=True, kw_only=True):
    """Who offered it does so no more."""

    type: ClassVar[str] = "quote.withdrawn"


class QuoteExpired(QuoteEvent, frozen=True, kw_only=True):
    """Nobody accepted it in time."""

    type: ClassVar[str] = "quote.expired"
