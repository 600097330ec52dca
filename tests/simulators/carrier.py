"""A carrier in memory that does everything a carrier should not: loses requests and answers, and tells of parcels late,
twice, in the wrong order or never.

It keeps its own books, so that a test can compare what was really booked with what Torg believes.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from torg.fulfilment import (
    Booking,
    CarrierCallNotGenuine,
    CarrierRefused,
    CarrierSilent,
    Consignment,
    LabelFormat,
    Labelled,
    ParcelState,
    Sighting,
)
from torg.kernel.database import external

WAY = (
    ParcelState.in_transit,
    ParcelState.out_for_delivery,
    ParcelState.failed_attempt,
    ParcelState.out_for_delivery,
    ParcelState.delivered,
)


class Call(Struct, frozen=True):
    """The body of a callback."""

    sightings: tuple[Sighting, ...]


class SimulatedCarrier:
    """The carrier `sim`. `mood` says what happens to the next requests: ok, lost, answer_lost, refuse, down."""

    code = "sim"
    name = "Simulated carrier"
    services = frozenset({"standard"})

    def __init__(self, seed: int = 1) -> None:
        self.mood = "ok"
        self.asked: list[str] = []
        self.booked: dict[str, Booking] = {}
        self.told: dict[str, Consignment] = {}
        self.cancelled: list[str] = []
        self.seen: dict[str, list[Sighting]] = {}
        self.random = random.Random(seed)

    async def book(self, consignment: Consignment, key: str) -> Booking:
        external()
        self.asked.append(key)
        if self.mood == "refuse":
            raise CarrierRefused(reason="too-heavy")
        if self.mood in ("lost", "down"):
            self.mood = "ok" if self.mood == "lost" else self.mood
            raise CarrierSilent(carrier=self.code)
        if key not in self.booked:
            first = sum(len(one.parcels) for one in self.booked.values())
            parcels = tuple(
                Labelled(piece.parcel_id, f"SIM{first + place:06d}", {LabelFormat.zpl: b"^XA^XZ"})
                for place, piece in enumerate(consignment.pieces)
            )
            self.booked[key] = Booking(f"sim-{len(self.booked)}", parcels)
            self.told[key] = consignment
        if self.mood == "answer_lost":
            self.mood = "ok"
            raise CarrierSilent(carrier=self.code)
        return self.booked[key]

    async def return_label(self, consignment: Consignment, key: str) -> Booking:
        return await self.book(consignment, key)

    async def cancel(self, reference: str | None, key: str) -> None:
        external()
        if self.mood == "down":
            raise CarrierSilent(carrier=self.code)
        self.cancelled.append(reference or "")

    async def track(self, trackings: Sequence[str]) -> Sequence[Sighting]:
        external()
        return [one for number in trackings for one in self.seen.get(number, [])]

    def parse_callback(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Sequence[Sighting]:
        if headers.get("sim-signature") != "genuine":
            raise CarrierCallNotGenuine()
        return msgspec.json.decode(body, type=Call).sightings

    def on_its_way(self, tracking: str, since: datetime, way: Sequence[ParcelState] = WAY) -> list[Sighting]:
        """What it sees of a parcel, an hour after the other."""
        seen = [
            Sighting(tracking, f"{tracking}-{place}", kind, since + timedelta(hours=place + 1), "Hamar")
            for place, kind in enumerate(way)
        ]
        self.seen[tracking] = seen
        return seen

    def callbacks(self, seen: Sequence[Sighting]) -> list[bytes]:
        """The calls as they come in: some twice, all in any order, some never."""
        calls = [one for one in seen for _ in range(self.random.choice((0, 1, 1, 2)))]
        self.random.shuffle(calls)
        return [msgspec.json.encode(Call((one,))) for one in calls]
