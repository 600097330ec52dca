"""The words of fulfilment: what one location sends to a customer, or keeps ready, in one way."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.customers import Address
from torg.inventory import RejectionReason


class FulfilmentKind(StrEnum):
    """How goods reach the customer."""

    ship = "ship"
    pick_up = "pick_up"
    carry_out = "carry_out"


class FulfilmentState(StrEnum):
    """How far it has come. `carry_out` is handed over as it is sold; `rejected` when the place can send none;
    `not_collected` when nobody came for it in time.
    """

    open = "open"
    picking = "picking"
    picked = "picked"
    ready = "ready"
    shipped = "shipped"
    collected = "collected"
    handed_over = "handed_over"
    rejected = "rejected"
    not_collected = "not_collected"
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
    extend = "extend"
    give_up = "give_up"
    reject = "reject"
    cancel = "cancel"


class FulfilmentLine(Struct, frozen=True):
    """So many units of a variant for an order's line; a bundle's line has one for each of its components.

    `gone` of them have left. In a list of work, `waits` are not there (or not out) yet and are `expected` on that day.
    `value` is what one unit cost without tax.
    """

    line_id: UUID
    variant_id: UUID
    sku: str
    name: str
    quantity: int
    waits: int = 0
    expected: date | None = None
    gone: int = 0
    value: int | None = None
    currency: str | None = None


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
    ready_at: datetime | None = None


class Packed(Struct, frozen=True):
    """So many units of a line that are in a parcel; of a bundle, of which variant."""

    line_id: UUID
    variant_id: UUID
    quantity: int


class Box(Struct, frozen=True):
    """A parcel as it is packed; with no `contents` it has all that is left to pack."""

    contents: tuple[Packed, ...] = ()
    weight_g: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    tracking: str | None = None
    tracking_url: str | None = None


class ParcelState(StrEnum):
    """How far a parcel has come: first what its sender does, then what its carrier tells."""

    packed = "packed"
    booked = "booked"
    handed_over = "handed_over"
    in_transit = "in_transit"
    out_for_delivery = "out_for_delivery"
    failed_attempt = "failed_attempt"
    at_pick_up_point = "at_pick_up_point"
    returning = "returning"
    lost = "lost"
    delivered = "delivered"
    returned = "returned"
    cancelled = "cancelled"


class ParcelEnd(StrEnum):
    """What became of a parcel that was lost or came back."""

    goods_back = "goods_back"
    written_off = "written_off"


class Parcel(Struct, frozen=True):
    """What is in one box, and how far it has come; it is given to a carrier when `shipped_at` is known."""

    order_id: UUID
    id: UUID
    fulfilment_id: UUID | None
    carrier: str
    tracking: str | None
    tracking_url: str | None
    shipped_at: datetime | None
    shipment_id: UUID | None = None
    position: int = 1
    weight_g: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    contents: tuple[Packed, ...] = ()
    state: ParcelState = ParcelState.handed_over
    state_at: datetime | None = None
    delivered_at: datetime | None = None
    settled_at: datetime | None = None
    settled_how: ParcelEnd | None = None

    @property
    def trouble(self) -> bool:
        """Whether it was lost or came back, and nobody has seen to it."""
        return self.state in {ParcelState.lost, ParcelState.returned} and self.settled_at is None


class ShipmentState(StrEnum):
    """How far a shipment has come: its carrier is asked, has said yes or no, and has taken it along."""

    booking = "booking"
    booked = "booked"
    refused = "refused"
    shipped = "shipped"
    cancelled = "cancelled"


class Shipment(Struct, frozen=True, kw_only=True):
    """Parcels that leave together with one carrier: one that is `plugged` in, or one whose numbers staff type in.

    With a `return_id` it is what a customer sends back to `location`.
    """

    order_id: UUID
    id: UUID
    fulfilment_id: UUID | None
    return_id: UUID | None = None
    carrier: str
    plugged: bool
    service: str | None = None
    state: ShipmentState
    reference: str | None = None
    code: str | None = None
    location: str
    actor: str
    created_at: datetime
    updated_at: datetime
    booked_at: datetime | None = None
    shipped_at: datetime | None = None
    version: int = 1


class ProvedBy(StrEnum):
    """How a customer has shown that a pick-up is hers; `none` when she could not be sent a code."""

    code = "code"
    identity = "identity"
    none = "none"


class Fulfilment(Struct, frozen=True):
    """What one location does for an order; `proof` is the hash of the code that the customer shows, `sealed` the code
    encrypted.

    `lines` are what it has to do, less what it has rejected. `picker` is who gathers the goods. A pick-up was promised
    for `ready_at`, is ready since `waits_since` and kept until `collect_until`.
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
    shipments: tuple[Shipment, ...] = ()
    ready_at: datetime | None = None
    waits_since: datetime | None = None
    collect_until: datetime | None = None
    reminded_at: datetime | None = None
    due_at: datetime | None = None
    extended: int = 0
    sealed: bytes | None = None
    proved_by: ProvedBy | None = None
    proof_note: str | None = None

    @property
    def left(self) -> bool:
        """Whether any of its goods have left."""
        return self.state.left or any(line.gone for line in self.lines)
