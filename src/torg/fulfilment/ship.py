"""Give a parcel to a carrier."""

from uuid import UUID

from torg import inventory
from torg.fulfilment import rules, store
from torg.fulfilment.events import FulfilmentShipped
from torg.fulfilment.model import Fulfilment, Parcel, Verb
from torg.fulfilment.see import for_work
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import new_id, public


async def ship(
    tx: Transaction,
    order_id: UUID,
    fulfilment_id: UUID,
    *,
    carrier: str,
    tracking: str | None,
    tracking_url: str | None,
    by: Actor,
) -> Fulfilment:
    """Everything of the fulfilment has left with a carrier: the goods leave the stock, the customer is told."""
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    to = rules.step(fulfilment, Verb.ship)
    if not await store.move(tx, fulfilment, to):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    parcel = Parcel(
        order_id=order_id,
        id=new_id(),
        fulfilment_id=fulfilment_id,
        carrier=carrier,
        tracking=tracking,
        tracking_url=tracking_url,
        shipped_at=tx.now,
    )
    await store.insert_parcel(tx, parcel)
    await take_out(tx, fulfilment)
    tx.record(FulfilmentShipped.of(fulfilment))
    return await for_work(tx, order_id, fulfilment_id, by=by)


async def take_out(tx: Transaction, fulfilment: Fulfilment) -> None:
    """The goods of the fulfilment leave the stock of its location."""
    units = [(line.variant_id, fulfilment.location, line.quantity) for line in fulfilment.lines]
    await inventory.ship(tx, fulfilment.order_id, units, document=public("ful", fulfilment.id))
