"""The tables of what was seen of parcels: SQL in, model out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.fulfilment.carrier import Sighting
from torg.fulfilment.model import Packed, Parcel, ParcelEnd, ParcelState
from torg.kernel.database import Transaction

CLAIMED = """
SELECT tracking, order_id, parcel_id FROM tracking_claims WHERE carrier = %(carrier)s AND tracking = ANY(%(numbers)s)
"""
FIND = """
SELECT order_id, id, fulfilment_id, carrier, tracking, tracking_url, shipped_at, shipment_id, position, weight_g,
       length_mm, width_mm, height_mm, contents, state, state_at, delivered_at, settled_at, settled_how
FROM parcels WHERE order_id = %(order_id)s AND id = %(id)s
"""
LOCK = FIND + " FOR UPDATE"
SAW = """
INSERT INTO sightings (order_id, parcel_id, id, kind, at, place, note, source, heard_at)
VALUES (%(order_id)s, %(parcel_id)s, %(id)s, %(kind)s, %(at)s, %(place)s, %(note)s, %(source)s, %(now)s)
ON CONFLICT DO NOTHING
"""
MOVE = """
UPDATE parcels SET state = %(state)s, state_at = %(at)s,
    delivered_at = CASE WHEN %(state)s = 'delivered' THEN %(at)s ELSE delivered_at END
WHERE order_id = %(order_id)s AND id = %(id)s
"""
SEEN = """
SELECT parcel_id, id, kind, at, place, note, source FROM sightings
WHERE order_id = %(order_id)s ORDER BY parcel_id, at, heard_at, id
"""
TROUBLES = """
SELECT p.order_id, p.id, p.shipment_id, s.fulfilment_id, f.number, s.location, f.channel, f.store, p.carrier,
       p.tracking, p.state, p.state_at, p.contents
FROM parcels p
JOIN shipments s ON s.order_id = p.order_id AND s.id = p.shipment_id
JOIN fulfilments f ON f.order_id = s.order_id AND f.id = s.fulfilment_id
WHERE p.state IN ('lost', 'returned') AND p.settled_at IS NULL
  AND (%(location)s::text IS NULL OR s.location = %(location)s)
  AND (%(after_at)s::timestamptz IS NULL OR (p.state_at, p.id) > (%(after_at)s, %(after_id)s))
ORDER BY p.state_at, p.id LIMIT %(limit)s
"""
SETTLE = """
UPDATE parcels SET settled_at = %(now)s, settled_by = %(by)s, settled_how = %(how)s
WHERE order_id = %(order_id)s AND id = %(id)s AND settled_at IS NULL
"""
UNDER_WAY = """
SELECT order_id, id, carrier, tracking FROM parcels
WHERE asked_at <= %(before)s AND carrier = ANY(%(carriers)s) AND tracking IS NOT NULL
  AND state IN ('handed_over', 'in_transit', 'out_for_delivery', 'failed_attempt', 'at_pick_up_point', 'returning')
ORDER BY asked_at LIMIT %(most)s
"""
ASKED = "UPDATE parcels SET asked_at = %(now)s WHERE order_id = %(order_id)s AND id = %(id)s"


class Claimed(Struct, frozen=True):
    """The parcel that a carrier means by its number."""

    tracking: str
    order_id: UUID
    parcel_id: UUID


class Seen(Struct, frozen=True):
    """Something that was seen of a parcel, and by whom."""

    parcel_id: UUID
    id: str
    kind: ParcelState
    at: datetime
    place: str | None
    note: str | None
    source: str


class Trouble(Struct, frozen=True):
    """A parcel that was lost or came back, and that nobody has seen to."""

    order_id: UUID
    id: UUID
    shipment_id: UUID
    fulfilment_id: UUID
    number: str
    location: str
    channel: str
    store: str | None
    carrier: str
    tracking: str | None
    state: ParcelState
    state_at: datetime
    contents: tuple[Packed, ...]


class UnderWay(Struct, frozen=True):
    """A parcel on its way, whose carrier can be asked."""

    order_id: UUID
    id: UUID
    carrier: str
    tracking: str


async def claimed(tx: Transaction, carrier: str, numbers: Collection[str]) -> dict[str, Claimed]:
    """Which parcels these numbers of a carrier are; unknown ones are left out."""
    found = await tx.all(Claimed, CLAIMED, carrier=carrier, numbers=list(numbers))
    return {one.tracking: one for one in found}


async def find(tx: Transaction, order_id: UUID, id: UUID, *, lock: bool = False) -> Parcel | None:
    """One parcel, or nothing."""
    return await tx.find(Parcel, LOCK if lock else FIND, order_id=order_id, id=id)


async def saw(tx: Transaction, parcel: Parcel, seen: Sighting, source: str) -> bool:
    """Keep what was seen; False when that was told before."""
    written = await tx.execute(
        SAW,
        order_id=parcel.order_id,
        parcel_id=parcel.id,
        id=seen.id,
        kind=seen.kind,
        at=seen.at,
        place=seen.place,
        note=seen.note,
        source=source,
        now=tx.now,
    )
    return written == 1


async def move(tx: Transaction, parcel: Parcel, state: ParcelState, at: datetime) -> None:
    """A locked parcel has come further."""
    await tx.execute(MOVE, order_id=parcel.order_id, id=parcel.id, state=state, at=at)


async def seen(tx: Transaction, order_id: UUID) -> list[Seen]:
    """What was seen of the parcels of an order, the first first."""
    return await tx.all(Seen, SEEN, order_id=order_id)


async def troubles(
    tx: Transaction, location: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Trouble]:
    """Parcels to be seen to, the longest waiting first."""
    return await tx.all(
        Trouble,
        TROUBLES,
        location=location,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )


async def settle(tx: Transaction, parcel: Parcel, how: ParcelEnd, by: str) -> bool:
    """Take a parcel off the list; False when somebody else has."""
    written = await tx.execute(SETTLE, order_id=parcel.order_id, id=parcel.id, how=how, by=by, now=tx.now)
    return written == 1


async def under_way(tx: Transaction, carriers: Sequence[str], before: datetime, most: int) -> list[UnderWay]:
    """Parcels whose carriers were not asked since then, the longest ago first."""
    return await tx.all(UnderWay, UNDER_WAY, carriers=list(carriers), before=before, most=most)


def asked(tx: Transaction, parcels: Sequence[UnderWay]) -> None:
    """Their carriers are asked now."""
    for one in parcels:
        tx.send(ASKED, order_id=one.order_id, id=one.id, now=tx.now)
