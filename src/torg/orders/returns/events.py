"""What returns tell the rest of Torg."""

from typing import ClassVar, Self
from uuid import UUID

from torg.kernel.events import Event
from torg.orders.returns.model import PaidBack, Return, ReturnKind


class ReturnEvent(Event, frozen=True, kw_only=True):
    """A fact about a return; who needs more asks for its order. Amounts are minor units, `gross` is what is given
    back.
    """

    family: ClassVar[str] = "order"

    return_id: UUID
    order_id: UUID | None
    kind: ReturnKind
    number: str | None
    channel: str
    market: str
    store: str | None
    location: str | None
    customer_id: UUID | None
    currency: str
    gross: int
    refunded: int
    units: int
    destination: PaidBack
    withdrawal: bool
    reason: str | None = None

    def key(self) -> str:
        return str(self.order_id or self.return_id)

    def aggregate(self) -> str:
        return str(self.return_id)

    @classmethod
    def of(cls, one: Return) -> Self:
        """The fact about this return."""
        return cls(
            return_id=one.id,
            order_id=one.order_id,
            kind=one.kind,
            number=one.number,
            channel=one.channel,
            market=one.market,
            store=one.store,
            location=one.location,
            customer_id=one.customer_id,
            currency=one.currency,
            gross=one.gross,
            refunded=one.refunded,
            units=one.units,
            destination=one.destination,
            withdrawal=one.withdrawal,
            reason=one.reason,
        )


class ReturnAnnounced(ReturnEvent, frozen=True, kw_only=True):
    """Goods are to come back."""

    type: ClassVar[str] = "return.announced"


class ReturnReceived(ReturnEvent, frozen=True, kw_only=True):
    """Goods have come back, or it was decided that units are given back for without them."""

    type: ClassVar[str] = "return.received"


class ReturnSettled(ReturnEvent, frozen=True, kw_only=True):
    """The money of a return is on its way, as far as it was paid."""

    type: ClassVar[str] = "return.settled"


class ReturnEnded(ReturnEvent, frozen=True, kw_only=True):
    """An announced return comes to nothing: it was refused, called off, or nothing came in time."""

    type: ClassVar[str] = "return.ended"

    state: str

    @classmethod
    def of(cls, one: Return) -> Self:
        """The fact about this return."""
        known = ReturnEvent.of(one)
        return cls(**{name: getattr(known, name) for name in known.__struct_fields__}, state=one.state.value)
