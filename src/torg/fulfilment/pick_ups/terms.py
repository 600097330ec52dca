"""Which terms a pick-up waits by: its channel's, or those of its store there."""

from torg.fulfilment.model import Fulfilment
from torg.kernel.database import Transaction
from torg.markets import PickUpTerms, atlas


async def terms_of(tx: Transaction, fulfilment: Fulfilment) -> PickUpTerms:
    """The terms of a pick-up."""
    known = await atlas(tx.database)
    return known.channel(fulfilment.channel).settings.pick_ups.of(fulfilment.store)
