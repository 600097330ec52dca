"""Scheduled prices over HTTP: what is to come in a list, and taking it back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.kernel import cursors
from torg.kernel.database import Transaction
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, read, write
from torg.kernel.ids import parse
from torg.permissions import Permission
from torg.pricing.model import Price, PriceList
from torg.pricing.reading import price_list
from torg.pricing.schedule import Scheduled, cancel_scheduled, scheduled_prices
from torg.pricing.views import MOST_PRICES, PriceView, Quantity, VariantId, Version

TAGS = ["prices"]


class ScheduledPrice(Struct, frozen=True, forbid_unknown_fields=True):
    """A price that is to be taken back before it begins."""

    variant_id: VariantId
    valid_from: datetime
    from_quantity: Quantity = 1
    version: Version | None = None

    def scheduled(self) -> Scheduled:
        """The price in the words of pricing."""
        return Scheduled(parse("var", self.variant_id), self.valid_from, self.from_quantity, self.version)


class PricesToCancel(Struct, frozen=True, forbid_unknown_fields=True):
    """Prices to take back together, all or none."""

    prices: Annotated[tuple[ScheduledPrice, ...], Meta(min_length=1, max_length=MOST_PRICES)]


class CancelledView(Struct, frozen=True):
    """How many prices were taken back."""

    cancelled: int


@read(
    "/price-lists/{code:str}/scheduled",
    permission=Permission.prices_read,
    summary="Prices of a list that have not begun",
    tags=TAGS,
)
async def list_scheduled(
    call: Call, code: FromPath[str], cursor: Cursor = None, limit: Limit = 100
) -> Page[PriceView]:
    """In the order in which they will begin."""
    after = cursors.decode(cursor, tuple[datetime, UUID, int])

    async def work(tx: Transaction) -> tuple[PriceList, list[Price]]:
        found = await scheduled_prices(tx, code, by=call.actor, after=after, limit=limit + 1)
        return await price_list(tx, code, by=call.actor), found

    of, found = await call.read(work)
    page = Page.cut(found, limit, lambda price: (price.valid_from, price.variant_id, price.from_quantity))
    return page.map(lambda price: PriceView.of(price, of.currency))


@write(
    "POST",
    "/price-lists/{code:str}/scheduled/cancel",
    permission=Permission.prices_write,
    summary="Take scheduled prices back, all or none",
    tags=TAGS,
)
async def cancel(call: Call, code: FromPath[str], data: Body[PricesToCancel]) -> Response[CancelledView]:
    """Only before they begin; a campaign that runs is ended by giving its price an end."""
    wanted = [price.scheduled() for price in data.prices]
    return await call.write(lambda tx: cancel_scheduled(tx, code, wanted, by=call.actor), view=CancelledView)


ROUTES = [list_scheduled, cancel]
