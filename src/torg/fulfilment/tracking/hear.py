"""Take in what carriers and staff have seen of parcels: told twice, late or out of order, it changes nothing twice.

What a carrier has seen of a parcel that nobody has said to have left proves that its shipment has left.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from torg.fulfilment import store as fulfilments
from torg.fulfilment.carrier import Carriers, Sighting
from torg.fulfilment.errors import UnknownParcel, WrongShipmentStep
from torg.fulfilment.events import FulfilmentDelivered, ParcelMoved
from torg.fulfilment.model import Fulfilment, Parcel, ParcelState, Shipment, ShipmentState
from torg.fulfilment.shipments.leave import of_work, send_off
from torg.fulfilment.shipments.see import find as find_shipment
from torg.fulfilment.tracking import rules, store
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Database, Transaction, external
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import new_id, public

log = structlog.get_logger(__name__)

ASK_AGAIN: Final = timedelta(minutes=30)
BATCH: Final = 200


async def hear_call(
    database: Database, carriers: Carriers, carrier: str, headers: Mapping[str, str], body: bytes
) -> int:
    """Take in a carrier's call, whose signature must be genuine; tells of how many things it told."""
    told = carriers.get(carrier).parse_callback(headers, body, at=database.clock.now())
    await hear(database, carrier, told)
    return len(told)


async def hear(database: Database, carrier: str, told: Sequence[Sighting]) -> None:
    """Take in what a carrier has seen, parcel by parcel; numbers that are not ours are left aside."""
    known = await database.read(lambda tx: store.claimed(tx, carrier, {one.tracking for one in told}))
    by_parcel: dict[tuple[UUID, UUID], list[Sighting]] = {}
    for one in told:
        if (parcel := known.get(one.tracking)) is not None and one.kind in rules.TOLD:
            by_parcel.setdefault((parcel.order_id, parcel.parcel_id), []).append(one)
    for (order_id, parcel_id), seen in by_parcel.items():

        async def take_in(
            tx: Transaction, order_id: UUID = order_id, id: UUID = parcel_id, seen: list[Sighting] = seen
        ) -> None:
            await _take_in(tx, order_id, id, seen, carrier)

        await database.run(take_in, actor=f"{SYSTEM}:{carrier}", repeatable=True)


async def tell(
    tx: Transaction,
    order_id: UUID,
    shipment_id: UUID,
    parcel_id: UUID,
    kind: ParcelState,
    *,
    at: datetime | None = None,
    place: str | None = None,
    note: str | None = None,
    by: Actor,
) -> Parcel:
    """Staff have seen or heard something of a parcel that has left."""
    shipment, _ = await of_work(tx, order_id, shipment_id, by=by)
    parcel = await store.find(tx, order_id, parcel_id)
    if parcel is None or parcel.shipment_id != shipment_id:
        raise UnknownParcel(parcel=public("par", parcel_id))
    if shipment.state is not ShipmentState.shipped or parcel.shipped_at is None:
        raise WrongShipmentStep(state=shipment.state.value, step="track")
    _sensible(kind, at, parcel.shipped_at, tx.now)
    seen = Sighting(parcel.tracking or "", new_id().hex, kind, at or tx.now, place, note)
    await _take_in(tx, order_id, parcel_id, [seen], str(by))
    return await _present(tx, order_id, parcel_id)


def _sensible(kind: ParcelState, at: datetime | None, left: datetime, now: datetime) -> None:
    problems = []
    if kind not in rules.TOLD or kind is ParcelState.handed_over:
        problems.append(FieldProblem("kind", "not-told", "This cannot be told of a parcel."))
    if at is not None and at > now:
        problems.append(FieldProblem("at", "in-the-future", "This lies in the future."))
    if at is not None and at < left:
        problems.append(FieldProblem("at", "too-early", "This is before the parcel left."))
    if problems:
        raise Invalid.of(*problems)


async def _take_in(
    tx: Transaction, order_id: UUID, parcel_id: UUID, seen: Sequence[Sighting], source: str
) -> None:
    parcel = await _present(tx, order_id, parcel_id)
    fulfilment = None
    if parcel.fulfilment_id is not None:  # everybody locks it first
        fulfilment = await fulfilments.find(tx, order_id, parcel.fulfilment_id, lock=True)
    shipment = await find_shipment(tx, order_id, parcel.shipment_id or parcel_id, lock=True)
    if shipment is None:
        raise LookupError("a parcel belongs to no shipment")
    if shipment.state is ShipmentState.booked and shipment.fulfilment_id is not None:
        await send_off(tx, order_id, shipment.id, by=SYSTEM)
    for one in sorted(seen, key=lambda one: one.at):
        parcel = await _present(tx, order_id, parcel_id)
        if await store.saw(tx, parcel, one, source):
            await _advance(tx, parcel, shipment, fulfilment, one)


async def _advance(
    tx: Transaction, parcel: Parcel, shipment: Shipment, fulfilment: Fulfilment | None, seen: Sighting
) -> None:
    if not rules.further(parcel.state, parcel.state_at, seen.kind, seen.at):
        return
    await store.move(tx, parcel, seen.kind, seen.at)
    if seen.kind is parcel.state:
        return  # seen there once more
    tx.record(ParcelMoved.of(parcel, shipment, seen.kind.value, seen.at))
    if seen.kind is ParcelState.delivered and fulfilment is not None and parcel.delivered_at is None:
        tx.record(FulfilmentDelivered.of_parcel(fulfilment, parcel, seen.at))


async def _present(tx: Transaction, order_id: UUID, parcel_id: UUID) -> Parcel:
    parcel = await store.find(tx, order_id, parcel_id)
    if parcel is None:
        raise UnknownParcel(parcel=public("par", parcel_id))
    return parcel


async def ask(database: Database, carriers: Carriers) -> int:
    """Ask carriers about parcels of which they have told nothing for a while; tells how many those were."""
    external()
    codes = [carrier.code for carrier in carriers]

    async def due(tx: Transaction) -> list[store.UnderWay]:
        found = await store.under_way(tx, codes, tx.now - ASK_AGAIN, BATCH)
        store.asked(tx, found)
        return found

    waiting = await database.run(due, repeatable=True)
    for code in codes:
        numbers = [one.tracking for one in waiting if one.carrier == code]
        if not numbers:
            continue
        try:
            await hear(database, code, await carriers.get(code).track(numbers))
        except Exception:  # whatever an adapter raises: the other carriers are asked all the same
            log.exception("carrier-not-asked", carrier=code)
    return len(waiting)
