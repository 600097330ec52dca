"""The port to carriers: what Torg asks of one, and what it may rely on.

An adapter in `torg.connectors` fills it. Contract: - the same `key` books once, and gives the same numbers and labels
however often it is sent; - `CarrierSilent` means that nobody knows, `CarrierRefused` that it did not happen; -
cancelling what was never booked, or was cancelled, is done; - a sighting has the carrier's own id for it, the same each
time that it is told, and the time at which something was seen, not told.

Everything but `parse_callback` leaves Torg, so an adapter calls `external()` first.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from torg.customers import Address
from torg.fulfilment.errors import UnknownCarrier
from torg.fulfilment.model import ParcelState
from torg.fulfilment.shipments.model import LabelFormat
from torg.kernel.errors import FieldProblem, Invalid


class Goods(Struct, frozen=True):
    """So many of a good in a parcel, as customs wants to know; `value` is of one unit, in minor units."""

    name: str
    sku: str
    quantity: int
    weight_g: int | None = None
    value: int | None = None
    currency: str | None = None
    hs_code: str | None = None
    origin: str | None = None


class Piece(Struct, frozen=True):
    """One parcel of a consignment."""

    parcel_id: UUID
    goods: tuple[Goods, ...]
    weight_g: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None


class Party(Struct, frozen=True):
    """Who sends or receives: a person or a company at an address."""

    name: str
    address: Address
    email: str | None = None


class Consignment(Struct, frozen=True):
    """Please take these parcels from one to the other; `abroad` says that they pass customs."""

    key: str
    shipment_id: UUID
    number: str
    service: str | None
    sender: Party
    recipient: Party
    pieces: tuple[Piece, ...]
    language: str
    abroad: bool


class Labelled(Struct, frozen=True):
    """A parcel with its number at the carrier, and its label in each format that the carrier gives."""

    parcel_id: UUID
    tracking: str
    labels: Mapping[LabelFormat, bytes]
    tracking_url: str | None = None


class Booking(Struct, frozen=True):
    """What a carrier has agreed to take along, under its own reference."""

    reference: str
    parcels: tuple[Labelled, ...]


class Sighting(Struct, frozen=True):
    """What a carrier has seen of a parcel, and when; `id` is its own name for that."""

    tracking: str
    id: str
    kind: ParcelState
    at: datetime
    place: str | None = None
    note: str | None = None


class Carrier(Protocol):
    """Somebody who takes parcels to customers and back."""

    code: str
    name: str
    services: frozenset[str]

    async def book(self, consignment: Consignment, key: str) -> Booking:
        """Have the parcels taken to their recipient: numbers and labels for all of them."""
        ...

    async def return_label(self, consignment: Consignment, key: str) -> Booking:
        """The same for what a customer sends back whenever she likes; nobody comes to fetch it."""
        ...

    async def cancel(self, reference: str | None, key: str) -> None:
        """Take back what was booked with this key; `CarrierRefused` when it is on its way already."""
        ...

    async def track(self, trackings: Sequence[str]) -> Sequence[Sighting]:
        """What is known of these numbers."""
        ...

    def parse_callback(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Sequence[Sighting]:
        """Read a callback after checking its signature and age; raises `CarrierCallNotGenuine`."""
        ...


class Carriers:
    """The carriers that are plugged in, by code."""

    def __init__(self, *carriers: Carrier) -> None:
        self._known = {carrier.code: carrier for carrier in carriers}

    def get(self, code: str) -> Carrier:
        """The carrier of this code; `UnknownCarrier` when none is plugged in."""
        carrier = self._known.get(code)
        if carrier is None:
            raise UnknownCarrier(carrier=code[:40])
        return carrier

    def offering(self, code: str, service: str | None) -> Carrier:
        """The carrier of this code, which must offer the service; without one, the carrier chooses."""
        carrier = self.get(code)
        if service is not None and service not in carrier.services:
            message = "This carrier does not offer this service."
            raise Invalid.of(FieldProblem("service", "not-offered", message))
        return carrier

    def called(self, code: str) -> str:
        """What people know a carrier as: the name of one that is plugged in, else what staff have typed."""
        known = self._known.get(code)
        return known.name if known else code

    def __iter__(self) -> Iterator[Carrier]:
        return iter(self._known.values())
