"""The generic carrier: labels with an SSCC for parcels that the retailer's own driver, or any carrier that reads GS1
labels, takes along.

Fills the port `torg.fulfilment.Carrier`. It needs nobody outside: it gives every parcel a Serial Shipping Container
Code (GS1 General Specifications) from a series without repeats, and draws the label of 10 by 15 centimetres as PDF,
SVG and ZPL. Whoever carries the parcels tells what becomes of them by a signed call.
"""

from torg.connectors.generic_carrier.carrier import GenericCarrier
from torg.kernel.database import Database
from torg.settings import Settings

__all__ = ["GenericCarrier", "plugged_in"]


def plugged_in(settings: Settings, database: Database) -> tuple[GenericCarrier, ...]:
    """The generic carrier of this installation."""
    return (GenericCarrier(settings, database),)
