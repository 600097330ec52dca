"""The words of the order hub: what a list tells of an order, and what one can ask it for."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.orders.model import OrderState
from torg.orders.standing import Extent
from torg.payments import Tender


class PaymentStanding(StrEnum):
    """How an order's money stands."""

    nothing = "nothing"
    """It costs nothing, or nothing was ever taken and nothing will be."""
    due = "due"
    authorised = "authorised"
    part_paid = "part_paid"
    paid = "paid"
    part_refunded = "part_refunded"
    refunded = "refunded"


class FulfilmentStanding(StrEnum):
    """How far an order's goods have come."""

    nothing = "nothing"
    """There is nothing to deliver, or not any more."""
    waiting = "waiting"
    ready = "ready"
    part_gone = "part_gone"
    gone = "gone"


class Problem(StrEnum):
    """Why somebody has to look at an order."""

    shortfall = "shortfall"
    unpaid = "unpaid"
    overpaid = "overpaid"
    rejected = "rejected"
    refund_failed = "refund_failed"
    authorisation_ending = "authorisation_ending"
    claim = "claim"
    """A customer complains, and nobody has decided yet."""
    dispute = "dispute"
    """A bank asks about a payment, or holds its money, and has not decided yet."""
    change = "change"
    """A change waits until it is paid."""
    parcel = "parcel"
    """A parcel was lost or came back, and nobody has seen to it."""


class Sort(StrEnum):
    """In which order a list stands; `promised` shows only what has not left, the longest promised first."""

    newest = "newest"
    oldest = "oldest"
    promised = "promised"


class OrderFacts(Struct, frozen=True, kw_only=True):
    """What a list tells of an order.

    `due` is still to be collected, or given back where it is negative. What has not left was promised by `promised_by`.
    It was agreed that it is paid by `pay_by`; None once it is.
    """

    order_id: UUID
    at: datetime
    state: OrderState
    source: str | None
    number: str | None
    channel: str
    market: str
    store: str | None
    stores: tuple[str, ...]
    customer_id: UUID | None
    name: str
    email: str | None
    currency: str
    gross: int
    units: int
    gone: int
    payment: PaymentStanding
    due: int
    fulfilment: FulfilmentStanding
    promised_by: datetime | None
    pay_by: datetime | None
    paid: Extent
    shipped: Extent
    returned: Extent
    refunded: Extent
    tenders: tuple[str, ...]
    problems: tuple[str, ...]
    title: str
    version: int

    def late(self, now: datetime) -> bool:
        """Whether it has not left by when it was promised."""
        return self.promised_by is not None and self.promised_by < now

    def overdue(self, now: datetime) -> bool:
        """Whether it is not paid by when it was agreed to be."""
        return self.pay_by is not None and self.pay_by < now


class Wanted(Struct, frozen=True, kw_only=True):
    """Which orders a list shows: all that are not excluded. `store` sold them, `delivering` hands over or sends some.

    `question` is anything that a person may know of an order. Amounts are minor units of `currency`.
    """

    question: str | None = None
    number: str | None = None
    state: OrderState | None = None
    channel: str | None = None
    market: str | None = None
    store: str | None = None
    delivering: str | None = None
    customer_id: UUID | None = None
    email: str | None = None
    payment: PaymentStanding | None = None
    fulfilment: FulfilmentStanding | None = None
    tender: Tender | None = None
    problem: Problem | None = None
    paid: Extent | None = None
    shipped: Extent | None = None
    returned: Extent | None = None
    refunded: Extent | None = None
    late: bool | None = None
    overdue: bool | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    currency: str | None = None
    at_least: int | None = None
    at_most: int | None = None
    sort: Sort = Sort.newest
