"""Bring in what left locations before Torg was told."""

from collections.abc import Sequence

from torg.fulfilment import store
from torg.fulfilment.model import Fulfilment
from torg.kernel.database import Transaction


async def load_history(tx: Transaction, fulfilments: Sequence[Fulfilment]) -> None:
    """Write down goods that have left long ago: no location has anything to do, no stock moves, nobody is told.

    Fulfilments that are there stay as they are. The right to do this is the order's.
    """
    if not all(fulfilment.state.left for fulfilment in fulfilments):
        raise ValueError("history has no fulfilments that are still to be carried out")
    await store.load_history(tx, fulfilments)
