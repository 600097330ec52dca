"""Fulfilment: what locations send to customers, or keep ready for them.

Owns fulfilments (one per order, location, method and what asked for it), rejections, shipments with their parcels and
labels, what was seen of parcels, and pick-up codes; the port that carriers fill. Promises that each unit leaves the
stock once, with the step that says so, that a carrier books once, that nothing leaves of an order after it was
cancelled, that a pick-up is collected or goes back, and that what a place cannot send is taken off its books and told.
Publishes `fulfilment.planned`, `.picked`, `.reduced`, `.rejected`, `.shipped`, `.delivered`, `.ready`, `.collected`,
`.not_collected`, `.handed_over`, `.cancelled`, `shipment.refused`, `parcel.moved`, `.settled`. Is told by orders what
they want, and knows them by their id and number only.
"""

from torg.fulfilment.carrier import (
    Booking,
    Carrier,
    Carriers,
    Consignment,
    Goods,
    Labelled,
    Party,
    Piece,
    Sighting,
)
from torg.fulfilment.code import code_of
from torg.fulfilment.errors import (
    AlreadyLeft,
    CarrierCallNotGenuine,
    CarrierRefused,
    CarrierSilent,
    NotOnAList,
    ProofBlocked,
    ProofWrong,
    UnknownFulfilment,
    WrongStep,
)
from torg.fulfilment.events import (
    FulfilmentCancelled,
    FulfilmentCollected,
    FulfilmentDelivered,
    FulfilmentEvent,
    FulfilmentHandedOver,
    FulfilmentNotCollected,
    FulfilmentPicked,
    FulfilmentPlanned,
    FulfilmentReady,
    FulfilmentReduced,
    FulfilmentRejected,
    FulfilmentShipped,
    ParcelMoved,
    ParcelSettled,
    ShipmentRefused,
)
from torg.fulfilment.hand_over import collect, make_ready
from torg.fulfilment.link import documents_link, follow_link, opened_documents
from torg.fulfilment.link import opened as opened_link
from torg.fulfilment.lists.sheet import Sheet, sheet, sheet_of
from torg.fulfilment.load_history import load_history
from torg.fulfilment.model import (
    Box,
    Fulfilment,
    FulfilmentKind,
    FulfilmentLine,
    FulfilmentState,
    Packed,
    Parcel,
    ParcelState,
    Plan,
    ProvedBy,
    Rejected,
    Rejection,
    Shipment,
    ShipmentState,
)
from torg.fulfilment.pick import begin, pick
from torg.fulfilment.pick_ups.extend import extend, extend_followed
from torg.fulfilment.plan import cancel, of_order, of_orders, plan, planned, rejections, units_left
from torg.fulfilment.reject import reject
from torg.fulfilment.rules import unpacked
from torg.fulfilment.shipments.label_for import (
    carry_out_label,
    claim_label,
    give_up_label,
    label_for,
    shipment_back,
)
from torg.fulfilment.shipments.model import LabelFormat
from torg.fulfilment.shipments.ship import ship
from torg.fulfilment.take_off import Direction, TakenOff, direct, stop, take_off
from torg.fulfilment.take_off import begun as begun_units
from torg.fulfilment.tracking.see import SeenOfParcel, seen_of

__all__ = [
    "AlreadyLeft",
    "Booking",
    "Box",
    "Carrier",
    "CarrierCallNotGenuine",
    "CarrierRefused",
    "CarrierSilent",
    "Carriers",
    "Consignment",
    "Direction",
    "Fulfilment",
    "FulfilmentCancelled",
    "FulfilmentCollected",
    "FulfilmentDelivered",
    "FulfilmentEvent",
    "FulfilmentHandedOver",
    "FulfilmentKind",
    "FulfilmentLine",
    "FulfilmentNotCollected",
    "FulfilmentPicked",
    "FulfilmentPlanned",
    "FulfilmentReady",
    "FulfilmentReduced",
    "FulfilmentRejected",
    "FulfilmentShipped",
    "FulfilmentState",
    "Goods",
    "LabelFormat",
    "Labelled",
    "NotOnAList",
    "Packed",
    "Parcel",
    "ParcelMoved",
    "ParcelSettled",
    "ParcelState",
    "Party",
    "Piece",
    "Plan",
    "ProofBlocked",
    "ProofWrong",
    "ProvedBy",
    "Rejected",
    "Rejection",
    "SeenOfParcel",
    "Sheet",
    "Shipment",
    "ShipmentRefused",
    "ShipmentState",
    "Sighting",
    "TakenOff",
    "UnknownFulfilment",
    "WrongStep",
    "begin",
    "begun_units",
    "cancel",
    "carry_out_label",
    "claim_label",
    "code_of",
    "collect",
    "direct",
    "documents_link",
    "extend",
    "extend_followed",
    "follow_link",
    "give_up_label",
    "label_for",
    "load_history",
    "make_ready",
    "of_order",
    "of_orders",
    "opened_documents",
    "opened_link",
    "pick",
    "plan",
    "planned",
    "reject",
    "rejections",
    "seen_of",
    "sheet",
    "sheet_of",
    "ship",
    "shipment_back",
    "stop",
    "take_off",
    "units_left",
    "unpacked",
]
