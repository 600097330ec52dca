"""A place says that it cannot send what an order has there: its figures are set right, and the goods are not the
order's any more.

What was not found is taken off the books and asked to be counted; what is broken stands beside the whole goods; what
there was no time for stays, and can be sold to others.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from torg.inventory import rules, ship, spread
from torg.inventory.counts.open import ask_for
from torg.inventory.events import StockAdjusted
from torg.inventory.model import Cause, Deltas, Level, Move, Reason
from torg.inventory.rejection import Refusal, RejectionReason
from torg.inventory.store import ledger
from torg.kernel.access import Actor
from torg.kernel.database import Transaction

CAUSES = {RejectionReason.not_found: Cause.adjusted, RejectionReason.damaged: Cause.damaged}
TOLD = {RejectionReason.not_found: Reason.lost, RejectionReason.damaged: Reason.damaged}


async def reject(
    tx: Transaction, order_id: UUID, refused: Sequence[Refusal], *, document: str, by: Actor
) -> None:
    """Take back from an order what places refuse to send, and set their figures right by the reasons.

    `NotAllocated`, and nothing changed, when more is refused than is allocated to the order there. The right to do this
    is the fulfilment's; `document` names it in the ledger.
    """
    buckets = {rules.bucket(one.variant_id) for one in refused}
    await ship.lock(tx, order_id, buckets)
    levels = await _lock(tx, refused)
    for reason in RejectionReason:
        wanted = Counter[ship.Place]()
        for one in refused:
            if one.reason is reason:
                wanted[one.variant_id, one.location] += one.quantity
        if wanted:
            held = await ship.lock(tx, order_id, buckets)
            moves = [_move(levels[place], units, reason) for place, units in wanted.items()]
            entry = ledger.Entry(CAUSES.get(reason, Cause.given_back), str(by), document, reason.value)
            await ship.draw(tx, order_id, held, wanted, moves, entry)
            _tell(tx, moves, reason)
    await _count_what_is_missing(tx, refused)


async def _lock(tx: Transaction, refused: Sequence[Refusal]) -> dict[ship.Place, Level]:
    places = [Move(one.variant_id, one.location, Deltas()) for one in refused]
    return {
        (level.variant_id, level.location): level
        for batch in await spread.batches(tx, places)
        for level in await ledger.lock(tx, batch)
    }


def _move(level: Level, units: int, reason: RejectionReason) -> Move:
    """Of goods that were promised before they arrived, none can be missing or broken."""
    gone = min(units, level.on_hand) if reason in CAUSES else 0
    broken = gone if reason is RejectionReason.damaged else 0
    return Move(level.variant_id, level.location, Deltas(on_hand=-gone, allocated=-units, damaged=broken))


def _tell(tx: Transaction, moves: Sequence[Move], reason: RejectionReason) -> None:
    if reason in TOLD:
        tx.record(
            *(
                StockAdjusted(
                    variant_id=move.variant_id,
                    location=move.location,
                    quantity=move.by.on_hand,
                    reason=TOLD[reason],
                )
                for move in moves
                if move.by.on_hand
            )
        )


async def _count_what_is_missing(tx: Transaction, refused: Sequence[Refusal]) -> None:
    missing: dict[str, set[UUID]] = {}
    for one in refused:
        if one.reason is RejectionReason.not_found:
            missing.setdefault(one.location, set()).add(one.variant_id)
    for location in sorted(missing):
        await ask_for(tx, location, missing[location])
