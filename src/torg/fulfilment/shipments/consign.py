"""What a carrier is told of a shipment: from whom, to whom, what is in each parcel and what customs wants to know."""

from collections.abc import Mapping
from uuid import UUID

from torg import catalog
from torg.catalog import Customs
from torg.customers import Address
from torg.fulfilment import store as fulfilments
from torg.fulfilment.carrier import Consignment, Goods, Party, Piece
from torg.fulfilment.model import Fulfilment, FulfilmentLine, Parcel, Shipment
from torg.fulfilment.shipments import store
from torg.fulfilment.shipments.model import Errand
from torg.kernel.database import Transaction
from torg.markets import SiteAddress, atlas

Part = tuple[UUID, UUID]


async def described(tx: Transaction, errand: Errand) -> tuple[Shipment, Consignment]:
    """The shipment that an errand is about, and how it is described to its carrier."""
    shipment = await store.find(tx, errand.order_id, errand.shipment_id)
    if shipment is None:
        raise LookupError("an errand is about no shipment")
    parcels = await store.parcels(tx, errand.order_id, errand.shipment_id)
    there = await fulfilments.of_order(tx, errand.order_id)
    return shipment, await consignment(tx, shipment, parcels, there, errand.key)


async def consignment(
    tx: Transaction, shipment: Shipment, parcels: list[Parcel], there: list[Fulfilment], key: str
) -> Consignment:
    """A shipment for its carrier; of a return, the customer is who sends."""
    mine = next((one for one in there if one.id == shipment.fulfilment_id), None)
    order = mine or next((one for one in there if one.address is not None), there[0])
    lines = {(line.line_id, line.variant_id): line for one in there for line in one.lines}
    known = await catalog.customs(tx, {variant for _, variant in lines})
    ours = await _place(tx, shipment.location, order)
    theirs = Party(order.recipient, order.address or ours.address, order.email)
    sender, recipient = (theirs, ours) if shipment.return_id else (ours, theirs)
    return Consignment(
        key=key,
        shipment_id=shipment.id,
        number=order.number,
        service=shipment.service,
        sender=sender,
        recipient=recipient,
        pieces=tuple(_piece(parcel, lines, known) for parcel in parcels),
        language=order.language,
        abroad=sender.address.country != recipient.address.country,
    )


async def _place(tx: Transaction, location: str, order: Fulfilment) -> Party:
    known = await atlas(tx.database)
    shop = next((one for one in known.stores.values() if one.location == location), None)
    place = known.location(location)
    name = shop.called(order.language) if shop else place.name
    return Party(name, _address(name, (shop or place).address))


def _address(name: str, site: SiteAddress) -> Address:
    return Address(
        country=site.country,
        name=name,
        street="\n".join(site.lines),
        city=site.city,
        region=site.region or "",
        postal_code=site.postal_code,
    )


def _piece(parcel: Parcel, lines: Mapping[Part, FulfilmentLine], known: Mapping[UUID, Customs]) -> Piece:
    goods = tuple(
        _goods(lines[one.line_id, one.variant_id], one.quantity, known.get(one.variant_id))
        for one in parcel.contents
        if (one.line_id, one.variant_id) in lines
    )
    return Piece(
        parcel_id=parcel.id,
        goods=goods,
        weight_g=parcel.weight_g or sum((one.weight_g or 0) * one.quantity for one in goods) or None,
        length_mm=parcel.length_mm,
        width_mm=parcel.width_mm,
        height_mm=parcel.height_mm,
    )


def _goods(line: FulfilmentLine, quantity: int, known: Customs | None) -> Goods:
    return Goods(
        name=line.name,
        sku=line.sku,
        quantity=quantity,
        weight_g=known.weight_g if known else None,
        value=line.value,
        currency=line.currency,
        hs_code=known.hs_code if known else None,
        origin=known.origin if known else None,
    )
