"""An errand to a carrier: claimed in one transaction, asked outside of any, recorded in another.

Whoever dies between the steps leaves a claimed errand behind, which the sweeper takes up when its lease is over. Asking
twice is harmless, since the errand's id is the carrier's idempotency key; recording twice is, too.
"""

import asyncio
from functools import partial
from uuid import UUID

import structlog
from msgspec import Struct
from msgspec.structs import replace

from torg.fulfilment.carrier import Booking, Carriers
from torg.fulfilment.errors import CarrierRefused, CarrierSilent, UnknownCarrier, UnknownShipment
from torg.fulfilment.events import ShipmentRefused
from torg.fulfilment.model import ParcelState, Shipment, ShipmentState
from torg.fulfilment.shipments import consign, store
from torg.fulfilment.shipments.give_up import tell_carrier
from torg.fulfilment.shipments.model import Errand, ErrandState, Operation
from torg.fulfilment.shipments.patience import LEASE, PATIENCE, pause
from torg.kernel.database import Database, Transaction, external
from torg.kernel.ids import public

log = structlog.get_logger(__name__)

BATCH = 50


class Answer(Struct, frozen=True):
    """What the carrier said: yes, or a sure no; neither when nobody knows."""

    booking: Booking | None = None
    done: bool = False
    refused: str | None = None


async def carry_out(database: Database, carriers: Carriers, order_id: UUID, shipment_id: UUID) -> Shipment:
    """Ask the shipment's carrier what is claimed, if nobody else does; the shipment as it stands then."""

    async def claimed(tx: Transaction) -> Errand | None:
        found = await store.errands(tx, order_id, shipment_id)
        return next((one for one in found if one.state is ErrandState.claimed and one.tries == 1), None)

    errand = await database.read(claimed)
    if errand is not None:
        await ask_and_record(database, carriers, errand)
    return await database.read(lambda tx: present(tx, order_id, shipment_id))


async def ask_and_record(database: Database, carriers: Carriers, errand: Errand) -> None:
    """Ask the carrier and keep what it says."""
    answer = await _ask(database, carriers, errand)
    await database.run(lambda tx: record(tx, errand, answer), repeatable=True)


async def present(tx: Transaction, order_id: UUID, shipment_id: UUID) -> Shipment:
    """The shipment as it stands."""
    found = await store.find(tx, order_id, shipment_id)
    if found is None:
        raise UnknownShipment(shipment=public("shp", shipment_id))
    return found


async def _ask(database: Database, carriers: Carriers, errand: Errand) -> Answer:
    external()
    shipment, consignment = await database.read(lambda tx: consign.described(tx, errand))
    try:
        carrier = carriers.get(shipment.carrier)
        async with asyncio.timeout(PATIENCE):
            if errand.operation is Operation.cancel:
                await carrier.cancel(shipment.reference, errand.key)
                return Answer(done=True)
            book = carrier.return_label if shipment.return_id else carrier.book
            return Answer(booking=await book(consignment, errand.key), done=True)
    except CarrierRefused as no:
        return Answer(refused=str(no.facts.get("reason", no.code))[:100])
    except UnknownCarrier as no:
        return Answer(refused=no.code)
    except (CarrierSilent, TimeoutError):
        log.warning("carrier-silent", carrier=shipment.carrier, errand=errand.key)
        return Answer()


async def record(tx: Transaction, errand: Errand, answer: Answer) -> None:
    """Keep what the carrier said and end the errand; an answer that did not come leaves it claimed, for later."""
    if not answer.done and answer.refused is None:
        await store.delay(tx, errand, tx.now + pause(errand.tries))
        return
    shipment = await store.find(tx, errand.order_id, errand.shipment_id, lock=True)
    if shipment is None:
        raise LookupError("an errand is about no shipment")
    state = ErrandState.done if answer.done else ErrandState.refused
    if not await store.end(tx, errand, state, answer.refused) or errand.operation is Operation.cancel:
        return
    if answer.booking is None:
        await _refused(tx, shipment, answer.refused or "")
        return
    await _number(tx, shipment, answer.booking)
    if shipment.state is ShipmentState.booking:
        await store.move(
            tx, shipment, ShipmentState.booked, ParcelState.booked, reference=answer.booking.reference
        )
    elif shipment.state is ShipmentState.cancelled:
        await tell_carrier(tx, shipment.order_id, shipment.id)  # it was given up while the carrier was asked


async def _number(tx: Transaction, shipment: Shipment, booking: Booking) -> None:
    numbers = {one.parcel_id: (one.tracking, one.tracking_url) for one in booking.parcels}
    labels = {one.parcel_id: one.labels for one in booking.parcels}
    await store.number(tx, shipment, numbers, labels)


async def _refused(tx: Transaction, shipment: Shipment, code: str) -> None:
    if shipment.state is not ShipmentState.booking:
        return
    await store.move(tx, shipment, ShipmentState.refused, ParcelState.cancelled, code=code)
    tx.record(ShipmentRefused.of(shipment, code))


async def sweep(database: Database, carriers: Carriers) -> int:
    """Take up errands whose process died or whose answer was lost; tells how many there were."""
    due = await database.read(lambda tx: store.due(tx, BATCH))
    for errand in due:
        if await database.run(partial(_take, errand=errand), repeatable=True):
            try:
                await ask_and_record(database, carriers, replace(errand, tries=errand.tries + 1))
            except (
                Exception
            ):  # whatever an adapter raises: the errands behind this one are asked all the same
                log.exception("carrier-errand-not-swept", errand=errand.key)
    return len(due)


async def _take(tx: Transaction, *, errand: Errand) -> bool:
    return await store.take(tx, errand, tx.now + LEASE)
