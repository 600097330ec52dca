"""Goods arrive where they were expected, all at once or in parts."""

from collections.abc import Sequence
from uuid import UUID

from torg.inventory import opening, telling
from torg.inventory.events import StockReceived
from torg.inventory.model import MOST_UNITS, Cause, StockTooHigh
from torg.inventory.store import ledger
from torg.inventory.supplies import look, rules, store
from torg.inventory.supplies.events import SupplyArrived
from torg.inventory.supplies.model import Arrival, Supply, SupplyKind, SupplyState
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public


async def arrive(
    tx: Transaction, id: UUID, came: Sequence[Arrival], *, by: Actor, version: int | None = None
) -> Supply:
    """Put what came on hand, or beside it when it is broken; what is still missing stays expected.

    `version` is the one that the receipt was decided on. Raises `NotExpected`, `MoreThanSent` and `NotOnItsWay`.
    """
    before = await look.lock(tx, id, version, by=by)
    after, moves = rules.arrived(before, came)
    document = public("sup", id)
    cause = Cause.received if after.kind is SupplyKind.purchase else Cause.transferred_in
    moved = await opening.move(tx, moves, ledger.Entry(cause, str(by), document))
    if any(max(level.on_hand, level.damaged) > MOST_UNITS for level in moved):
        raise StockTooHigh(most=MOST_UNITS)
    await store.save(tx, after)
    telling.changed(tx, moved)
    whole = [move for move in moves if move.by.on_hand]
    tx.record(
        *(
            StockReceived(
                variant_id=move.variant_id,
                location=move.location,
                quantity=move.by.on_hand,
                document=document,
            )
            for move in whole
        ),
        SupplyArrived(
            supply_id=id,
            kind=after.kind,
            location=after.location,
            units=sum(move.by.on_hand + move.by.damaged for move in moves),
            done=after.state is SupplyState.arrived,
        ),
    )
    return await look.supply(tx, id, by=by)
