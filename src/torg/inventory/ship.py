"""What is allocated to an order leaves the building, or is given back to be sold to others."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from torg.inventory import rules, spread, telling
from torg.inventory.model import Cause, Deltas, Hold, HoldState, Move, NotAllocated, StockTooLow, Units
from torg.inventory.store import ledger, reads
from torg.inventory.waiting import StockAwaited, waiting
from torg.kernel.database import Transaction

Place = tuple[UUID, str]


async def ship(
    tx: Transaction, order_id: UUID, units: Iterable[tuple[UUID, str, int]], *, document: str | None = None
) -> None:
    """Take allocated goods (variant, location, how many) out of stock: they have left with a carrier or a customer.

    Refused as a whole with `NotAllocated` when it is more than is allocated to the order there, with `StockTooLow` when
    it has been promised but has not arrived, and with `StockAwaited` when what has arrived belongs to earlier promises
    or is not out yet.
    """
    wanted = _summed(units)
    holds = await lock(tx, order_id, [rules.bucket(variant_id) for variant_id, _ in wanted])
    if any(hold.late for hold in holds):
        await _served(tx, holds, wanted)
    entry = ledger.Entry(Cause.shipped, tx.actor, document or telling.document(order_id))
    await _draw(tx, order_id, holds, wanted, entry)


async def give_back(
    tx: Transaction, order_id: UUID, units: Iterable[tuple[UUID, str, int]] | None = None, *, cause: str
) -> list[Units]:
    """Let allocated goods that will not leave be sold to others; without `units` all that is allocated to the order.

    `cause` is a word for the ledger.
    """
    if units is None:
        return await give_back_holds(tx, order_id, cause=cause, begun=True)
    wanted = _summed(units)
    holds = await lock(tx, order_id, [rules.bucket(variant_id) for variant_id, _ in wanted])
    return await _give_back(tx, order_id, holds, wanted, cause)


async def give_back_holds(tx: Transaction, order_id: UUID, *, cause: str, begun: bool) -> list[Units]:
    """Give back what is allocated to the order; holds of which some units have left only when `begun`."""
    known = await reads.holds(tx, order_id)
    holds = await lock(tx, order_id, [h.bucket for h in known if h.state is HoldState.allocated])
    holds = [hold for hold in holds if begun or not hold.shipped]
    wanted = _summed((hold.variant_id, hold.location, hold.open) for hold in holds)
    return await _give_back(tx, order_id, holds, wanted, cause)


async def _give_back(
    tx: Transaction, order_id: UUID, holds: Sequence[Hold], wanted: Mapping[Place, int], cause: str
) -> list[Units]:
    entry = ledger.Entry(Cause.given_back, tx.actor, telling.document(order_id), cause)
    await _draw(tx, order_id, holds, wanted, entry)
    return [Units(variant_id, location, quantity) for (variant_id, location), quantity in wanted.items()]


async def lock(tx: Transaction, order_id: UUID, buckets: Iterable[int]) -> list[Hold]:
    """What is allocated to the order, locked until the transaction ends."""
    holds: list[Hold] = []
    for group in await spread.groups(tx, buckets):
        holds += await ledger.lock_holds(tx, group, order_id, HoldState.allocated)
    return holds


def _summed(units: Iterable[tuple[UUID, str, int]]) -> dict[Place, int]:
    total: dict[Place, int] = defaultdict(int)
    for variant_id, location, quantity in units:
        if quantity < 0:
            raise ValueError("units are counted, not taken off")
        total[variant_id, location] += quantity
    return {place: quantity for place, quantity in total.items() if quantity}


async def _draw(
    tx: Transaction, order_id: UUID, holds: Sequence[Hold], wanted: Mapping[Place, int], entry: ledger.Entry
) -> None:
    sign = -1 if entry.cause is Cause.shipped else 0
    moves = [
        Move(variant_id, location, Deltas(on_hand=sign * quantity, allocated=-quantity))
        for (variant_id, location), quantity in wanted.items()
    ]
    await draw(tx, order_id, holds, wanted, moves, entry)


async def draw(
    tx: Transaction,
    order_id: UUID,
    holds: Sequence[Hold],
    wanted: Mapping[Place, int],
    moves: Sequence[Move],
    entry: ledger.Entry,
) -> None:
    """Take so many out of the order's locked holds, while the levels move so."""
    taken = _taken(holds, wanted)
    for batch in await spread.batches(tx, moves):
        if entry.cause is Cause.shipped:
            await _there(tx, batch)
        keys = {rules.bucket(move.variant_id) for move in batch}
        part = {key: quantity for key, quantity in taken.items() if key[0] in keys}
        telling.changed(tx, await ledger.draw(tx, order_id, batch, part, entry))


async def _there(tx: Transaction, moves: Sequence[Move]) -> None:
    """Goods that were promised beyond what is there have to arrive before they can leave."""
    leaving = {(move.variant_id, move.location): -move.by.on_hand for move in moves}
    for level in await ledger.lock(tx, moves):
        if level.on_hand < leaving[level.variant_id, level.location]:
            raise StockTooLow(location=level.location, present=level.on_hand)


async def _served(tx: Transaction, holds: Sequence[Hold], wanted: Mapping[Place, int]) -> None:
    """Goods that were promised before they were there go to the oldest of those promises first."""
    leaving = {hold: quantity for (_, hold), quantity in _taken(holds, wanted).items()}
    there = {hold.id: hold.open for hold in holds}
    moves = [Move(variant_id, location, Deltas()) for variant_id, location in wanted]
    for batch in await spread.batches(tx, moves):
        await ledger.lock(tx, batch)
    for one in await waiting(tx, {hold.order_id for hold in holds}):
        if leaving.get(one.hold_id, 0) > there.get(one.hold_id, 0) - one.units:
            raise StockAwaited(
                location=one.location, expected=one.expected.isoformat() if one.expected else "?"
            )


def _taken(holds: Sequence[Hold], wanted: Mapping[Place, int]) -> dict[tuple[int, UUID], int]:
    taken: dict[tuple[int, UUID], int] = {}
    for (variant_id, location), quantity in wanted.items():
        there = [hold for hold in holds if hold.variant_id == variant_id and hold.location == location]
        part, missing = rules.draw(there, quantity)
        if missing:
            raise NotAllocated(location=location, wanted=quantity, allocated=quantity - missing)
        taken |= {(rules.bucket(variant_id), hold): number for hold, number in part.items()}
    return taken
