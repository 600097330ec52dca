"""What is counted differs from what is known: goods are found, lost, broken, or the figures were wrong."""

from uuid import UUID

from msgspec.structs import replace

from torg.inventory import opening, rights, rules, spread, telling
from torg.inventory.events import StockAdjusted
from torg.inventory.model import Cause, Deltas, Level, Move, Reason, UnknownLevel
from torg.inventory.store import ledger
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.permissions import Permission


async def adjust(
    tx: Transaction,
    variant_id: UUID,
    location: str,
    quantity: int,
    *,
    reason: Reason,
    by: Actor,
    note: str | None = None,
    version: int | None = None,
) -> Level:
    """Set right how much there is; only a correction may be negative, every other reason says which way goods went.

    `version` is the number of the level's last movement that the decision was made on. What is promised to customers
    cannot be adjusted away.
    """
    await rights.must(tx, Permission.stock_adjust, {location}, by)
    deltas = rules.adjustment(reason, quantity)
    level = await lock(tx, variant_id, location, new=deltas.on_hand > 0 and not deltas.damaged)
    if version is not None and version != level.sequence:
        raise StaleVersion(given=version, present=level.sequence)
    rules.afford(level, deltas)
    entry = ledger.Entry(Cause.adjusted, str(by), note, reason.value)
    (adjusted,) = await ledger.move(tx, [Move(variant_id, location, deltas)], entry)
    telling.changed(tx, [adjusted])
    tx.record(StockAdjusted(variant_id=variant_id, location=location, quantity=deltas.on_hand, reason=reason))
    return adjusted


async def plan(
    tx: Transaction, variant_id: UUID, location: str, *, buffer: int, backorder: int, by: Actor
) -> Level:
    """Set how many are kept back from sale, and how many may be promised beyond what is there."""
    await rights.must(tx, Permission.stock_adjust, {location}, by)
    level = await lock(tx, variant_id, location, new=True)
    rules.afford(replace(level, backorder=backorder), Deltas())
    await ledger.plan(tx, variant_id, location, buffer=buffer, backorder=backorder)
    (planned,) = await ledger.lock(tx, [Move(variant_id, location, Deltas())])
    telling.changed(tx, [planned])
    return planned


async def lock(tx: Transaction, variant_id: UUID, location: str, *, new: bool) -> Level:
    """The level, its row locked; made empty where it is missing and `new`, else refused with `UnknownLevel`."""
    ((move,),) = await spread.batches(tx, [Move(variant_id, location, Deltas())])
    found = await ledger.lock(tx, [move])
    if not found and new:
        await opening.open_levels(tx, [move])
        found = await ledger.lock(tx, [move])
    if not found:
        raise UnknownLevel(location=location)
    return found[0]
