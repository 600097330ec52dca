"""Lists for gathering and packing, over HTTP."""

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from torg.fulfilment.lists.gather import ToFetch, gather
from torg.fulfilment.lists.sheet import Sheet, sheet
from torg.fulfilment.views import TAGS, FulfilmentView
from torg.kernel import ids
from torg.kernel.http import Call, FromPath, QueryParameter, read
from torg.markets import SiteAddress
from torg.permissions import Permission


class ForOrderView(Struct, frozen=True):
    """So many units of a good for one fulfilment, and when they are to be ready."""

    order: str
    fulfilment: str
    number: str
    quantity: int
    ready_at: datetime | None


class ToFetchView(Struct, frozen=True):
    """A good to be fetched, for one order or several; `waits` units of it are not there yet."""

    variant: str
    sku: str
    name: str
    quantity: int
    waits: int
    orders: list[ForOrderView]

    @classmethod
    def of(cls, one: ToFetch) -> "ToFetchView":
        """The good for who fetches it."""
        return cls(
            variant=ids.public("var", one.variant_id),
            sku=one.sku,
            name=one.name,
            quantity=one.quantity,
            waits=one.waits,
            orders=[
                ForOrderView(
                    ids.public("ord", part.order_id),
                    ids.public("ful", part.fulfilment_id),
                    part.number,
                    part.quantity,
                    part.ready_at,
                )
                for part in one.orders
            ],
        )


class GoodsFacts(Struct, frozen=True):
    """What customs and packers want to know of a good."""

    variant: str
    weight_g: int | None
    hs_code: str | None
    origin: str | None


class SheetView(Struct, frozen=True):
    """A fulfilment with its place and the facts of its goods."""

    fulfilment: FulfilmentView
    place: str
    address: SiteAddress
    goods: list[GoodsFacts]

    @classmethod
    def of(cls, found: Sheet) -> "SheetView":
        """The sheet for who packs."""
        return cls(
            FulfilmentView.of(found.fulfilment),
            found.place,
            found.address,
            [
                GoodsFacts(ids.public("var", one.variant_id), one.weight_g, one.hs_code, one.origin)
                for one in found.customs.values()
            ],
        )


@read(
    "/fulfilments/to-fetch",
    permission=Permission.fulfilment_read,
    summary="What to fetch for many orders",
    tags=TAGS,
)
async def list_to_fetch(
    call: Call,
    location: Annotated[
        str | None, QueryParameter(max_length=40, description="Where it is fetched; without, everywhere.")
    ] = None,
) -> list[ToFetchView]:
    """The goods of the hundred oldest open fulfilments of a place that are in no parcel yet, each once, by SKU."""
    found = await call.read(lambda tx: gather(tx, location, by=call.actor))
    return [ToFetchView.of(one) for one in found]


@read(
    "/orders/{order_id:str}/fulfilments/{fulfilment_id:str}/sheet",
    permission=Permission.fulfilment_read,
    summary="The facts of a packing list",
    tags=TAGS,
)
async def get_sheet(call: Call, order_id: FromPath[str], fulfilment_id: FromPath[str]) -> SheetView:
    """Who gets what from where, in which parcels, with weight, HS code and origin of the goods."""
    order, fulfilment = ids.parse("ord", order_id), ids.parse("ful", fulfilment_id)
    return SheetView.of(await call.read(lambda tx: sheet(tx, order, fulfilment, by=call.actor)))


ROUTES = [list_to_fetch, get_sheet]
