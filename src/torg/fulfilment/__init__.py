"""Fulfilment: what locations send to customers, or keep ready for them.

Owns fulfilments (one per order, location, method and what asked for it), rejections, parcels and pick-up codes.
Promises that goods leave the stock once, with the step that says so, that nothing leaves of an order after it was
cancelled, and that what a place cannot send is taken off its books and told. Publishes `fulfilment.planned`, `.picked`,
`.reduced`, `.rejected`, `.shipped`, `.ready`, `.collected`, `.handed_over`, `.cancelled`. Is told by orders what they
want, and knows them by their id and number only.
"""

from torg.fulfilment.events import (
    FulfilmentCancelled,
    FulfilmentCollected,
    FulfilmentEvent,
    FulfilmentHandedOver,
    FulfilmentPicked,
    FulfilmentPlanned,
    FulfilmentReady,
    FulfilmentReduced,
    FulfilmentRejected,
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
    NotOnAList,
    Parcel,
    Plan,
    ProofBlocked,
    ProofWrong,
    Rejected,
    Rejection,
    UnknownFulfilment,
    WrongStep,
)
from torg.fulfilment.pick import begin, pick
from torg.fulfilment.plan import cancel, of_order, of_orders, plan, rejections, units_left
from torg.fulfilment.reject import reject
from torg.fulfilment.ship import ship
from torg.fulfilment.take_off import Direction, TakenOff, direct, take_off
from torg.fulfilment.take_off import begun as begun_units

__all__ = [
    "AlreadyLeft",
    "Direction",
    "Fulfilment",
    "FulfilmentCancelled",
    "FulfilmentCollected",
    "FulfilmentEvent",
    "FulfilmentHandedOver",
    "FulfilmentKind",
    "FulfilmentLine",
    "FulfilmentPicked",
    "FulfilmentPlanned",
    "FulfilmentReady",
    "FulfilmentReduced",
    "FulfilmentRejected",
    "FulfilmentShipped",
    "FulfilmentState",
    "NotOnAList",
    "Parcel",
    "Plan",
    "ProofBlocked",
    "ProofWrong",
    "Rejected",
    "Rejection",
    "TakenOff",
    "UnknownFulfilment",
    "WrongStep",
    "begin",
    "begun_units",
    "cancel",
    "collect",
    "direct",
    "load_history",
    "make_ready",
    "of_order",
    "of_orders",
    "pick",
    "plan",
    "reject",
    "rejections",
    "ship",
    "take_off",
    "units_left",
]
