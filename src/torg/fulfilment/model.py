"""The words of fulfilment: what one location sends to a customer, or keeps ready, in one way; what can be refused."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.customers import Address
from torg.inventory import RejectionReason
from torg.kernel.errors import NotFound, Refused


class FulfilmentKind(StrEnum):
    """How goods reach the customer."""

    ship = "ship"
    pick_up = "pick_up"
    carry_out = "carry_out"


class FulfilmentState(StrEnum):
    """How far it has come. `carry_out` is handed over as it is sold; `rejected` when the place can send none."""

    open = "open"
    picking = "picking"
    picked = "picked"
    ready = "ready"
    shipped = "shipped"
    collected = "collected"
    handed_over = "handed_over"
    rejected = "rejected"
    cancelled = "cancelled"

    @property
    def left(self) -> bool:
        """Whether the goods have left."""
        return self in LEFT


TO_DO = (FulfilmentState.open, FulfilmentState.picking, FulfilmentState.picked, FulfilmentState.ready)
LEFT = frozenset({FulfilmentState.shipped, FulfilmentState.collected, FulfilmentState.handed_over})


class Verb(StrEnum):
    """What is done to a fulfilment."""

    begin = "begin"
    pick = "pick"
    ship = "ship"
    make_ready = "make_ready"
    collect = "collect"
    reject = "reject"
    cancel = "cancel"


class FulfilmentLine(Struct, frozen=True):
    """So many units of a variant for an order's line; a bundle's line has one for each of its components.

    In a list of work, `waits` of them are not there (or not out) yet and are `expected` on that day.
    """

    line_id: UUID
    variant_id: UUID
    sku: str
    name: str
    quantity: int
    waits: int = 0
    expected: date | None = None


class Rejected(Struct, frozen=True):
    """So many units of a line that the place cannot send, and why; of a bundle, of which variant."""

    line_id: UUID
    variant_id: UUID
    quantity: int
    reason: RejectionReason
    note: str | None = None


class Rejection(Struct, frozen=True):
    """A place could not send so many units of a line; what was said at once has one id."""

    order_id: UUID
    id: UUID
    line_id: UUID
    fulfilment_id: UUID
    variant_id: UUID
    sku: str
    name: str
    location: str
    round: int
    quantity: int
    reason: RejectionReason
    note: str | None
    actor: str
    at: datetime


class Plan(Struct, frozen=True, kw_only=True):
    """What an order wants from a location: the lines, how, to whom, and in which words to tell.

    `origin` is what it makes up for, when another place could not send the goods, and `round` how many places have been
    asked for them by now.
    """

    location: str
    method: str
    kind: FulfilmentKind
    number: str
    channel: str
    store: str | None
    recipient: str
    address: Address | None
    email: str | None
    language: str
    region: str | None
    time_zone: str
    lines: tuple[FulfilmentLine, ...]
    origin: UUID | None = None
    round: int = 1


class Parcel(Struct, frozen=True):
    """A parcel that was given to a carrier."""

    order_id: UUID
    id: UUID
    fulfilment_id: UUID
    carrier: str
    tracking: str | None
    tracking_url: str | None
    shipped_at: datetime


class Fulfilment(Struct, frozen=True):
    """What one location does for an order; `proof` is the hash of the code that the customer shows.

    `lines` are what it has to do, less what it has rejected. `picker` is who gathers the goods. In the work list
    `ready_at` is when a store has promised to have them ready.
    """

    order_id: UUID
    id: UUID
    location: str
    method: str
    kind: FulfilmentKind
    state: FulfilmentState
    number: str
    channel: str
    store: str | None
    recipient: str
    address: Address | None
    email: str | None
    language: str
    region: str | None
    time_zone: str
    proof: bytes | None
    proof_tries: int
    created_at: datetime
    updated_at: datetime
    version: int
    round: int = 1
    picker: str | None = None
    lines: tuple[FulfilmentLine, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    ready_at: datetime | None = None


class UnknownFulfilment(NotFound):
    """The order has no such fulfilment, or the actor may not look."""

    code = "unknown-fulfilment"
    message = "There is no fulfilment {fulfilment}."


class WrongStep(Refused):
    """That cannot be done with a fulfilment of this kind in this state."""

    code = "wrong-step"
    message = "A fulfilment that is {state} cannot go through the step {step}."


class AlreadyLeft(Refused):
    """Goods of the order have left the building, so it cannot be undone any more; it can be returned."""

    code = "already-left"
    message = "Some of the goods have left the building already."


class NotOnAList(Refused):
    """The goods are being gathered, are ready or have left, so the order cannot want less of them any more."""

    code = "being-prepared"
    message = "Some of the goods are being prepared already, or have left."


class ProofWrong(Refused):
    """The code is not the one that the customer was sent."""

    code = "proof-wrong"
    message = "This is not the pick-up code of this order. {count} tries are left."


class ProofBlocked(Refused):
    """Too many wrong codes: a new one has to be sent."""

    code = "proof-blocked"
    message = "Too many wrong codes were given. Send the customer a new one."
