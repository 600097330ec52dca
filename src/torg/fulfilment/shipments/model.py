"""The words of shipments that only they need: errands to carriers, and formats of labels."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class Operation(StrEnum):
    """What a carrier is asked to do."""

    book = "book"
    cancel = "cancel"


class ErrandState(StrEnum):
    """Whether a carrier has answered."""

    claimed = "claimed"
    done = "done"
    refused = "refused"


class Errand(Struct, frozen=True):
    """What a carrier is asked to do with a shipment; `id` is its idempotency key."""

    order_id: UUID
    id: UUID
    shipment_id: UUID
    operation: Operation
    state: ErrandState
    code: str | None
    tries: int
    claimed_at: datetime
    lease_until: datetime
    ended_at: datetime | None = None

    @property
    def key(self) -> str:
        """What tells the carrier that it was asked before."""
        return self.id.hex


class LabelFormat(StrEnum):
    """How a label is written: to be printed on any printer, or by a label printer itself."""

    pdf = "pdf"
    svg = "svg"
    zpl = "zpl"
    png = "png"

    @property
    def media_type(self) -> str:
        """What browsers and printers know it as."""
        return MEDIA[self]


MEDIA = {
    LabelFormat.pdf: "application/pdf",
    LabelFormat.svg: "image/svg+xml",
    LabelFormat.zpl: "text/plain; charset=utf-8",
    LabelFormat.png: "image/png",
}
