"""Parcels that were lost or came back: a list of them, and what staff do about each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from torg import inventory
from torg.fulfilment.errors import AlreadySettled, UnknownParcel
from torg.fulfilment.events import ParcelSettled
from torg.fulfilment.model import Parcel, ParcelEnd, ParcelState
from torg.fulfilment.shipments.leave import of_work
from torg.fulfilment.tracking import rules, store
from torg.inventory import Back
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.permissions import Permission


async def troubles(
    tx: Transaction,
    *,
    location: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    by: Actor,
) -> list[store.Trouble]:
    """What nobody has seen to where the actor may look, the longest waiting first."""
    by.must(Permission.fulfilment_read, anywhere=True)
    found: list[store.Trouble] = []
    while len(found) < limit:
        rows = await store.troubles(tx, location, after, limit)
        found += [one for one in rows if _sees(by, one)]
        if len(rows) < limit:
            break
        after = (rows[-1].state_at, rows[-1].id)
    return found[:limit]


def _sees(by: Actor, one: store.Trouble) -> bool:
    return by.may(Permission.fulfilment_read, store=one.store, channel=one.channel)


async def settle(
    tx: Transaction, order_id: UUID, parcel_id: UUID, how: ParcelEnd, *, damaged: bool = False, by: Actor
) -> Parcel:
    """See to a parcel once: what came back is put on the shelf of its place (or beside it, when damaged), which needs
    the right to adjust stock; or it is written off. What its customer gets is decided where her order is.
    """
    by.must(Permission.fulfilment_write, anywhere=True)
    found = await store.find(tx, order_id, parcel_id)
    if found is None or found.shipment_id is None or found.fulfilment_id is None:
        raise UnknownParcel(parcel=public("par", parcel_id))
    shipment, _ = await of_work(tx, order_id, found.shipment_id, by=by)
    parcel = await store.find(tx, order_id, parcel_id)
    if parcel is None or parcel.state not in rules.TROUBLE or parcel.settled_at is not None:
        raise AlreadySettled()
    if how is ParcelEnd.goods_back and parcel.state is not ParcelState.returned:
        raise AlreadySettled()
    if not await store.settle(tx, parcel, how, str(by)):
        raise AlreadySettled()
    document = public("par", parcel_id)
    if how is ParcelEnd.goods_back:
        came = _came(parcel, damaged=damaged)
        await inventory.take_back(tx, shipment.location, came, document=document, by=by)
    await audit.write(tx, by, "parcel.settled", document, how=how.value, damaged=damaged)
    tx.record(ParcelSettled.of(parcel, shipment, how.value, tx.now))
    after = await store.find(tx, order_id, parcel_id)
    if after is None:
        raise LookupError("a parcel has gone")
    return after


def _came(parcel: Parcel, *, damaged: bool) -> Sequence[Back]:
    units: dict[UUID, int] = {}
    for one in parcel.contents:
        units[one.variant_id] = units.get(one.variant_id, 0) + one.quantity
    return [Back(variant_id, quantity, damaged) for variant_id, quantity in sorted(units.items())]
