"""Goods come in."""

from collections.abc import Sequence

from torg.inventory import opening, rights, rules, telling
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
    received = await opening.move(tx, moves, entry)
    if any(level.on_hand > MOST_UNITS for level in received):
        raise StockTooHigh(most=MOST_UNITS)
    _tell(tx, moves, received, document)
    return received


def _tell(tx: Transaction, moves: Sequence[Move], moved: Sequence[ledger.Moved], document: str) -> None:
    telling.changed(tx, moved)
    tx.record(
        *(
            StockReceived(
                variant_id=move.variant_id,
                location=move.location,
                quantity=move.by.on_hand,
                document=document,
            )
            for batch in rules.batches(moves)
            for move in batch
        )
    )
