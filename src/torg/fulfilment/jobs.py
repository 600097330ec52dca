"""Mails with a link to follow an order: they need the installation's secret, which only jobs and requests have."""

from uuid import UUID

from torg.fulfilment import letters, store
from torg.fulfilment.carrier import Carriers
from torg.fulfilment.model import Fulfilment
from torg.kernel.access import Policy
from torg.kernel.database import Transaction
from torg.kernel.jobs import Work, job


@job("fulfilment.tell_shipped", attempts=12)
async def tell_shipped(work: Work, *, order_id: UUID, fulfilment_id: UUID, shipment_id: UUID) -> None:
    """Tell the customer that parcels are on their way."""
    policy, shipment = work.ports.get(Policy), UUID(str(shipment_id))

    async def write(tx: Transaction) -> None:
        fulfilment = await _found(tx, order_id, fulfilment_id)
        parcels = [one for one in fulfilment.parcels if one.shipment_id == shipment]
        name = work.ports.get(Carriers).called(parcels[0].carrier)
        await letters.shipped(tx, policy, fulfilment, shipment, parcels, carrier=name)

    await work.database.run(write, repeatable=True)


@job("fulfilment.tell_delivered", attempts=12)
async def tell_delivered(work: Work, *, order_id: UUID, fulfilment_id: UUID, parcel_id: UUID) -> None:
    """Tell the customer that a parcel has arrived."""
    policy = work.ports.get(Policy)

    async def write(tx: Transaction) -> None:
        fulfilment = await _found(tx, order_id, fulfilment_id)
        parcel = next(one for one in fulfilment.parcels if one.id == UUID(str(parcel_id)))
        if parcel.delivered_at is not None:
            name = work.ports.get(Carriers).called(parcel.carrier)
            await letters.delivered(tx, policy, fulfilment, parcel, parcel.delivered_at, carrier=name)

    await work.database.run(write, repeatable=True)


async def _found(tx: Transaction, order_id: UUID, fulfilment_id: UUID) -> Fulfilment:
    fulfilment = await store.find(tx, UUID(str(order_id)), UUID(str(fulfilment_id)))
    if fulfilment is None:
        raise LookupError("a fulfilment that was told of is not there")
    return fulfilment
