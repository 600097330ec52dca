"""What shortfalls tell the rest of Torg."""

from typing import ClassVar, Self
from uuid import UUID

from torg.kernel.events import Event
from torg.orders.shortfalls.model import Shortfall


class ShortfallEvent(Event, frozen=True, kw_only=True):
    """A fact about units of an order that no place sends."""

    family: ClassVar[str] = "order"

    order_id: UUID
    shortfall_id: UUID
    line_id: UUID
    variant_id: UUID
    channel: str
    quantity: int
    reason: str
    state: str

    def key(self) -> str:
        return str(self.order_id)

    def aggregate(self) -> str:
        return str(self.shortfall_id)

    @classmethod
    def of(cls, shortfall: Shortfall) -> Self:
        """The fact about this shortfall."""
        return cls(
            order_id=shortfall.order_id,
            shortfall_id=shortfall.id,
            line_id=shortfall.line_id,
            variant_id=shortfall.variant_id,
            channel=shortfall.channel,
            quantity=shortfall.quantity,
            reason=shortfall.reason.value,
            state=shortfall.state.value,
        )


class ShortfallOpened(ShortfallEvent, frozen=True, kw_only=True):
    """Nobody sends these units by themselves: staff decide."""

    type: ClassVar[str] = "shortfall.opened"


class ShortfallSettled(ShortfallEvent, frozen=True, kw_only=True):
    """A place sends them, or nobody has to any more."""

    type: ClassVar[str] = "shortfall.settled"


class ShortfallBackordered(ShortfallEvent, frozen=True, kw_only=True):
    """They wait for goods to come."""

    type: ClassVar[str] = "shortfall.backordered"
