"""Goods are sent from one location to another."""

from collections.abc import Sequence
from datetime import date

from torg.inventory import opening, rights, rules, spread, telling
from torg.inventory.model import Cause, Deltas, Move, UnknownLevel
from torg.inventory.store import ledger
from torg.inventory.supplies import rules as supply_rules
from torg.inventory.supplies import store
from torg.inventory.supplies.model import SameLocation, Supply, SupplyKind, SupplyState, Wanted
from torg.inventory.supplies.order import tell
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id, public
from torg.permissions import Permission


async def send(
    tx: Transaction,
    source: str,
    location: str,
    wanted: Sequence[Wanted],
    *,
    by: Actor,
    reference: str | None = None,
    expected_on: date | None = None,
) -> Supply:
    """Take goods off the shelves of `source`; they count as incoming at `location` until they arrive there.

    What is promised to customers stays: refused with `StockTooLow` or `StockPromised`, and then nothing is sent.
    """
    await rights.must(tx, Permission.stock_adjust, {source}, by)
    if source == location:
        raise SameLocation(location=location)
    supply = Supply(
        id=new_id(),
        kind=SupplyKind.transfer,
        state=SupplyState.on_its_way,
        location=location,
        source=source,
        supplier=None,
        reference=reference,
        expected_on=expected_on,
        rest=None,
        opened_by=str(by),
        opened_at=tx.now,
        closed_at=None,
        version=1,
        lines=supply_rules.lines(wanted),
    )
    await _take(tx, supply, by)
    await store.insert(tx, supply)
    tell(tx, supply)
    return supply


async def _take(tx: Transaction, supply: Supply, by: Actor) -> None:
    """Both ends are locked together, so that two transfers the opposite way do not wait for each other."""
    source = supply.source or ""
    leaving = [Move(line.variant_id, source, Deltas(on_hand=-line.quantity)) for line in supply.lines]
    coming = [Move(line.variant_id, supply.location, Deltas(incoming=line.quantity)) for line in supply.lines]
    document = public("sup", supply.id)
    for batch in await spread.batches(tx, [*leaving, *coming]):
        there = {(level.variant_id, level.location): level for level in await ledger.lock(tx, batch)}
        out = [move for move in batch if move.location == source]
        for move in out:
            level = there.get((move.variant_id, source))
            if level is None:
                raise UnknownLevel(location=source)
            rules.afford(level, move.by)
        entry = ledger.Entry(Cause.transferred_out, str(by), document)
        telling.changed(tx, await ledger.move(tx, out, entry))
        expected = [move for move in batch if move.location != source]
        await opening.move(tx, expected, ledger.Entry(Cause.expected, str(by), document))
