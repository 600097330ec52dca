"""Goods on their way over HTTP: purchase orders, transfers, what arrives of them, and what is to be ordered again."""

from datetime import date, datetime
from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.inventory import reorder, supplies
from torg.inventory.api import TAGS, Kept, Units, VariantId, Version
from torg.inventory.store.reorder import Reorder
from torg.inventory.supplies import Arrival, Rest, Supply, SupplyKind, SupplyState, Wanted
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, QueryParameter, read, write
from torg.kernel.ids import parse, public
from torg.markets import Code
from torg.permissions import Permission

LocationWish = Annotated[str | None, QueryParameter(max_length=40, description="Only to or from here.")]
Reference = Annotated[str, Meta(min_length=1, max_length=100, description="A number of one's own for it.")]


class SupplyLineView(Struct, frozen=True):
    """How many were ordered or sent, and what became of them."""

    variant: str
    quantity: int
    received: int
    damaged: int
    rest: int


class SupplyView(Struct, frozen=True):
    """A purchase order or a transfer."""

    id: str
    kind: SupplyKind
    state: SupplyState
    location: str
    source: str | None
    supplier: str | None
    reference: str | None
    expected_on: date | None
    rest: Rest | None
    lines: list[SupplyLineView]
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    version: int

    @classmethod
    def of(cls, supply: Supply) -> "SupplyView":
        """The supply as staff see it."""
        return cls(
            id=public("sup", supply.id),
            kind=supply.kind,
            state=supply.state,
            location=supply.location,
            source=supply.source,
            supplier=supply.supplier,
            reference=supply.reference,
            expected_on=supply.expected_on,
            rest=supply.rest,
            lines=[
                SupplyLineView(
                    public("var", line.variant_id), line.quantity, line.received, line.damaged, line.rest
                )
                for line in supply.lines
            ],
            opened_by=supply.opened_by,
            opened_at=supply.opened_at,
            closed_at=supply.closed_at,
            version=supply.version,
        )


class WantedLine(Struct, forbid_unknown_fields=True):
    """So many of a variant."""

    variant: VariantId
    quantity: Units


WantedLines = Annotated[list[WantedLine], Meta(min_length=1, max_length=1000)]


class NewPurchaseOrder(Struct, forbid_unknown_fields=True):
    """Goods that were ordered from a supplier."""

    location: Code
    supplier: Annotated[str, Meta(min_length=1, max_length=200)]
    lines: WantedLines
    reference: Reference | None = None
    expected_on: date | None = None


class NewTransfer(Struct, forbid_unknown_fields=True):
    """Goods that are sent from one location to another."""

    source: Code
    location: Code
    lines: WantedLines
    reference: Reference | None = None
    expected_on: date | None = None


class ArrivedLine(Struct, forbid_unknown_fields=True):
    """What came of a variant: whole, and broken."""

    variant: VariantId
    quantity: Kept
    damaged: Kept = 0


class NewArrival(Struct, forbid_unknown_fields=True):
    """A part of it, or all, has arrived."""

    lines: Annotated[list[ArrivedLine], Meta(min_length=1, max_length=1000)]
    version: Version | None = None


class GivenUp(Struct, forbid_unknown_fields=True):
    """What became of what will not arrive."""

    rest: Rest
    version: Version | None = None


class ReorderPoint(Struct, forbid_unknown_fields=True):
    """From when a level is to be filled, and up to how many; both nought: not at all."""

    point: Kept
    to: Kept


class ReorderView(Struct, frozen=True):
    """A level, when it is to be filled, and how many to order now."""

    variant: str
    location: str
    available: int
    incoming: int
    point: int
    to: int
    suggested: int

    @classmethod
    def of(cls, found: Reorder) -> "ReorderView":
        """The level as whoever orders sees it."""
        return cls(
            variant=public("var", found.variant_id),
            location=found.location,
            available=found.available,
            incoming=found.incoming,
            point=found.reorder_point,
            to=found.reorder_to,
            suggested=found.suggested,
        )


def _wanted(lines: list[WantedLine]) -> list[Wanted]:
    return [Wanted(parse("var", line.variant), line.quantity) for line in lines]


@write(
    "POST",
    "/stock/purchase-orders",
    permission=Permission.stock_adjust,
    status=201,
    summary="Order goods from a supplier",
    tags=TAGS,
)
async def order_goods(call: Call, data: Body[NewPurchaseOrder]) -> Response[SupplyView]:
    """From now on they are expected."""
    wanted = _wanted(data.lines)
    return await call.write(
        lambda tx: supplies.order_goods(
            tx,
            data.location,
            wanted,
            supplier=data.supplier,
            reference=data.reference,
            expected_on=data.expected_on,
            by=call.actor,
        ),
        view=SupplyView.of,
    )


@write(
    "POST",
    "/stock/transfers",
    permission=Permission.stock_adjust,
    status=201,
    summary="Send goods to another location",
    tags=TAGS,
)
async def send_goods(call: Call, data: Body[NewTransfer]) -> Response[SupplyView]:
    """They leave one location's shelves and are expected at the other's."""
    wanted = _wanted(data.lines)
    return await call.write(
        lambda tx: supplies.send(
            tx,
            data.source,
            data.location,
            wanted,
            reference=data.reference,
            expected_on=data.expected_on,
            by=call.actor,
        ),
        view=SupplyView.of,
    )


@read("/stock/supplies", permission=Permission.stock_read, summary="Goods on their way", tags=TAGS)
async def list_supplies(
    call: Call,
    location: LocationWish = None,
    kind: Annotated[SupplyKind | None, QueryParameter(description="Only of this kind.")] = None,
    supply_state: Annotated[SupplyState | None, QueryParameter(description="Only in this state.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[SupplyView]:
    """Purchase orders and transfers to or from the caller's locations, the newest first."""
    found = await call.read(
        lambda tx: supplies.supplies(
            tx, by=call.actor, location=location, kind=kind, state=supply_state, cursor=cursor, limit=limit
        )
    )
    return found.map(SupplyView.of)


@read(
    "/stock/supplies/{supply:str}",
    permission=Permission.stock_read,
    summary="One purchase order or transfer",
    tags=TAGS,
)
async def get_supply(call: Call, supply: FromPath[str]) -> SupplyView:
    """What was ordered or sent, and what arrived."""
    id = parse("sup", supply)
    return SupplyView.of(await call.read(lambda tx: supplies.supply(tx, id, by=call.actor)))


@write(
    "POST",
    "/stock/supplies/{supply:str}/arrivals",
    permission=Permission.stock_adjust,
    summary="Goods have arrived",
    tags=TAGS,
)
async def goods_arrived(call: Call, supply: FromPath[str], data: Body[NewArrival]) -> Response[SupplyView]:
    """Put on hand what came, in as many parts as it takes."""
    id = parse("sup", supply)
    came = [Arrival(parse("var", line.variant), line.quantity, line.damaged) for line in data.lines]
    return await call.write(
        lambda tx: supplies.arrive(tx, id, came, version=data.version, by=call.actor), view=SupplyView.of
    )


@write(
    "POST",
    "/stock/supplies/{supply:str}/close",
    permission=Permission.stock_adjust,
    summary="Expect no more of it",
    tags=TAGS,
)
async def close_supply(call: Call, supply: FromPath[str], data: Body[GivenUp]) -> Response[SupplyView]:
    """What is missing was not delivered, is lost, or is back where it was sent from."""
    id = parse("sup", supply)
    return await call.write(
        lambda tx: supplies.close(tx, id, data.rest, version=data.version, by=call.actor),
        view=SupplyView.of,
    )


@read("/stock/reorder", permission=Permission.stock_read, summary="What is to be ordered again", tags=TAGS)
async def list_reorder(
    call: Call, location: LocationWish = None, limit: Limit = 20, cursor: Cursor = None
) -> Page[ReorderView]:
    """Levels that have fallen to their reorder point, with how many to order."""
    found = await call.read(
        lambda tx: reorder.due_for_reorder(tx, by=call.actor, location=location, cursor=cursor, limit=limit)
    )
    return found.map(ReorderView.of)


@write(
    "PUT",
    "/stock/levels/{variant:str}/{location:str}/reorder",
    permission=Permission.stock_adjust,
    summary="Set the reorder point",
    tags=TAGS,
)
async def put_reorder(
    call: Call, variant: FromPath[str], location: FromPath[str], data: Body[ReorderPoint]
) -> Response[ReorderView]:
    """Say when a level is to be filled, and up to how many."""
    id = parse("var", variant)
    return await call.write(
        lambda tx: reorder.set_reorder(tx, id, location, point=data.point, to=data.to, by=call.actor),
        view=ReorderView.of,
    )


ROUTES = [
    order_goods,
    send_goods,
    list_supplies,
    get_supply,
    goods_arrived,
    close_supply,
    list_reorder,
    put_reorder,
]
