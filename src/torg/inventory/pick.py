"""Goods of an order are taken off their shelf, to be packed."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from torg.inventory import spread
from torg.inventory.model import Deltas, Move, Units
from torg.inventory.store import picking
from torg.kernel.access import Actor
from torg.kernel.database import Transaction


async def pick(tx: Transaction, units: Iterable[Units], *, document: str, by: Actor) -> None:
    """Tell the ledger that somebody has these goods in hand. The right to do this is the fulfilment's."""
    total = Counter[tuple[UUID, str]]()
    for one in units:
        total[one.variant_id, one.location] += one.quantity
    picked = [Units(variant, location, quantity) for (variant, location), quantity in total.items()]
    for batch in await spread.batches(tx, [Move(one.variant_id, one.location, Deltas()) for one in picked]):
        places = {(move.variant_id, move.location) for move in batch}
        part = [one for one in picked if (one.variant_id, one.location) in places]
        await picking.add(tx, part, document=document, actor=str(by))
