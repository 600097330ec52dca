"""What orders tell the rest of Torg."""

from typing import ClassVar, Self
from uuid import UUID

from msgspec.structs import replace

from torg.carts import topic
from torg.kernel.events import Event
from torg.kernel.live import Topics
from torg.orders.model import Capture, Order


class OrderEvent(Event, frozen=True, kw_only=True):
    """A fact about an order; who needs more asks for the order."""

    family: ClassVar[str] = "order"

    order_id: UUID
    number: str | None
    channel: str
    market: str
    store: str | None
    customer_id: UUID | None
    currency: str
    gross: int
    units: int
    capture: Capture
    reason: str | None = None

    def key(self) -> str:
        return str(self.order_id)

    @classmethod
    def of(cls, order: Order) -> Self:
        """The fact about this order."""
        return cls(
            order_id=order.order_id,
            number=order.number,
            channel=order.channel,
            market=order.market,
            store=order.store,
            customer_id=order.customer_id,
            currency=order.currency,
            gross=order.gross,
            units=order.units,
            capture=order.capture,
            reason=order.reason,
        )


class OrderPlaced(OrderEvent, frozen=True, kw_only=True):
    """Somebody has bought something, and it is paid for or will be."""

    type: ClassVar[str] = "order.placed"


class OrderLapsed(OrderEvent, frozen=True, kw_only=True):
    """The payment did not come about; the cart is open again."""

    type: ClassVar[str] = "order.lapsed"


class OrderCancelled(OrderEvent, frozen=True, kw_only=True):
    """The order will not be delivered; its money goes back."""

    type: ClassVar[str] = "order.cancelled"


class OrderNoted(OrderEvent, frozen=True, kw_only=True):
    """Staff wrote something down about the order."""

    type: ClassVar[str] = "order.noted"


class OrderDelivered(OrderEvent, frozen=True, kw_only=True):
    """Some or all units of an order have left the building."""

    type: ClassVar[str] = "order.delivered"

    gone: int = 0

    @classmethod
    def of_units(cls, order: Order, gone: int) -> Self:
        """So many units of this order have left by now."""
        return replace(cls.of(order), gone=gone)


def _of_cart(event: "OrderEvent") -> list[tuple[str, Event]]:
    return [(topic(event.order_id), event)]


TOPICS: Topics = dict.fromkeys((OrderPlaced, OrderLapsed), _of_cart)
"""Pages with the cart hear that it has been bought, or can be changed again."""
