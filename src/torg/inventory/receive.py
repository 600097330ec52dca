"""Goods come in."""

from collections.abc import Sequence

from torg.inventory import opening, rights, spread, telling
from torg.inventory.events import StockReceived
from torg.inventory.model import MOST_UNITS, Cause, Deltas, Move, Receipt, StockTooHigh
from torg.inventory.store import ledger
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


async def receive(
    tx: Transaction, receipts: Sequence[Receipt], *, document: str, by: Actor
) -> list[ledger.Moved]:
    """Put goods on hand where they arrived; `document` is the delivery note or whatever else tells of them.

    Levels that were not there are made. Unknown variants and locations are refused, and then nothing is received.
    """
    await rights.must(tx, Permission.stock_adjust, {line.location for line in receipts}, by)
    moves = [Move(line.variant_id, line.location, Deltas(on_hand=line.quantity)) for line in receipts]
    entry = ledger.Entry(Cause.received, str(by), document)
    received: list[ledger.Moved] = []
    for batch in await spread.batches(tx, moves):
        moved = await ledger.move(tx, batch, entry)
        if len(moved) < len(batch):
            there = {(level.variant_id, level.location) for level in moved}
            missing = [move for move in batch if (move.variant_id, move.location) not in there]
            await opening.open_levels(tx, missing)
            moved += await ledger.move(tx, missing, entry)
        _tell(tx, batch, moved, document)
        received += moved
    if any(level.on_hand > MOST_UNITS for level in received):
        raise StockTooHigh(most=MOST_UNITS)
    return received


def _tell(tx: Transaction, batch: Sequence[Move], moved: Sequence[ledger.Moved], document: str) -> None:
    telling.changed(tx, moved)
    tx.record(
        *(
            StockReceived(
                variant_id=move.variant_id,
                location=move.location,
                quantity=move.by.on_hand,
                document=document,
            )
            for move in batch
        )
    )
