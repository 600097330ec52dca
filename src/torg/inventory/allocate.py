"""Turn what an order holds into what is its own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from torg.inventory import rules, spread, telling
from torg.inventory.hold import hold
from torg.inventory.model import Cause, Deltas, Demand, Held, Hold, HoldEnded, HoldState, Move
from torg.inventory.store import ledger, reads
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.ids import public


async def allocate(tx: Transaction, order_id: UUID, demands: Sequence[Demand] = ()) -> list[Held]:
    """Allocate what the order holds; tells all that is allocated to it, so that doing it twice does no harm.

    `demands` says all that the order wants now: a line of it whose hold has ended in the meantime is held anew, which
    `OutOfStock` may refuse, and ended holds of other lines (dropped from the cart before) do not matter. Without it
    any hold that has ended is refused with `HoldEnded`.
    """
    asked = {(line.line_id, line.variant_id) for line in demands}
    if demands:
        taken = await _take(tx, order_id, [rules.bucket(line.variant_id) for line in demands], demands)
        if taken and not rules.unserved(demands, taken):
            return taken
    holds = await reads.holds(tx, order_id)
    _must_be_asked(rules.gone(holds, [h.part for h in holds if h.state not in rules.LOST]), asked)
    held = [h for h in holds if h.state is HoldState.held]
    if held and demands:
        await _lock(tx, order_id, held, demands)
    allocated = [h.part for h in holds if h.state in {HoldState.allocated, HoldState.shipped}]
    allocated += await _take(tx, order_id, [h.bucket for h in held])
    # Somebody may have ended a hold since it was looked at: what is not allocated now is gone.
    served = [*allocated, *(h.part for h in holds if h.state is HoldState.given_back)]
    gone = rules.gone(holds, served) | (asked - {(part.line_id, part.variant_id) for part in served})
    if not gone:
        return allocated
    _must_be_asked(gone, asked)
    again = [line for line in demands if (line.line_id, line.variant_id) in gone]
    await hold(tx, order_id, again, expires_at=tx.now, by=SYSTEM)
    return allocated + await _take(tx, order_id, [rules.bucket(line.variant_id) for line in again])


async def allocate_all(tx: Transaction, demands: Mapping[UUID, Sequence[Demand]]) -> dict[UUID, list[Held]]:
    """The same for many orders that somebody has allocated to already, which is seen by one look for all of them."""
    there: dict[UUID, list[Held]] = defaultdict(list)
    for kept in await reads.holds_of(tx, list(demands)):
        if kept.state in {HoldState.allocated, HoldState.shipped}:
            there[kept.order_id].append(kept.part)
    missing = [id for id, lines in demands.items() if rules.unserved(lines, there[id])]
    for order_id in missing:
        there[order_id] = await allocate(tx, order_id, demands[order_id])
    return {order_id: there[order_id] for order_id in demands}


async def _lock(tx: Transaction, order_id: UUID, held: Sequence[Hold], demands: Sequence[Demand]) -> None:
    """Lock what is held and every level that may serve a line anew, in the order in which everybody locks: what follows
    takes it in two steps.
    """
    for group in await spread.groups(tx, [one.bucket for one in held]):
        await ledger.lock_holds(tx, group, order_id, HoldState.held)
    places = [Move(one.variant_id, one.location, Deltas()) for one in held]
    places += [Move(line.variant_id, place, Deltas()) for line in demands for place in line.locations]
    for batch in await spread.batches(tx, places):
        await ledger.lock(tx, batch)


async def _take(
    tx: Transaction, order_id: UUID, buckets: Sequence[int], demands: Sequence[Demand] = ()
) -> list[Held]:
    """Allocate what is held; with `demands` only when that is as much as they want."""
    # What can be promised stays the same here, so there is nothing to tell of the levels.
    entry = ledger.Entry(Cause.allocated, tx.actor, telling.document(order_id))
    taken: list[Held] = []
    for group in await spread.groups(tx, buckets):
        units = sum(line.quantity for line in demands if rules.bucket(line.variant_id) in group)
        moved = await ledger.end(tx, group, order_id, HoldState.allocated, entry, units=units or None)
        taken += [held for level in moved for held in level.ended]
    return taken


def _must_be_asked(gone: set[rules.Share], asked: set[rules.Share]) -> None:
    if gone and not asked:
        raise HoldEnded(lines=sorted({public("lin", line) for line, _ in gone}))
