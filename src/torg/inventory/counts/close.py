"""A count ends: its levels are set right, or nothing is."""

from collections.abc import Sequence
from uuid import UUID

from torg.inventory import opening, rules, spread, telling
from torg.inventory.counts import look, store
from torg.inventory.counts.events import CountClosed
from torg.inventory.counts.model import Count, CountKind, CountPromised, CountState, CountUnfinished
from torg.inventory.model import Cause, Deltas, Move, StockPromised
from torg.inventory.store import ledger
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.permissions import Permission

NAMED = 20


async def close(tx: Transaction, id: UUID, *, by: Actor) -> Count:
    """Set every counted level to what was counted; all at once, or none when one is promised to customers.

    A full count has a figure for every line first (`CountUnfinished`). Raises `CountPromised` with the variants of
    which fewer were counted than customers were promised.
    """
    found = await look.lock(tx, id, Permission.stock_adjust, by=by)
    if found.open_lines and found.kind is CountKind.full:
        raise CountUnfinished(count=found.open_lines)
    variants = await store.counted(tx, id)
    differing = await _set_right(tx, found, variants, by)
    await store.end(tx, id, CountState.closed, str(by))
    tx.record(
        CountClosed(
            count_id=id,
            location=found.location,
            lines=len(variants),
            differing=len(differing),
            units=sum(level.difference for level in differing),
        )
    )
    return await look.count(tx, id, by=by)


async def cancel(tx: Transaction, id: UUID, *, by: Actor) -> Count:
    """Give a count up; nothing is set right."""
    await look.lock(tx, id, Permission.stock_adjust, by=by)
    await store.end(tx, id, CountState.cancelled, str(by))
    return await look.count(tx, id, by=by)


async def _set_right(tx: Transaction, count: Count, variants: Sequence[UUID], by: Actor) -> list[store.Off]:
    entry = ledger.Entry(Cause.counted, str(by), public("cnt", count.id))
    found: list[store.Off] = []
    for batch in await spread.batches(tx, [Move(variant, count.location, Deltas()) for variant in variants]):
        await ledger.lock(tx, batch)
        found += await store.differences(tx, count, [move.variant_id for move in batch])
    differing = [level for level in found if level.difference]
    promised = [level.variant_id for level in differing if not _affordable(level)]
    if promised:
        raise CountPromised(
            variants=", ".join(public("var", variant) for variant in sorted(promised)[:NAMED])
        )
    moves = [Move(level.variant_id, count.location, Deltas(on_hand=level.difference)) for level in differing]
    telling.changed(tx, await opening.move(tx, moves, entry))
    return differing


def _affordable(level: store.Off) -> bool:
    try:
        rules.afford(level, Deltas(on_hand=level.difference))
    except StockPromised:
        return False
    return True
