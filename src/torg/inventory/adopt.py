"""What was held for a change of a placed order becomes the order's own."""

from uuid import UUID

from torg.inventory import spread, telling
from torg.inventory.model import Cause, Held, HoldEnded, HoldState
from torg.inventory.store import allocations, ledger, reads
from torg.kernel.database import Transaction


async def adopt(tx: Transaction, order_id: UUID, under: UUID) -> list[Held]:
    """Allocate to the order's lines what is held `under` another id; done twice, the second time there is nothing.

    Refused with `HoldEnded`, and nothing may be kept of it, when some of it has ended.
    """
    holds = await reads.holds(tx, under)
    entry = ledger.Entry(Cause.allocated, tx.actor, telling.document(order_id))
    taken: list[Held] = []
    for group in await spread.groups(tx, [hold.bucket for hold in holds]):
        moved = await ledger.end(tx, group, under, HoldState.allocated, entry)
        taken += [held for level in moved for held in level.ended]
        await allocations.rename(tx, group, under, order_id)
    if len(taken) < len(holds):
        raise HoldEnded()
    return taken
