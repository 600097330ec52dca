"""What happened to stock; keyed by bucket, so that a level's events stand where the level stands."""

from typing import ClassVar
from uuid import UUID

from msgspec import Struct

from torg.inventory.model import Reason
from torg.inventory.rules import bucket
from torg.kernel.events import Event


def level_name(variant_id: UUID, location: str) -> str:
    """How a level is called as the aggregate of its events."""
    return f"{variant_id.hex}@{location}"


class _OfLevel(Event, frozen=True, kw_only=True):
    variant_id: UUID
    location: str

    def key(self) -> str:
        return str(bucket(self.variant_id))

    def aggregate(self) -> str:
        return level_name(self.variant_id, self.location)


class StockChanged(_OfLevel, frozen=True, kw_only=True):
    """What is on hand or can be promised has changed; `movement` is the number of the level's last one.

    `kept` says how many of what can be promised a channel leaves to others, where the level says so of it.
    """

    type: ClassVar[str] = "stock.changed"
    family: ClassVar[str] = "stock"

    on_hand: int
    available: int
    movement: int
    kept: dict[str, int] | None = None


class StockReceived(_OfLevel, frozen=True, kw_only=True):
    """Goods came in."""

    type: ClassVar[str] = "stock.received"
    family: ClassVar[str] = "stock"

    quantity: int
    document: str


class LoadedLevel(Struct, frozen=True):
    """A level that goods came in on with others; its figures are those of `StockChanged`."""

    variant_id: UUID
    location: str
    on_hand: int
    available: int
    movement: int
    kept: dict[str, int] | None = None


class StockLoaded(Event, frozen=True, kw_only=True):
    """Goods came in on many levels at once; what is on hand and can be promised there now."""

    type: ClassVar[str] = "stock.loaded"
    family: ClassVar[str] = "stock"

    bucket: int
    document: str
    levels: tuple[LoadedLevel, ...]

    def key(self) -> str:
        return str(self.bucket)


class StockAdjusted(_OfLevel, frozen=True, kw_only=True):
    """Somebody found, lost, broke or corrected goods; `quantity` is what that did to the goods on hand."""

    type: ClassVar[str] = "stock.adjusted"
    family: ClassVar[str] = "stock"

    quantity: int
    reason: Reason


class HoldExpired(Event, frozen=True, kw_only=True):
    """Goods that were kept for an order's lines can be sold to others again; one event a bucket."""

    type: ClassVar[str] = "hold.expired"
    family: ClassVar[str] = "stock"

    bucket: int
    order_id: UUID
    lines: tuple[UUID, ...]

    def key(self) -> str:
        return str(self.bucket)

    def aggregate(self) -> str:
        return f"{self.order_id.hex}-{self.bucket}"


class DeliveryMethodChanged(Event, frozen=True, kw_only=True):
    """A way of delivery was added, changed or retired."""

    type: ClassVar[str] = "delivery-method.changed"
    family: ClassVar[str] = "reference"

    code: str
    active: bool

    def key(self) -> str:
        return self.code
