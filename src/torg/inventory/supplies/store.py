"""The tables of goods on their way: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from torg.inventory.supplies.model import Supply, SupplyKind, SupplyState
from torg.kernel.database import Transaction

SELECT = """
SELECT s.supply_id AS id, s.kind, s.state, s.location, s.source, s.supplier, s.reference, s.expected_on, s.rest,
       s.opened_by, s.opened_at, s.closed_at, s.version,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'variant_id', l.variant_id, 'quantity', l.quantity, 'received', l.received, 'damaged', l.damaged)
                ORDER BY l.variant_id), '[]')
        FROM supply_lines l WHERE l.supply_id = s.supply_id) AS lines
FROM supplies s
"""
LOAD = SELECT + "WHERE s.supply_id = %(id)s"
LOCK = LOAD + " FOR UPDATE OF s"

LIST = (
    SELECT
    + """
WHERE (s.location = ANY(%(locations)s) OR s.source = ANY(%(locations)s))
  AND (%(kind)s::text IS NULL OR s.kind = %(kind)s)
  AND (%(state)s::text IS NULL OR s.state = %(state)s)
  AND (%(before_at)s::timestamptz IS NULL OR (s.opened_at, s.supply_id) < (%(before_at)s, %(before_id)s))
ORDER BY s.opened_at DESC, s.supply_id DESC
LIMIT %(most)s
"""
)

INSERT = """
INSERT INTO supplies (supply_id, kind, state, location, source, supplier, reference, expected_on, opened_by, opened_at,
                      version)
VALUES (%(id)s, %(kind)s, %(state)s, %(location)s, %(source)s, %(supplier)s, %(reference)s, %(expected_on)s,
        %(opened_by)s, %(opened_at)s, %(version)s)
"""

INSERT_LINES = """
INSERT INTO supply_lines (supply_id, variant_id, quantity)
SELECT %(id)s, n.variant_id, n.quantity
FROM unnest(%(variants)s::uuid[], %(quantities)s::int[]) AS n (variant_id, quantity)
"""

SAVE = """
UPDATE supplies
SET state = %(state)s, rest = %(rest)s, version = version + 1,
    closed_at = CASE WHEN %(state)s = 'on_its_way' THEN NULL ELSE %(at)s END
WHERE supply_id = %(id)s AND version = %(version)s
"""

SAVE_LINES = """
UPDATE supply_lines l SET received = n.received, damaged = n.damaged
FROM unnest(%(variants)s::uuid[], %(received)s::int[], %(damaged)s::int[]) AS n (variant_id, received, damaged)
WHERE l.supply_id = %(id)s AND l.variant_id = n.variant_id
"""


async def load(tx: Transaction, id: UUID) -> Supply | None:
    """One supply with its lines."""
    return await tx.find(Supply, LOAD, id=id)


async def lock(tx: Transaction, id: UUID) -> Supply | None:
    """One supply, its row locked until the transaction ends."""
    return await tx.find(Supply, LOCK, id=id)


async def list_of(
    tx: Transaction,
    locations: Sequence[str],
    *,
    kind: SupplyKind | None,
    state: SupplyState | None,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> list[Supply]:
    """Supplies to or from these locations, the newest first."""
    at, id = before or (None, None)
    return await tx.all(
        Supply,
        LIST,
        locations=list(locations),
        kind=kind.value if kind else None,
        state=state.value if state else None,
        before_at=at,
        before_id=id,
        most=most,
    )


async def insert(tx: Transaction, supply: Supply) -> None:
    """Write a new supply with its lines."""
    await tx.execute(
        INSERT,
        id=supply.id,
        kind=supply.kind.value,
        state=supply.state.value,
        location=supply.location,
        source=supply.source,
        supplier=supply.supplier,
        reference=supply.reference,
        expected_on=supply.expected_on,
        opened_by=supply.opened_by,
        opened_at=supply.opened_at,
        version=supply.version,
    )
    await tx.execute(
        INSERT_LINES,
        id=supply.id,
        variants=[line.variant_id for line in supply.lines],
        quantities=[line.quantity for line in supply.lines],
    )


async def save(tx: Transaction, supply: Supply) -> None:
    """Write what has become of a supply whose row is locked."""
    await tx.execute(
        SAVE,
        id=supply.id,
        state=supply.state.value,
        rest=supply.rest.value if supply.rest else None,
        version=supply.version,
        at=tx.now,
    )
    await tx.execute(
        SAVE_LINES,
        id=supply.id,
        variants=[line.variant_id for line in supply.lines],
        received=[line.received for line in supply.lines],
        damaged=[line.damaged for line in supply.lines],
    )
