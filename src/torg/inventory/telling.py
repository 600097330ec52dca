"""What is told of levels that a statement has changed: once a level and statement, however many lines moved it."""

from collections.abc import Sequence
from uuid import UUID

from torg.inventory import figures
from torg.inventory.events import StockChanged
from torg.inventory.model import Level
from torg.kernel.database import Transaction
from torg.kernel.ids import public


def changed(tx: Transaction, levels: Sequence[Level]) -> None:
    """Tell what is on hand and can be promised now."""
    tx.record(
        *(
            StockChanged(
                variant_id=level.variant_id,
                location=level.location,
                on_hand=level.on_hand,
                available=figures.promised(level, tx.now.date()),
                movement=level.sequence,
                kept=level.kept,
            )
            for level in levels
        )
    )


def document(order_id: UUID) -> str:
    """How the ledger names an order."""
    return public("ord", order_id)
