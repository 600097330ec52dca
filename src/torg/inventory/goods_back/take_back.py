"""Goods come back from a customer: whole ones can be sold again, broken ones stand beside them."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from torg.inventory import opening, rights, telling
from torg.inventory.events import StockReceived
from torg.inventory.model import MOST_UNITS, Cause, Deltas, Move, StockTooHigh
from torg.inventory.store import ledger
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


class Back(Struct, frozen=True):
    """So many of a variant came back; `damaged` ones cannot be sold again."""

    variant_id: UUID
    quantity: int
    damaged: bool = False


async def take_back(
    tx: Transaction, location: str, came: Sequence[Back], *, document: str, by: Actor
) -> list[ledger.Moved]:
    """Put what came back on hand, or beside it when it is broken; `document` is the return, or its order.

    What is given back for it is not decided here.
    """
    await rights.must(tx, Permission.stock_adjust, {location}, by)
    moves = [
        Move(
            one.variant_id,
            location,
            Deltas(damaged=one.quantity) if one.damaged else Deltas(on_hand=one.quantity),
        )
        for one in came
    ]
    moved = await opening.move(tx, moves, ledger.Entry(Cause.returned, str(by), document))
    if any(max(level.on_hand, level.damaged) > MOST_UNITS for level in moved):
        raise StockTooHigh(most=MOST_UNITS)
    telling.changed(tx, moved)
    tx.record(
        *(
            StockReceived(
                variant_id=one.variant_id, location=location, quantity=one.quantity, document=document
            )
            for one in came
            if not one.damaged
        )
    )
    return moved
