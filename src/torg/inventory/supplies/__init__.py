"""Goods on their way to a location: ordered from a supplier, or sent from another location.

What is on its way is counted as `incoming` where it is expected, from the moment it was ordered or sent until it has
arrived, in as many parts as it takes, or is given up. A supply is never received twice nor more of a transfer than was
sent, and what is promised to customers cannot be sent away.
"""

from torg.inventory.supplies.arrive import arrive
from torg.inventory.supplies.close import close
from torg.inventory.supplies.events import SupplyArrived, SupplyClosed, SupplyOpened
from torg.inventory.supplies.look import supplies, supply
from torg.inventory.supplies.model import (
    Arrival,
    MoreThanSent,
    NotExpected,
    NotOnItsWay,
    Rest,
    SameLocation,
    Supply,
    SupplyKind,
    SupplyLine,
    SupplyState,
    UnknownSupply,
    Wanted,
)
from torg.inventory.supplies.order import order_goods
from torg.inventory.supplies.send import send

__all__ = [
    "Arrival",
    "MoreThanSent",
    "NotExpected",
    "NotOnItsWay",
    "Rest",
    "SameLocation",
    "Supply",
    "SupplyArrived",
    "SupplyClosed",
    "SupplyKind",
    "SupplyLine",
    "SupplyOpened",
    "SupplyState",
    "UnknownSupply",
    "Wanted",
    "arrive",
    "close",
    "order_goods",
    "send",
    "supplies",
    "supply",
]
