"""Thousands of levels come in on one document: an opening stock, a count taken over from another system.

The same ledger as `receive`, in three statements however many levels there are. Followers hear of it in facts that name
hundreds of levels each.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from torg.inventory import figures, opening, rights, rules, spread
from torg.inventory.events import LoadedLevel, StockLoaded
from torg.inventory.model import MOST_UNITS, Cause, Deltas, Level, Move, Receipt, StockTooHigh
from torg.inventory.store import ledger
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission

MOST_LOADED: Final = 20_000
TOLD_AT_ONCE: Final = 250


async def load_stock(tx: Transaction, receipts: Sequence[Receipt], *, document: str, by: Actor) -> int:
    """Receive up to `MOST_LOADED` lines on one document, all or none; tells how many levels that moved.

    Each level gets one movement, and `stock.loaded` is told in place of `stock.received` and `stock.changed`. Unknown
    variants and locations are refused. The same call again receives the same goods again. A line without units is a
    defect of the caller (ValueError).
    """
    if len(receipts) > MOST_LOADED:
        raise ValueError(f"at most {MOST_LOADED} lines are received at once")
    if any(line.quantity < 1 for line in receipts):
        raise ValueError("what comes in is at least one unit")
    await rights.must(tx, Permission.stock_adjust, {line.location for line in receipts}, by)
    await opening.must_know(tx, {line.variant_id for line in receipts})
    moves = [Move(line.variant_id, line.location, Deltas(on_hand=line.quantity)) for line in receipts]
    entry = ledger.Entry(Cause.received, str(by), document)
    count = 0
    for batch in await spread.batches(tx, moves):
        loaded = await ledger.load(tx, batch, entry)
        if any(level.on_hand > MOST_UNITS for level in loaded):
            raise StockTooHigh(most=MOST_UNITS)
        tx.record(*_told(loaded, document, tx.now.date()))
        count += len(loaded)
    if count:
        await audit.write(tx, by, "stock.loaded", document, levels=count)
    return count


def _told(loaded: Sequence[Level], document: str, day: date) -> Iterator[StockLoaded]:
    buckets: dict[int, list[LoadedLevel]] = defaultdict(list)
    for level in loaded:
        told_of = LoadedLevel(
            variant_id=level.variant_id,
            location=level.location,
            on_hand=level.on_hand,
            available=figures.promised(level, day),
            movement=level.sequence,
            kept=level.kept,
        )
        buckets[rules.bucket(level.variant_id)].append(told_of)
    for bucket, levels in buckets.items():
        for start in range(0, len(levels), TOLD_AT_ONCE):
            told = tuple(levels[start : start + TOLD_AT_ONCE])
            yield StockLoaded(bucket=bucket, document=document, levels=told)
