"""An order wants fewer units: those that no place sends are taken off the work list first."""

from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import replace

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.orders.shortfalls import store
from torg.orders.shortfalls.events import ShortfallSettled
from torg.orders.shortfalls.model import ShortfallState

MOST = 1_000

Part = tuple[UUID, UUID]


async def take_off(
    tx: Transaction, order_id: UUID, less: Mapping[Part, int], *, by: Actor
) -> dict[Part, int]:
    """What is left to be taken off after that, by line and variant. The order is locked; the right is the order's."""
    left = dict(less)
    there = await store.listed(tx, store.Wanted(order_id=order_id), places=None, after=None, limit=MOST)
    for missing in there:
        part = (missing.line_id, missing.variant_id)
        units = min(left.get(part, 0), missing.quantity)
        if not units:
            continue
        left[part] -= units
        if units < missing.quantity:
            await store.save(tx, replace(missing, quantity=missing.quantity - units))
            continue
        ended = replace(
            missing, state=ShortfallState.cancelled, settled_at=tx.now, settled_by=str(by), due_at=None
        )
        await store.save(tx, ended)
        tx.record(ShortfallSettled.of(ended))
    return {part: units for part, units in left.items() if units}
