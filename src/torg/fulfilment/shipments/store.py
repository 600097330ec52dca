"""The tables of shipments, parcels, labels and errands to carriers: SQL in, model out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import asdict
from psycopg.types.json import Jsonb

from torg.fulfilment.model import Fulfilment, Packed, Parcel, ParcelState, Shipment, ShipmentState
from torg.fulfilment.shipments.model import Errand, ErrandState, LabelFormat, Operation
from torg.kernel.database import Transaction

COLUMNS = """
order_id, id, fulfilment_id, return_id, carrier, plugged, service, state, reference, code, location, actor, created_at,
updated_at, booked_at, shipped_at, version
"""
FIND = "SELECT " + COLUMNS + " FROM shipments WHERE order_id = %(order_id)s AND id = %(id)s"  # noqa: S608  # our own column names
LOCK = FIND + " FOR UPDATE"
OF_RETURN = (
    "SELECT " + COLUMNS + " FROM shipments WHERE order_id = %(order_id)s AND return_id = %(return_id)s"  # noqa: S608  # our own column names
)
PARCELS = """
SELECT order_id, id, fulfilment_id, carrier, tracking, tracking_url, shipped_at, shipment_id, position, weight_g,
       length_mm, width_mm, height_mm, contents, state, state_at, delivered_at, settled_at, settled_how
FROM parcels WHERE order_id = %(order_id)s AND shipment_id = %(shipment_id)s ORDER BY position
"""
INSERT = """
WITH sent AS (
    INSERT INTO shipments (order_id, id, fulfilment_id, return_id, carrier, plugged, service, state, location, actor,
                           created_at, updated_at, booked_at, shipped_at)
    VALUES (%(order_id)s, %(id)s, %(fulfilment_id)s, %(return_id)s, %(carrier)s, %(plugged)s, %(service)s, %(state)s,
            %(location)s, %(actor)s, %(created_at)s, %(created_at)s, %(booked_at)s, %(shipped_at)s)
)
INSERT INTO parcels (order_id, id, fulfilment_id, shipment_id, position, carrier, tracking, tracking_url, shipped_at,
                     weight_g, length_mm, width_mm, height_mm, contents, state, state_at)
SELECT p.order_id, p.id, p.fulfilment_id, p.shipment_id, p.position, p.carrier, p.tracking, p.tracking_url,
       p.shipped_at, p.weight_g, p.length_mm, p.width_mm, p.height_mm, p.contents, p.state, p.state_at
FROM jsonb_to_recordset(%(parcels)s) AS p (
    order_id uuid, id uuid, fulfilment_id uuid, shipment_id uuid, position integer, carrier text, tracking text,
    tracking_url text, shipped_at timestamptz, weight_g integer, length_mm integer, width_mm integer, height_mm integer,
    contents jsonb, state text, state_at timestamptz)
"""
MOVE = """
UPDATE shipments
SET state = %(to)s, code = coalesce(%(code)s, code), reference = coalesce(%(reference)s, reference),
    updated_at = %(now)s,
    booked_at = CASE WHEN %(to)s = 'booked' THEN %(now)s ELSE booked_at END,
    shipped_at = CASE WHEN %(to)s = 'shipped' THEN %(now)s ELSE shipped_at END, version = version + 1
WHERE order_id = %(order_id)s AND id = %(id)s AND version = %(version)s
"""
MOVE_PARCELS = """
UPDATE parcels SET state = %(to)s, state_at = %(now)s,
    shipped_at = CASE WHEN %(to)s = 'handed_over' THEN %(now)s ELSE shipped_at END,
    asked_at = CASE WHEN %(to)s = 'handed_over' THEN %(now)s ELSE asked_at END
WHERE order_id = %(order_id)s AND shipment_id = %(shipment_id)s AND state IN ('packed', 'booked')
"""
CANCEL_ALL = """
WITH given_up AS (
    UPDATE shipments SET state = 'cancelled', updated_at = %(now)s, version = version + 1
    WHERE order_id = %(order_id)s AND fulfilment_id IS NOT NULL AND state IN ('booking', 'booked')
    RETURNING id, plugged, booked_at
), emptied AS (
    UPDATE parcels SET state = 'cancelled', state_at = %(now)s
    WHERE order_id = %(order_id)s AND shipment_id IN (SELECT id FROM given_up)
)
SELECT id FROM given_up WHERE plugged AND booked_at IS NOT NULL
"""
LEAVE = """
UPDATE fulfilment_lines l SET gone = l.gone + c.quantity
FROM jsonb_to_recordset(%(contents)s) AS c (line_id uuid, variant_id uuid, quantity integer)
WHERE l.order_id = %(order_id)s AND l.fulfilment_id = %(fulfilment_id)s AND l.line_id = c.line_id
  AND l.variant_id = c.variant_id
"""
CLAIM = """
INSERT INTO carrier_errands (order_id, id, shipment_id, operation, state, claimed_at, lease_until)
VALUES (%(order_id)s, %(id)s, %(shipment_id)s, %(operation)s, 'claimed', %(now)s, %(lease_until)s)
ON CONFLICT DO NOTHING
"""
ERRANDS = """
SELECT order_id, id, shipment_id, operation, state, code, tries, claimed_at, lease_until, ended_at
FROM carrier_errands WHERE order_id = %(order_id)s AND shipment_id = %(shipment_id)s ORDER BY id
"""
TAKE = """
UPDATE carrier_errands SET lease_until = %(lease_until)s, tries = tries + 1
WHERE order_id = %(order_id)s AND id = %(id)s AND state = 'claimed' AND tries = %(tries)s AND lease_until <= %(now)s
"""
END = """
UPDATE carrier_errands SET state = %(state)s, code = %(code)s, ended_at = %(now)s
WHERE order_id = %(order_id)s AND id = %(id)s AND state = 'claimed'
"""
DELAY = """
UPDATE carrier_errands SET lease_until = %(lease_until)s
WHERE order_id = %(order_id)s AND id = %(id)s AND state = 'claimed' AND tries = %(tries)s
"""
DUE = """
SELECT order_id, id, shipment_id, operation, state, code, tries, claimed_at, lease_until, ended_at
FROM carrier_errands WHERE state = 'claimed' AND lease_until <= %(now)s ORDER BY lease_until LIMIT %(most)s
"""
# Carriers use their numbers anew after a while: one means the parcel that got it last.
NUMBER = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%(parcels)s) AS g (id uuid, tracking text, tracking_url text)
), claimed AS (
    INSERT INTO tracking_claims (tracking, carrier, order_id, parcel_id)
    SELECT DISTINCT ON (tracking) tracking, %(carrier)s, %(order_id)s, id FROM given ORDER BY tracking, id
    ON CONFLICT (tracking, carrier) DO UPDATE SET order_id = excluded.order_id, parcel_id = excluded.parcel_id
)
UPDATE parcels p SET tracking = g.tracking, tracking_url = g.tracking_url
FROM given g WHERE p.order_id = %(order_id)s AND p.id = g.id
"""
KEEP_LABEL = """
INSERT INTO labels (order_id, parcel_id, format, body) VALUES (%(order_id)s, %(parcel_id)s, %(format)s, %(body)s)
ON CONFLICT DO NOTHING
"""
LABEL = """
SELECT body FROM labels WHERE order_id = %(order_id)s AND parcel_id = %(parcel_id)s AND format = %(format)s
"""
FORMATS = """
SELECT l.format FROM labels l JOIN parcels p ON p.order_id = l.order_id AND p.id = l.parcel_id
WHERE p.order_id = %(order_id)s AND p.shipment_id = %(shipment_id)s GROUP BY l.format ORDER BY l.format
"""
CLAIM_NUMBERS = """
INSERT INTO tracking_claims (tracking, carrier, order_id, parcel_id)
SELECT DISTINCT ON (tracking) tracking, carrier, order_id, id FROM parcels
WHERE order_id = %(order_id)s AND shipment_id = %(shipment_id)s AND tracking IS NOT NULL ORDER BY tracking, id
ON CONFLICT (tracking, carrier) DO UPDATE SET order_id = excluded.order_id, parcel_id = excluded.parcel_id
"""


async def find(tx: Transaction, order_id: UUID, id: UUID, *, lock: bool = False) -> Shipment | None:
    """One shipment, or nothing."""
    return await tx.find(Shipment, LOCK if lock else FIND, order_id=order_id, id=id)


async def of_return(tx: Transaction, order_id: UUID, return_id: UUID) -> Shipment | None:
    """The shipment by which something comes back, if one was asked for."""
    return await tx.find(Shipment, OF_RETURN, order_id=order_id, return_id=return_id)


async def parcels(tx: Transaction, order_id: UUID, shipment_id: UUID) -> list[Parcel]:
    """The parcels of a shipment, in their order."""
    return await tx.all(Parcel, PARCELS, order_id=order_id, shipment_id=shipment_id)


async def insert(tx: Transaction, shipment: Shipment, parcels: Sequence[Parcel]) -> None:
    """A new shipment with its parcels; what staff have typed in are the carrier's numbers from now on."""
    facts = Jsonb(msgspec.to_builtins(parcels))
    await tx.execute(INSERT, **asdict(shipment), parcels=facts)
    if shipment.state is ShipmentState.shipped:
        await tx.execute(CLAIM_NUMBERS, order_id=shipment.order_id, shipment_id=shipment.id)


async def move(
    tx: Transaction,
    shipment: Shipment,
    to: ShipmentState,
    parcels_to: ParcelState,
    *,
    reference: str | None = None,
    code: str | None = None,
) -> bool:
    """Move a shipment and its parcels on; False when somebody else was faster."""
    moved = await tx.execute(
        MOVE,
        order_id=shipment.order_id,
        id=shipment.id,
        version=shipment.version,
        to=to,
        reference=reference,
        code=code,
        now=tx.now,
    )
    if moved:
        await tx.execute(
            MOVE_PARCELS,
            order_id=shipment.order_id,
            shipment_id=shipment.id,
            to=parcels_to,
            now=tx.now,
        )
    return moved == 1


async def cancel_all(tx: Transaction, order_id: UUID) -> list[UUID]:
    """Give up what has not left of an order; tells which shipments a carrier has to be told of."""
    return await tx.all(UUID, CANCEL_ALL, order_id=order_id, now=tx.now)


async def leave(tx: Transaction, fulfilment: Fulfilment, contents: Sequence[Packed]) -> None:
    """These units of a locked fulfilment have left."""
    total: dict[tuple[UUID, UUID], int] = {}
    for one in contents:
        part = (one.line_id, one.variant_id)
        total[part] = total.get(part, 0) + one.quantity
    await tx.execute(
        LEAVE,
        order_id=fulfilment.order_id,
        fulfilment_id=fulfilment.id,
        contents=Jsonb(msgspec.to_builtins([Packed(*part, units) for part, units in total.items()])),
    )


async def claim(
    tx: Transaction, order_id: UUID, id: UUID, shipment_id: UUID, operation: Operation, until: datetime
) -> bool:
    """Write down that a carrier is to be asked; False when it is written already."""
    written = await tx.execute(
        CLAIM,
        order_id=order_id,
        id=id,
        shipment_id=shipment_id,
        operation=operation,
        now=tx.now,
        lease_until=until,
    )
    return written == 1


async def errands(tx: Transaction, order_id: UUID, shipment_id: UUID) -> list[Errand]:
    """What a carrier was asked to do with a shipment, the oldest first."""
    return await tx.all(Errand, ERRANDS, order_id=order_id, shipment_id=shipment_id)


async def take(tx: Transaction, errand: Errand, until: datetime) -> bool:
    """Take up an errand whose lease is over; False when somebody else has."""
    taken = await tx.execute(
        TAKE, order_id=errand.order_id, id=errand.id, tries=errand.tries, now=tx.now, lease_until=until
    )
    return taken == 1


async def end(tx: Transaction, errand: Errand, state: ErrandState, code: str | None = None) -> bool:
    """Keep how an errand ended; False when that is known already."""
    ended = await tx.execute(END, order_id=errand.order_id, id=errand.id, state=state, code=code, now=tx.now)
    return ended == 1


async def delay(tx: Transaction, errand: Errand, until: datetime) -> None:
    """Let an errand wait before it is taken up."""
    await tx.execute(DELAY, order_id=errand.order_id, id=errand.id, tries=errand.tries, lease_until=until)


async def due(tx: Transaction, most: int) -> list[Errand]:
    """Errands that nobody is at, the longest waiting first."""
    return await tx.all(Errand, DUE, now=tx.now, most=most)


async def number(
    tx: Transaction,
    shipment: Shipment,
    numbers: Mapping[UUID, tuple[str, str | None]],
    labels: Mapping[UUID, Mapping[LabelFormat, bytes]],
) -> None:
    """Write the carrier's numbers and labels on parcels."""
    rows = [{"id": id.hex, "tracking": no, "tracking_url": url} for id, (no, url) in numbers.items()]
    await tx.execute(NUMBER, order_id=shipment.order_id, carrier=shipment.carrier, parcels=Jsonb(rows))
    for parcel_id, bodies in labels.items():
        for format, body in bodies.items():
            tx.send(KEEP_LABEL, order_id=shipment.order_id, parcel_id=parcel_id, format=format, body=body)


async def label(tx: Transaction, order_id: UUID, parcel_id: UUID, format: LabelFormat) -> bytes | None:
    """A parcel's label in a format, if its carrier gave one."""
    return await tx.find(bytes, LABEL, order_id=order_id, parcel_id=parcel_id, format=format)


async def formats(tx: Transaction, order_id: UUID, shipment_id: UUID) -> list[str]:
    """The formats in which a shipment has labels."""
    return await tx.all(str, FORMATS, order_id=order_id, shipment_id=shipment_id)
