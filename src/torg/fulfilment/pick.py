"""Gather the goods of a fulfilment: somebody begins, and tells when they lie together.

Both steps may be left out: a small shop ships what it has before it.
"""

from uuid import UUID

from torg import inventory
from torg.fulfilment import rules, store
from torg.fulfilment.events import FulfilmentPicked
from torg.fulfilment.model import Fulfilment, FulfilmentState, Verb
from torg.fulfilment.see import for_work
from torg.inventory import Units
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import public


async def begin(tx: Transaction, order_id: UUID, fulfilment_id: UUID, *, by: Actor) -> Fulfilment:
    """Take it on, so that nobody else gathers the same goods; again by the same picker, nothing changes."""
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    if fulfilment.state is FulfilmentState.picking and fulfilment.picker == str(by):
        return fulfilment
    to = rules.step(fulfilment, Verb.begin)
    if not await store.move(tx, fulfilment, to, picker=str(by)):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    return await for_work(tx, order_id, fulfilment_id, by=by)


async def pick(tx: Transaction, order_id: UUID, fulfilment_id: UUID, *, by: Actor) -> Fulfilment:
    """All that is left of it lies together, off its shelves; what could not be found was rejected before."""
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    to = rules.step(fulfilment, Verb.pick)
    if not await store.move(tx, fulfilment, to, picker=str(by)):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    units = [Units(line.variant_id, fulfilment.location, line.quantity) for line in fulfilment.lines]
    await inventory.pick(tx, units, document=public("ful", fulfilment_id), by=by)
    tx.record(FulfilmentPicked.of(fulfilment))
    return await for_work(tx, order_id, fulfilment_id, by=by)
