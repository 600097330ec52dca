"""What happened to goods on their way."""

from typing import ClassVar
from uuid import UUID

from torg.inventory.supplies.model import Rest, SupplyKind
from torg.kernel.events import Event


class _OfSupply(Event, frozen=True, kw_only=True):
    supply_id: UUID
    kind: SupplyKind
    location: str

    def key(self) -> str:
        return self.supply_id.hex


class SupplyOpened(_OfSupply, frozen=True, kw_only=True):
    """Goods were ordered from a supplier or sent from another location."""

    type: ClassVar[str] = "supply.opened"
    family: ClassVar[str] = "value"

    source: str | None
    units: int


class SupplyArrived(_OfSupply, frozen=True, kw_only=True):
    """Some of it arrived; `done` when nothing more is expected."""

    type: ClassVar[str] = "supply.arrived"
    family: ClassVar[str] = "value"

    units: int
    done: bool


class SupplyClosed(_OfSupply, frozen=True, kw_only=True):
    """What had not arrived was given up."""

    type: ClassVar[str] = "supply.closed"
    family: ClassVar[str] = "value"

    rest: Rest
    units: int
