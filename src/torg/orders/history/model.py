"""The words of history: an order as another system hands it over, with what became of it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.carts import Touch
from torg.customers import Address
from torg.kernel.errors import Conflict
from torg.orders.model import Capture, Intent, OrderDelivery, OrderLine
from torg.orders.returns import ReturnLine
from torg.payments import Tender

MOST_ORDERS: Final = 5_000
"""As many orders as are brought in at once."""


class HistoricRefund(Struct, frozen=True):
    """Money of a payment that went back."""

    id: UUID
    amount: int
    at: datetime
    reason: str = ""


class HistoricPayment(Struct, frozen=True, kw_only=True):
    """Money that was taken; `reference` is the gateway's own name for it, without which it cannot be asked again."""

    id: UUID
    tender: Tender
    amount: int
    captured_at: datetime
    gateway: str | None = None
    method: str | None = None
    reference: str | None = None
    refunds: tuple[HistoricRefund, ...] = ()


class HistoricFulfilment(Struct, frozen=True, kw_only=True):
    """What left a location for the customer, and when; `units` by the id of the order's line."""

    id: UUID
    location: str
    method: str
    intent: Intent
    left_at: datetime
    units: dict[UUID, int]
    carrier: str | None = None
    tracking: str | None = None


class HistoricReturn(Struct, frozen=True, kw_only=True):
    """Goods that came back; `delivery` is what was given back for bringing them, on top of the lines.

    Of which order is said by where it stands: in a `HistoricOrder`, or alone when nobody knows it.
    """

    id: UUID
    channel: str
    store: str | None = None
    customer_id: UUID | None = None
    number: str | None = None
    lines: tuple[ReturnLine, ...]
    delivery: int = 0
    reason: str | None = None
    returned_at: datetime


class HistoricOrder(Struct, frozen=True, kw_only=True):
    """A finished order. Its totals are those of its lines and deliveries; its market, seller, currency and time zone
    are those of its channel; without a `number` of its own it gets one of ours.

    Lines say with `gone` how many units have left; a fulfilment says it for its lines.
    """

    order_id: UUID
    number: str | None = None
    channel: str
    store: str | None = None
    customer_id: UUID | None = None
    language: str | None = None
    country: str | None = None
    region: str | None = None
    name: str = ""
    email: str | None = None
    phone: str | None = None
    address: Address | None = None
    billing: Address | None = None
    deliveries: tuple[OrderDelivery, ...] = ()
    codes: tuple[str, ...] = ()
    journey: tuple[Touch, ...] = ()
    capture: Capture = Capture.placement
    lines: tuple[OrderLine, ...]
    payments: tuple[HistoricPayment, ...] = ()
    fulfilments: tuple[HistoricFulfilment, ...] = ()
    returns: tuple[HistoricReturn, ...] = ()
    placed_at: datetime
    cancelled_at: datetime | None = None
    reason: str | None = None


class NumberTaken(Conflict):
    """Another order has the number under which a historic one is known."""

    code = "order-number-taken"
    message = "Another order already has the number {number}."


class HistoryWrong(ValueError):
    """What was handed over contradicts itself: a defect of whoever composed it, and nothing was written."""
