"""Goods are ordered from a supplier: from now on they are expected."""

from collections.abc import Sequence
from datetime import date

from torg.inventory import opening, rights
from torg.inventory.model import Cause, Deltas, Move
from torg.inventory.store import ledger
from torg.inventory.supplies import rules, store
from torg.inventory.supplies.events import SupplyOpened
from torg.inventory.supplies.model import Supply, SupplyKind, SupplyState, Wanted
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id, public
from torg.permissions import Permission


async def order_goods(
    tx: Transaction,
    location: str,
    wanted: Sequence[Wanted],
    *,
    supplier: str,
    by: Actor,
    reference: str | None = None,
    expected_on: date | None = None,
) -> Supply:
    """Write down a purchase order; its goods count as incoming at the location.

    Levels that were not there are made. Unknown variants and locations are refused, and then nothing is written.
    """
    await rights.must(tx, Permission.stock_adjust, {location}, by)
    supply = Supply(
        id=new_id(),
        kind=SupplyKind.purchase,
        state=SupplyState.on_its_way,
        location=location,
        source=None,
        supplier=supplier,
        reference=reference,
        expected_on=expected_on,
        rest=None,
        opened_by=str(by),
        opened_at=tx.now,
        closed_at=None,
        version=1,
        lines=rules.lines(wanted),
    )
    moves = [Move(line.variant_id, location, Deltas(incoming=line.quantity)) for line in supply.lines]
    await opening.move(tx, moves, ledger.Entry(Cause.expected, str(by), public("sup", supply.id)))
    await store.insert(tx, supply)
    tell(tx, supply)
    return supply


def tell(tx: Transaction, supply: Supply) -> None:
    """Tell that goods are on their way."""
    tx.record(
        SupplyOpened(
            supply_id=supply.id,
            kind=supply.kind,
            location=supply.location,
            source=supply.source,
            units=sum(line.quantity for line in supply.lines),
        )
    )
