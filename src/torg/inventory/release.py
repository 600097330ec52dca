"""Let others buy what an order kept: because it was given up, or because its time has run out."""

from collections.abc import Sequence
from uuid import UUID

from torg.inventory import spread, telling
from torg.inventory.events import HoldExpired
from torg.inventory.model import Cause, Held, HoldState
from torg.inventory.ship import give_back_holds
from torg.inventory.store import ledger, reads
from torg.kernel.database import Transaction


async def release(tx: Transaction, order_id: UUID, cause: str) -> None:
    """End what the order holds, and give back what is allocated to it and of which nothing has left the building.

    `cause` is a word for the ledger. Done twice, the second time does nothing.
    """
    holds = await reads.holds(tx, order_id)
    entry = ledger.Entry(Cause.released, tx.actor, telling.document(order_id), cause)
    for group in await spread.groups(tx, [h.bucket for h in holds if h.state is HoldState.held]):
        telling.changed(tx, await ledger.end(tx, group, order_id, HoldState.released, entry))
    if any(hold.state is HoldState.allocated for hold in holds):
        await give_back_holds(tx, order_id, cause=cause, begun=False)


async def expire(tx: Transaction, *, most: int = 100) -> int:
    """End holds whose time has run out, of at most so many orders; tells how many orders there were.

    Who allocates at the same moment has either taken the goods already, and they stay, or finds the hold expired.
    """
    ripe = await reads.due(tx, tx.now, most)
    for due in ripe:
        entry = ledger.Entry(Cause.expired, tx.actor, telling.document(due.order_id))
        moved = await ledger.end(tx, [due.bucket], due.order_id, HoldState.expired, entry, due=tx.now)
        telling.changed(tx, moved)
        lines = _lines([part for level in moved for part in level.ended])
        if lines:
            tx.record(HoldExpired(bucket=due.bucket, order_id=due.order_id, lines=lines))
    return len(ripe)


def _lines(parts: Sequence[Held]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(part.line_id for part in parts))
