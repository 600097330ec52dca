"""Keep a pick-up longer: staff of the store may, and its customer."""

from uuid import UUID

from torg.fulfilment import rules as steps
from torg.fulfilment import store
from torg.fulfilment.errors import UnknownFulfilment
from torg.fulfilment.model import Fulfilment, Verb
from torg.fulfilment.pick_ups import rules
from torg.fulfilment.pick_ups.terms import terms_of
from torg.fulfilment.see import for_work
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import public


async def extend(
    tx: Transaction, order_id: UUID, fulfilment_id: UUID, *, days: int | None = None, by: Actor
) -> Fulfilment:
    """Keep it so many days longer, by its terms when not said; `LongestReached` beyond the longest."""
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    await _extend(tx, fulfilment, days)
    after = await for_work(tx, order_id, fulfilment_id, by=by)
    await audit.write(
        tx, by, "fulfilment.extended", public("ful", fulfilment_id), until=str(after.collect_until)
    )
    return after


async def extend_followed(tx: Transaction, order_id: UUID, fulfilment_id: UUID) -> Fulfilment:
    """The same by its customer, whose link has opened this order: as many days as the terms give."""
    fulfilment = await store.find(tx, order_id, fulfilment_id, lock=True)
    if fulfilment is None:
        raise UnknownFulfilment(fulfilment=public("ful", fulfilment_id))
    return await _extend(tx, fulfilment, None)


async def _extend(tx: Transaction, fulfilment: Fulfilment, days: int | None) -> Fulfilment:
    steps.step(fulfilment, Verb.extend)
    terms = await terms_of(tx, fulfilment)
    later = rules.extended(fulfilment, terms, days or terms.keep_days, tx.now)
    if not await store.keep(tx, later):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    return later
