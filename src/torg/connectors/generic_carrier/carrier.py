"""The generic carrier behind the port: it books by writing in its own books, outside every transaction of Torg."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from torg.connectors.generic_carrier import draw, store
from torg.connectors.generic_carrier.label import laid_out
from torg.connectors.generic_carrier.sscc import DEMONSTRATION, sscc
from torg.fulfilment import (
    Booking,
    CarrierCallNotGenuine,
    CarrierRefused,
    Consignment,
    LabelFormat,
    Labelled,
    ParcelState,
    Piece,
    Sighting,
)
from torg.kernel.database import Database, Transaction, external
from torg.kernel.paper import drawn
from torg.settings import Settings

CODE: Final = "generic"
HEADER: Final = "torg-carrier-signature"
OLDEST: Final = timedelta(minutes=5)
TOLD: Final = frozenset(ParcelState) - {ParcelState.packed, ParcelState.booked, ParcelState.cancelled}


class Seen(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that was seen of a parcel, as the caller writes it."""

    tracking: str
    id: str
    kind: ParcelState
    at: datetime
    place: str | None = None
    note: str | None = None


class Told(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a call."""

    sightings: tuple[Seen, ...]


class GenericCarrier:
    """The carrier `generic`."""

    code = CODE
    name = "Generic carrier"
    services = frozenset({"standard", "express"})

    def __init__(self, settings: Settings, database: Database) -> None:
        live = settings.environment == "live"
        self._prefix = settings.gs1_company_prefix or (None if live else DEMONSTRATION)
        self._key = hmac.digest(settings.secret.encode(), b"generic-carrier callbacks", hashlib.sha256)
        self._database = database

    async def book(self, consignment: Consignment, key: str) -> Booking:
        """Number and label the parcels; the same key gives the same numbers and labels."""
        external()
        numbers = await self._database.run(
            lambda tx: self._numbers(tx, key, len(consignment.pieces)),
            actor="generic-carrier",
            repeatable=True,
        )
        parcels = [
            Labelled(piece.parcel_id, code, await _labels(consignment, piece, place, code))
            for place, (piece, code) in enumerate(zip(consignment.pieces, numbers, strict=True), start=1)
        ]
        return Booking(reference=numbers[0], parcels=tuple(parcels))

    async def return_label(self, consignment: Consignment, key: str) -> Booking:
        """The same: whoever brings it back needs no date."""
        return await self.book(consignment, key)

    async def cancel(self, reference: str | None, key: str) -> None:
        """Nobody waits for the parcel, so there is nobody to tell; its numbers are not given again."""
        external()

    async def track(self, trackings: Sequence[str]) -> Sequence[Sighting]:
        """It knows nothing but what it is told by calls."""
        external()
        return ()

    def parse_callback(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Sequence[Sighting]:
        """Read what whoever carries the parcels tells."""
        if not self._signed(headers.get(HEADER, ""), body, at):
            raise CarrierCallNotGenuine()
        try:
            told = msgspec.json.decode(body, type=Told)
        except msgspec.MsgspecError as malformed:
            raise CarrierCallNotGenuine() from malformed
        if any(one.kind not in TOLD or one.at.tzinfo is None for one in told.sightings):
            raise CarrierCallNotGenuine()
        return [
            Sighting(one.tracking, one.id, one.kind, one.at, one.place, one.note) for one in told.sightings
        ]

    def sign(self, body: bytes, at: datetime) -> str:
        """The header for a body that is sent now: `t=1763640000,v1=…`."""
        moment = int(at.timestamp())
        return f"t={moment},v1={self._mac(moment, body)}"

    def _signed(self, header: str, body: bytes, at: datetime) -> bool:
        parts = dict(part.partition("=")[::2] for part in header.split(","))
        moment, given = parts.get("t", ""), parts.get("v1", "")
        if not (moment.isascii() and moment.isdigit() and len(moment) < 12 and given.isascii()):
            return False
        fresh = abs(int(at.timestamp()) - int(moment)) <= OLDEST.total_seconds()
        return fresh and hmac.compare_digest(self._mac(int(moment), body), given)

    def _mac(self, moment: int, body: bytes) -> str:
        return hmac.new(self._key, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()

    async def _numbers(self, tx: Transaction, key: str, many: int) -> list[str]:
        known = await store.booked(tx, key)
        if known is not None:
            return known
        if self._prefix is None:
            raise CarrierRefused(reason="gs1-company-prefix-missing")
        prefix = self._prefix
        made = [sscc(prefix, serial) for serial in await store.take_numbers(tx, prefix, many)]
        if not await store.book(tx, key, made):
            return await store.booked(tx, key) or []
        return made


async def _labels(consignment: Consignment, piece: Piece, number: int, code: str) -> dict[LabelFormat, bytes]:
    label = laid_out(consignment, piece, number, code)
    picture = draw.svg(label)
    return {
        LabelFormat.pdf: await drawn(picture, width_mm=100, height_mm=150),
        LabelFormat.svg: picture,
        LabelFormat.zpl: draw.zpl(label),
    }
