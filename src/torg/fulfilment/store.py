"""The tables of fulfilment: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import asdict
from psycopg.types.json import Jsonb

from torg.fulfilment.model import Fulfilment, FulfilmentState, Plan, ProvedBy, Rejection
from torg.fulfilment.rules import first_state
from torg.kernel.database import Transaction

SELECT = """
SELECT f.order_id, f.id, f.location, f.method, f.kind, f.state, f.number, f.channel, f.store, f.recipient, f.address,
       f.email, f.language, f.region, f.time_zone, f.proof, f.proof_tries, f.created_at, f.updated_at, f.version,
       f.round, f.picker, f.ready_at, f.waits_since, f.collect_until, f.reminded_at, f.due_at, f.extended, f.sealed,
       f.proved_by, f.proof_note,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'line_id', l.line_id, 'variant_id', l.variant_id, 'sku', l.sku, 'name', l.name, 'quantity', l.quantity,
                'gone', l.gone, 'value', l.value, 'currency', l.currency)
                ORDER BY l.line_id, l.variant_id), '[]')
        FROM fulfilment_lines l WHERE l.order_id = f.order_id AND l.fulfilment_id = f.id) AS lines,
       (SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY p.shipment_id, p.position), '[]')
        FROM parcels p WHERE p.order_id = f.order_id AND p.fulfilment_id = f.id) AS parcels,
       (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.id), '[]')
        FROM shipments s WHERE s.order_id = f.order_id AND s.fulfilment_id = f.id) AS shipments,
       (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.id, r.line_id, r.variant_id), '[]')
        FROM rejections r WHERE r.order_id = f.order_id AND r.fulfilment_id = f.id) AS rejections
FROM fulfilments f
"""
LOAD = SELECT + "WHERE f.order_id = %(order_id)s AND f.id = %(id)s"
# Locked by a statement of its own: one that waits for a lock would read the lines and parcels as they were before.
LOCK = "SELECT id FROM fulfilments WHERE order_id = %(order_id)s AND id = %(id)s FOR UPDATE"
OF_ORDER = SELECT + "WHERE f.order_id = %(order_id)s ORDER BY f.id"
OF_ORDERS = SELECT + "WHERE f.order_id = ANY(%(order_ids)s) ORDER BY f.order_id, f.id"
LOCK_ORDER = "SELECT id FROM fulfilments WHERE order_id = %(order_id)s ORDER BY id FOR UPDATE"
WORK = (
    SELECT
    + """
WHERE f.location = ANY(%(locations)s)
  AND f.state = ANY(%(states)s)
  AND (%(after_at)s::timestamptz IS NULL OR (f.created_at, f.id) > (%(after_at)s, %(after_id)s))
ORDER BY f.created_at, f.id
LIMIT %(limit)s
"""
)
INSERT = """
WITH made AS (
    INSERT INTO fulfilments (order_id, id, location, method, kind, state, number, channel, store, recipient, address,
                             email, language, region, time_zone, origin, round, ready_at, created_at,
                             updated_at)
    SELECT p.order_id, p.id, p.location, p.method, p.kind, p.state, p.number, p.channel, p.store, p.recipient,
           p.address, p.email, p.language, p.region, p.time_zone, p.origin, p.round, p.ready_at, %(now)s,
           %(now)s
    FROM jsonb_to_recordset(%(plans)s) AS p (
        order_id uuid, id uuid, location text, method text, kind text, state text, number text, channel text,
        store text, recipient text, address jsonb, email text, language text, region text, time_zone text,
        origin uuid, round integer, ready_at timestamptz)
    WHERE NOT EXISTS (
        SELECT FROM fulfilments f WHERE f.order_id = p.order_id AND f.origin IS NOT DISTINCT FROM p.origin)
    ORDER BY p.order_id, p.location, p.method
    ON CONFLICT DO NOTHING
    RETURNING order_id, id
), written AS (
    INSERT INTO fulfilment_lines (order_id, fulfilment_id, line_id, variant_id, sku, name, quantity, gone, value,
                                  currency)
    SELECT l.order_id, l.fulfilment_id, l.line_id, l.variant_id, l.sku, l.name, l.quantity, l.gone, l.value,
           l.currency
    FROM made m
    JOIN jsonb_to_recordset(%(lines)s) AS l (
        order_id uuid, fulfilment_id uuid, line_id uuid, variant_id uuid, sku text, name text, quantity integer,
        gone integer, value bigint, currency text)
      ON l.order_id = m.order_id AND l.fulfilment_id = m.id
)
SELECT id FROM made
"""
LOAD_HISTORY = """
INSERT INTO fulfilments (order_id, id, location, method, kind, state, number, channel, store, recipient, address, email,
                         language, region, time_zone, created_at, updated_at)
SELECT order_id, id, location, method, kind, state, number, channel, store, recipient, nullif(address, 'null'), email,
       language, region, time_zone, created_at, updated_at
FROM jsonb_to_recordset(%(fulfilments)s) AS f (
    order_id uuid, id uuid, location text, method text, kind text, state text, number text, channel text, store text,
    recipient text, address jsonb, email text, language text, region text, time_zone text, created_at timestamptz,
    updated_at timestamptz)
ON CONFLICT DO NOTHING
RETURNING id
"""
LOAD_LINES = """
INSERT INTO fulfilment_lines (order_id, fulfilment_id, line_id, variant_id, sku, name, quantity, gone)
SELECT f.order_id, f.id, l.line_id, l.variant_id, l.sku, l.name, l.quantity, l.quantity
FROM jsonb_to_recordset(%(fulfilments)s) AS f (order_id uuid, id uuid, lines jsonb)
CROSS JOIN jsonb_to_recordset(f.lines) AS l (line_id uuid, variant_id uuid, sku text, name text, quantity integer)
"""
# Each parcel of long ago was a shipment of its own, and had all that its fulfilment had.
LOAD_PARCELS = """
WITH given AS (
    SELECT p.order_id, p.id, p.fulfilment_id, p.carrier, p.tracking, p.tracking_url, p.shipped_at, p.state, p.state_at,
           p.delivered_at, f.location, f.lines
    FROM jsonb_to_recordset(%(fulfilments)s) AS f (location text, parcels jsonb, lines jsonb)
    CROSS JOIN jsonb_to_recordset(f.parcels) AS p (
        order_id uuid, id uuid, fulfilment_id uuid, carrier text, tracking text, tracking_url text,
        shipped_at timestamptz, state text, state_at timestamptz, delivered_at timestamptz)
), sent AS (
    INSERT INTO shipments (order_id, id, fulfilment_id, carrier, plugged, state, location, actor, created_at,
                           updated_at, booked_at, shipped_at)
    SELECT order_id, id, fulfilment_id, carrier, false, 'shipped', location, %(actor)s, shipped_at, shipped_at,
           shipped_at, shipped_at
    FROM given
)
INSERT INTO parcels (order_id, id, fulfilment_id, shipment_id, carrier, tracking, tracking_url, shipped_at, state,
                     state_at, delivered_at, contents)
SELECT order_id, id, fulfilment_id, id, carrier, tracking, tracking_url, shipped_at, state,
       coalesce(state_at, shipped_at), delivered_at, (
           SELECT coalesce(jsonb_agg(jsonb_build_object(
               'line_id', l.line_id, 'variant_id', l.variant_id, 'quantity', l.quantity)), '[]')
           FROM jsonb_to_recordset(lines) AS l (line_id uuid, variant_id uuid, quantity integer))
FROM given
"""
MOVE = """
UPDATE fulfilments
SET state = %(to)s, due_at = NULL, proof = coalesce(%(proof)s, proof), proof_tries = 0,
    picker = coalesce(%(picker)s, picker), updated_at = %(now)s, version = version + 1
WHERE order_id = %(order_id)s AND id = %(id)s AND version = %(version)s
"""
KEEP = """
UPDATE fulfilments
SET waits_since = %(waits_since)s, collect_until = %(collect_until)s, reminded_at = %(reminded_at)s,
    due_at = %(due_at)s, extended = %(extended)s, sealed = coalesce(%(sealed)s, sealed), version = version + 1
WHERE order_id = %(order_id)s AND id = %(id)s AND version = %(version)s
"""
PROVE = """
UPDATE fulfilments SET proved_by = %(proved_by)s, proof_note = %(note)s
WHERE order_id = %(order_id)s AND id = %(id)s
"""
DUE = """
SELECT order_id, id FROM fulfilments WHERE due_at <= %(now)s ORDER BY due_at, order_id, id LIMIT %(most)s
"""
CANCEL = """
UPDATE fulfilments SET state = 'cancelled', due_at = NULL, updated_at = %(now)s, version = version + 1
WHERE order_id = %(order_id)s AND state IN ('open', 'picking', 'picked', 'ready')
"""
REJECT = """
WITH said AS (
    SELECT * FROM jsonb_to_recordset(%(rejections)s) AS r (
        order_id uuid, id uuid, line_id uuid, fulfilment_id uuid, variant_id uuid, sku text, name text, location text,
        round integer, quantity integer, reason text, note text, actor text, at timestamptz)
), kept AS (
    UPDATE fulfilment_lines l SET quantity = l.quantity - s.quantity FROM said s
    WHERE l.order_id = %(order_id)s AND l.fulfilment_id = s.fulfilment_id AND l.line_id = s.line_id
      AND l.variant_id = s.variant_id AND l.quantity > s.quantity
), dropped AS (
    DELETE FROM fulfilment_lines l USING said s
    WHERE l.order_id = %(order_id)s AND l.fulfilment_id = s.fulfilment_id AND l.line_id = s.line_id
      AND l.variant_id = s.variant_id AND l.quantity = s.quantity
)
INSERT INTO rejections (order_id, id, line_id, fulfilment_id, variant_id, sku, name, location, round, quantity, reason,
                        note, actor, at)
SELECT order_id, id, line_id, fulfilment_id, variant_id, sku, name, location, round, quantity, reason, note, actor, at
FROM said
"""
PLANNED = "SELECT DISTINCT order_id FROM fulfilments WHERE order_id = ANY(%(order_ids)s)"
TAKE_OFF = """
WITH said AS (
    SELECT * FROM jsonb_to_recordset(%(taken)s) AS t (
        fulfilment_id uuid, line_id uuid, variant_id uuid, quantity integer)
), kept AS (
    UPDATE fulfilment_lines l SET quantity = l.quantity - s.quantity FROM said s
    WHERE l.order_id = %(order_id)s AND l.fulfilment_id = s.fulfilment_id AND l.line_id = s.line_id
      AND l.variant_id = s.variant_id AND l.quantity > s.quantity
    RETURNING l.fulfilment_id
), dropped AS (
    DELETE FROM fulfilment_lines l USING said s
    WHERE l.order_id = %(order_id)s AND l.fulfilment_id = s.fulfilment_id AND l.line_id = s.line_id
      AND l.variant_id = s.variant_id AND l.quantity = s.quantity
    RETURNING l.fulfilment_id, l.line_id, l.variant_id
)
UPDATE fulfilments f SET
    updated_at = %(now)s, version = version + 1,
    state = CASE WHEN EXISTS (
        SELECT FROM fulfilment_lines l
        WHERE l.order_id = %(order_id)s AND l.fulfilment_id = f.id AND NOT EXISTS (
            SELECT FROM dropped d WHERE d.fulfilment_id = l.fulfilment_id AND d.line_id = l.line_id
              AND d.variant_id = l.variant_id)) THEN f.state ELSE 'cancelled' END
WHERE f.order_id = %(order_id)s AND f.id IN (SELECT fulfilment_id FROM said)
"""
# News go to the new address until the goods have left; where they go, and in which way, until somebody works on them.
DIRECT = """
UPDATE fulfilments SET
    email = %(email)s,
    recipient = CASE WHEN state = 'open' THEN %(recipient)s ELSE recipient END,
    address = CASE WHEN state = 'open' AND kind = 'ship' THEN %(address)s::jsonb ELSE address END,
    method = CASE WHEN state = 'open' AND kind = 'ship' THEN coalesce(%(method)s, method) ELSE method END,
    updated_at = %(now)s, version = version + 1
WHERE order_id = %(order_id)s AND state IN ('open', 'picking', 'picked', 'ready')
"""
REJECTIONS = """
SELECT order_id, id, line_id, fulfilment_id, variant_id, sku, name, location, round, quantity, reason, note, actor, at
FROM rejections WHERE order_id = %(order_id)s ORDER BY id, line_id, variant_id
"""
TRY = """
UPDATE fulfilments SET proof_tries = proof_tries + 1, updated_at = %(now)s
WHERE order_id = %(order_id)s AND id = %(id)s
"""


class Due(Struct, frozen=True):
    """A pick-up that something is due of."""

    order_id: UUID
    id: UUID


async def insert(tx: Transaction, planned: Sequence[tuple[UUID, UUID, Plan]]) -> set[UUID]:
    """New fulfilments (order, id, plan) with their lines; tells which of them are new: what asks for goods of an order
    (its placement, or a place that could not send them) is planned once, with one for each location and method.
    """
    plans, lines = [], []
    for order_id, id, plan in planned:
        facts = asdict(plan)
        left = first_state(plan.kind).left
        lines += [
            asdict(line) | {"order_id": order_id, "fulfilment_id": id, "gone": line.quantity if left else 0}
            for line in facts.pop("lines")
        ]
        plans.append(facts | {"order_id": order_id, "id": id, "state": first_state(plan.kind)})
    return set(
        await tx.all(
            UUID,
            INSERT,
            plans=Jsonb(msgspec.to_builtins(plans)),
            lines=Jsonb(msgspec.to_builtins(lines)),
            now=tx.now,
        )
    )


async def load_history(tx: Transaction, fulfilments: Sequence[Fulfilment]) -> None:
    """Write fulfilments as they stand, with lines and parcels; those that are there stay as they are."""
    if not fulfilments:
        return
    new = set(await tx.all(UUID, LOAD_HISTORY, fulfilments=Jsonb(fulfilments)))
    fresh = Jsonb([fulfilment for fulfilment in fulfilments if fulfilment.id in new])
    await tx.execute(LOAD_LINES, fulfilments=fresh)
    await tx.execute(LOAD_PARCELS, fulfilments=fresh, actor=tx.actor)


async def find(tx: Transaction, order_id: UUID, id: UUID, *, lock: bool = False) -> Fulfilment | None:
    """One fulfilment, or nothing."""
    if lock:
        tx.send(LOCK, order_id=order_id, id=id)
    return await tx.find(Fulfilment, LOAD, order_id=order_id, id=id)


async def of_order(tx: Transaction, order_id: UUID, *, lock: bool = False) -> list[Fulfilment]:
    """All fulfilments of an order."""
    if lock:
        tx.send(LOCK_ORDER, order_id=order_id)
    return await tx.all(Fulfilment, OF_ORDER, order_id=order_id)


async def of_orders(tx: Transaction, order_ids: Sequence[UUID]) -> list[Fulfilment]:
    """All fulfilments of these orders."""
    return await tx.all(Fulfilment, OF_ORDERS, order_ids=list(order_ids))


async def work(
    tx: Transaction,
    locations: Sequence[str],
    states: Sequence[FulfilmentState],
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Fulfilment]:
    """What there is to do at some places, the oldest first."""
    return await tx.all(
        Fulfilment,
        WORK,
        locations=list(locations),
        states=[state.value for state in states],
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )


async def move(
    tx: Transaction,
    fulfilment: Fulfilment,
    to: FulfilmentState,
    proof: bytes | None = None,
    picker: str | None = None,
) -> bool:
    """Move a fulfilment on; False when somebody else was faster."""
    moved = await tx.execute(
        MOVE,
        order_id=fulfilment.order_id,
        id=fulfilment.id,
        version=fulfilment.version,
        to=to,
        proof=proof,
        picker=picker,
        now=tx.now,
    )
    return moved == 1


async def cancel(tx: Transaction, order_id: UUID) -> None:
    """Cancel what has not left."""
    await tx.execute(CANCEL, order_id=order_id, now=tx.now)


async def reject(tx: Transaction, order_id: UUID, rejections: Sequence[Rejection]) -> None:
    """Take units off lines whose fulfilment is locked, and write down why."""
    await tx.execute(REJECT, order_id=order_id, rejections=Jsonb(msgspec.to_builtins(rejections)))


async def rejections(tx: Transaction, order_id: UUID) -> list[Rejection]:
    """What places could not send of an order, the oldest first."""
    return await tx.all(Rejection, REJECTIONS, order_id=order_id)


async def count_try(tx: Transaction, fulfilment: Fulfilment) -> None:
    """Remember that a wrong code was given."""
    await tx.execute(TRY, order_id=fulfilment.order_id, id=fulfilment.id, now=tx.now)


async def take_off(tx: Transaction, order_id: UUID, taken: Sequence[Struct]) -> None:
    """Take units off fulfilments that are locked; one that is left without any is cancelled."""
    await tx.execute(TAKE_OFF, order_id=order_id, taken=Jsonb(msgspec.to_builtins(taken)), now=tx.now)


async def direct(tx: Transaction, order_id: UUID, to: Struct) -> None:
    """Write where what has not left of an order goes, and who is told of it."""
    facts = asdict(to)
    facts["address"] = None if facts["address"] is None else Jsonb(msgspec.to_builtins(facts["address"]))
    await tx.execute(DIRECT, **facts, order_id=order_id, now=tx.now)


async def keep(tx: Transaction, kept: Fulfilment) -> bool:
    """Write how long a pick-up is kept, and its code; False when somebody else has moved it."""
    written = await tx.execute(
        KEEP,
        order_id=kept.order_id,
        id=kept.id,
        version=kept.version,
        waits_since=kept.waits_since,
        collect_until=kept.collect_until,
        reminded_at=kept.reminded_at,
        due_at=kept.due_at,
        extended=kept.extended,
        sealed=kept.sealed,
    )
    return written == 1


async def prove(tx: Transaction, fulfilment: Fulfilment, by: ProvedBy, note: str | None) -> None:
    """Keep how its customer has shown that it is hers."""
    await tx.execute(PROVE, order_id=fulfilment.order_id, id=fulfilment.id, proved_by=by, note=note)


async def due(tx: Transaction, most: int) -> list[Due]:
    """Pick-ups that somebody has to be reminded of, or that are given up; the longest overdue first."""
    return await tx.all(Due, DUE, now=tx.now, most=most)


async def planned(tx: Transaction, order_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these orders of which some place was told to do something."""
    return set(await tx.all(UUID, PLANNED, order_ids=list(order_ids)))
