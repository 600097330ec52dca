"""What fulfilment refuses, and what is not there."""

from torg.kernel.errors import NotFound, Refused, Unavailable


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


class ProofWrong(Refused):
    """The code is not the one that the customer was sent."""

    code = "proof-wrong"
    message = "This is not the pick-up code of this order. {count} tries are left."


class ProofBlocked(Refused):
    """Too many wrong codes: a new one has to be sent."""

    code = "proof-blocked"
    message = "Too many wrong codes were given. Send the customer a new one."


class UnknownShipment(NotFound):
    """The order has no such shipment, or the actor may not look."""

    code = "unknown-shipment"
    message = "There is no shipment {shipment}."


class UnknownParcel(NotFound):
    """There is no such parcel, or the actor may not look."""

    code = "unknown-parcel"
    message = "There is no parcel {parcel}."


class NoLabel(NotFound):
    """The carrier has given no label in this format."""

    code = "no-label"
    message = "There is no label in the format {format}."


class WrongShipmentStep(Refused):
    """That cannot be done with a shipment in this state."""

    code = "wrong-shipment-step"
    message = "A shipment that is {state} cannot go through the step {step}."


class UnknownCarrier(NotFound):
    """No carrier of this code is plugged in."""

    code = "unknown-carrier"
    message = "There is no carrier {carrier}."


class CarrierRefused(Refused):
    """The carrier does not take this; it did not happen."""

    code = "carrier-refused"
    message = "The carrier has refused: {reason}."


class CarrierSilent(Unavailable):
    """The carrier does not answer; nobody knows whether it did what it was asked."""

    code = "carrier-silent"
    message = "The carrier {carrier} does not answer. It is asked again."


class CarrierCallNotGenuine(Refused):
    """A call that pretends to come from a carrier."""

    code = "carrier-call-not-genuine"
    message = "This call does not come from the carrier."


class AlreadySettled(Refused):
    """Somebody has seen to this parcel before, or nothing is wrong with it."""

    code = "parcel-not-in-trouble"
    message = "Nobody has to see to this parcel."


class LongestReached(Refused):
    """A pick-up cannot be kept any longer."""

    code = "kept-longest"
    message = "It cannot be kept longer than until {until}."


class NotOnAList(Refused):
    """The goods are being gathered, are ready or have left, so the order cannot want less of them any more."""

    code = "being-prepared"
    message = "Some of the goods are being prepared already, or have left."
