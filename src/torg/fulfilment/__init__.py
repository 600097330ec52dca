"""Fulfilment: what locations send to customers, or keep ready for them.

Owns fulfilments (one per order, location and method), parcels and pick-up codes. Promises that goods leave the stock
once, with the step that says so, and that nothing leaves of an order after it was cancelled. Publishes
`fulfilment.planned`, `.shipped`, `.ready`, `.collected`, `.handed_over`, `.cancelled`. Is told by orders what they
want, and knows them by their id and number only.
"""

from torg.fulfilment.events import (
    FulfilmentCancelled,
    FulfilmentCollected,
    FulfilmentEvent,
    FulfilmentHandedOver,
    FulfilmentPlanned,
    FulfilmentReady,
    FulfilmentShipped,
)
from torg.fulfilment.hand_over import collect, make_ready
from torg.fulfilment.load_history import load_history
from torg.fulfilment.model import (
    AlreadyLeft,
    Fulfilment,
    FulfilmentKind,
    FulfilmentLine,
    FulfilmentState,
    Parcel,
    Plan,
    ProofBlocked,
    ProofWrong,
    UnknownFulfilment,
    WrongStep,
)
from torg.fulfilment.plan import cancel, of_order, plan, units_left
from torg.fulfilment.ship import ship

__all__ = [
    "AlreadyLeft",
    "Fulfilment",
    "FulfilmentCancelled",
    "FulfilmentCollected",
    "FulfilmentEvent",
    "FulfilmentHandedOver",
    "FulfilmentKind",
    "FulfilmentLine",
    "FulfilmentPlanned",
    "FulfilmentReady",
    "FulfilmentShipped",
    "FulfilmentState",
    "Parcel",
    "Plan",
    "ProofBlocked",
    "ProofWrong",
    "UnknownFulfilment",
    "WrongStep",
    "cancel",
    "collect",
    "load_history",
    "make_ready",
    "of_order",
    "plan",
    "ship",
    "units_left",
]
