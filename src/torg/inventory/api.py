"""The HTTP face of stock, for staff and programs: levels and why they are what they are, receipts, adjustments."""

from datetime import date, datetime, time
from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.inventory import (
    DeliveryKind,
    DeliveryMethod,
    Difference,
    Level,
    Plan,
    Reason,
    Receipt,
    Zone,
    adjust,
    delivery_methods,
    look,
    offer_delivery,
    plan,
    receive,
    verify,
)
from torg.inventory.model import Cause
from torg.inventory.movement import Movement
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, QueryParameter, read, write
from torg.kernel.ids import parse, public
from torg.markets import Code
from torg.permissions import Permission

TAGS = ["stock"]

VariantId = Annotated[str, Meta(max_length=40, description="`var_` and 32 hexadecimal digits.")]
VariantWish = Annotated[str | None, QueryParameter(max_length=40, description="Only this variant.")]
LocationWish = Annotated[str | None, QueryParameter(max_length=40, description="Only this location.")]
Units = Annotated[int, Meta(ge=1, le=1_000_000)]
Signed = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Kept = Annotated[int, Meta(ge=0, le=1_000_000)]
Note = Annotated[str, Meta(max_length=500)]
Version = Annotated[int, Meta(ge=0, le=2**31 - 1, description="The version that this change was decided on.")]
LanguageCode = Annotated[str, Meta(pattern="^[a-z]{2,3}$")]
MethodName = Annotated[str, Meta(min_length=1, max_length=100)]


class LevelView(Struct, frozen=True):
    """How many of a variant a location has."""

    variant: str
    location: str
    on_hand: int
    reserved: int
    allocated: int
    damaged: int
    incoming: int
    buffer: int
    backorder: int
    available: int
    version: int
    expected: date | None
    kept: dict[str, int]
    planned: Annotated[int, Meta(description="The version of the plan: buffer, kept, backorder, expected.")]

    @classmethod
    def of(cls, level: Level) -> "LevelView":
        """The level as staff see it."""
        return cls(
            variant=public("var", level.variant_id),
            location=level.location,
            on_hand=level.on_hand,
            reserved=level.reserved,
            allocated=level.allocated,
            damaged=level.damaged,
            incoming=level.incoming,
            buffer=level.buffer,
            backorder=level.backorder,
            available=level.available,
            version=level.sequence,
            expected=level.expected,
            kept=level.kept or {},
            planned=level.planned,
        )


class MovementView(Struct, frozen=True):
    """A change of a level, and how it stood after it; `picked` goods were taken off their shelf by it."""

    number: int
    cause: Cause
    on_hand: int
    reserved: int
    allocated: int
    damaged: int
    incoming: int
    picked: int
    on_hand_after: int
    reserved_after: int
    allocated_after: int
    damaged_after: int
    incoming_after: int
    reason: str | None
    document: str | None
    actor: str
    at: datetime

    @classmethod
    def of(cls, movement: Movement) -> "MovementView":
        """The movement as staff see it."""
        return cls(
            number=movement.sequence,
            cause=movement.cause,
            on_hand=movement.on_hand,
            reserved=movement.reserved,
            allocated=movement.allocated,
            damaged=movement.damaged,
            incoming=movement.incoming,
            picked=movement.picked,
            on_hand_after=movement.on_hand_after,
            reserved_after=movement.reserved_after,
            allocated_after=movement.allocated_after,
            damaged_after=movement.damaged_after,
            incoming_after=movement.incoming_after,
            reason=movement.reason,
            document=movement.document,
            actor=movement.actor,
            at=movement.at,
        )


class ReceiptLine(Struct, forbid_unknown_fields=True):
    """Goods that came in."""

    variant: VariantId
    quantity: Units


class NewReceipt(Struct, forbid_unknown_fields=True):
    """A delivery that arrived at a location."""

    location: Code
    document: Annotated[str, Meta(min_length=1, max_length=100, description="The delivery note's number.")]
    lines: Annotated[list[ReceiptLine], Meta(min_length=1, max_length=1000)]


class ReceiptView(Struct, frozen=True):
    """The levels that a receipt raised, as they are now."""

    document: str
    levels: list[LevelView]


class NewAdjustment(Struct, forbid_unknown_fields=True):
    """A level is set right; only a correction may be negative, the other reasons say which way goods went."""

    variant: VariantId
    location: Code
    quantity: Signed
    reason: Reason
    note: Note | None = None
    version: Version | None = None


class LevelPlan(Struct, forbid_unknown_fields=True):
    """What is kept back from sale, from everybody and by channel, and what may be promised beyond what is there."""

    buffer: Kept
    backorder: Kept = 0
    expected: (
        Annotated[
            date,
            Meta(
                description="When they come. Without it the day of the first order or transfer on its way counts."
            ),
        ]
        | None
    ) = None
    kept: Annotated[
        dict[Code, Kept],
        Meta(max_length=200, description="How many units each of these channels leaves to others."),
    ] = {}
    version: Version | None = None


class DifferenceView(Struct, frozen=True):
    """A balance that its movements or holds do not add up to."""

    variant: str
    location: str
    figure: str
    balance: int
    ledger: int

    @classmethod
    def of(cls, difference: Difference) -> "DifferenceView":
        """The difference as staff see it."""
        return cls(
            public("var", difference.variant_id),
            difference.location,
            difference.figure,
            difference.balance,
            difference.ledger,
        )


class DeliveryMethodBody(Struct, forbid_unknown_fields=True):
    """A way of delivery, written as a whole."""

    kind: DeliveryKind
    name: Annotated[dict[LanguageCode, MethodName], Meta(min_length=1, max_length=20)]
    zones: Annotated[tuple[Zone, ...], Meta(max_length=1000)] = ()
    stores: Annotated[tuple[Code, ...], Meta(max_length=1000)] = ()
    cut_off: time = time(12)
    preparation_minutes: Annotated[int, Meta(ge=0, le=43_200)] = 120
    place: Annotated[int, Meta(ge=0, le=10_000)] = 0
    active: bool = True
    version: Version | None = None


@read("/stock/levels", permission=Permission.stock_read, summary="Stock levels", tags=TAGS)
async def list_levels(
    call: Call,
    variant: VariantWish = None,
    location: LocationWish = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[LevelView]:
    """How many of what are where, in the locations that the caller may look at."""
    variant_id = parse("var", variant) if variant is not None else None
    found = await call.read(
        lambda tx: look.levels(
            tx, by=call.actor, variant_id=variant_id, location=location, cursor=cursor, limit=limit
        )
    )
    return found.map(LevelView.of)


@read(
    "/stock/levels/{variant:str}/{location:str}",
    permission=Permission.stock_read,
    summary="One stock level",
    tags=TAGS,
)
async def get_level(call: Call, variant: FromPath[str], location: FromPath[str]) -> LevelView:
    """How many of a variant a location has."""
    id = parse("var", variant)
    return LevelView.of(await call.read(lambda tx: look.level(tx, id, location, by=call.actor)))


@read(
    "/stock/levels/{variant:str}/{location:str}/movements",
    permission=Permission.stock_read,
    summary="Why there are so many",
    tags=TAGS,
)
async def list_movements(
    call: Call,
    variant: FromPath[str],
    location: FromPath[str],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[MovementView]:
    """A level's movements, the latest first."""
    id = parse("var", variant)
    found = await call.read(
        lambda tx: look.movements(tx, id, location, by=call.actor, cursor=cursor, limit=limit)
    )
    return found.map(MovementView.of)


@read(
    "/stock/differences",
    permission=Permission.stock_read,
    summary="Balances that the ledger does not explain",
    tags=TAGS,
)
async def list_differences(call: Call) -> list[DifferenceView]:
    """Empty when all is well."""
    return [DifferenceView.of(d) for d in await call.read(lambda tx: verify(tx, by=call.actor))]


@write(
    "POST",
    "/stock/receipts",
    permission=Permission.stock_adjust,
    status=201,
    summary="Receive goods",
    tags=TAGS,
)
async def receive_goods(call: Call, data: Body[NewReceipt]) -> Response[ReceiptView]:
    """Put goods on hand where they arrived."""
    receipts = [Receipt(parse("var", line.variant), data.location, line.quantity) for line in data.lines]
    return await call.write(
        lambda tx: receive(tx, receipts, document=data.document, by=call.actor),
        view=lambda levels: ReceiptView(data.document, [LevelView.of(level) for level in levels]),
    )


@write(
    "POST",
    "/stock/adjustments",
    permission=Permission.stock_adjust,
    status=201,
    summary="Set a level right",
    tags=TAGS,
)
async def adjust_level(call: Call, data: Body[NewAdjustment]) -> Response[LevelView]:
    """Goods were found, lost, broken, or the figures were wrong."""
    id = parse("var", data.variant)
    return await call.write(
        lambda tx: adjust(
            tx,
            id,
            data.location,
            data.quantity,
            reason=data.reason,
            by=call.actor,
            note=data.note,
            version=data.version,
        ),
        view=LevelView.of,
    )


@write(
    "PUT",
    "/stock/levels/{variant:str}/{location:str}/plan",
    permission=Permission.stock_adjust,
    summary="Set buffer and backorder",
    tags=TAGS,
)
async def plan_level(
    call: Call, variant: FromPath[str], location: FromPath[str], data: Body[LevelPlan]
) -> Response[LevelView]:
    """Keep some back from sale, or promise some that are not there yet; written as a whole."""
    id = parse("var", variant)
    to = Plan(data.buffer, data.backorder, data.expected, data.kept)
    return await call.write(
        lambda tx: plan(tx, id, location, to, version=data.version, by=call.actor),
        view=LevelView.of,
    )


@read("/delivery-methods", permission=Permission.channels_read, summary="Delivery methods", tags=TAGS)
async def list_delivery_methods(call: Call) -> list[DeliveryMethod]:
    """All ways of delivery, retired ones too."""
    call.actor.must(Permission.channels_read, anywhere=True)
    return await delivery_methods(call.database)


@write(
    "PUT",
    "/delivery-methods/{code:str}",
    permission=Permission.channels_write,
    summary="Write a delivery method",
    tags=TAGS,
)
async def put_delivery_method(
    call: Call, code: FromPath[str], data: Body[DeliveryMethodBody]
) -> Response[DeliveryMethod]:
    """Add a way of delivery, or write over the one of this code."""
    method = DeliveryMethod(
        code=code,
        kind=data.kind,
        name=data.name,
        zones=data.zones,
        stores=data.stores,
        cut_off=data.cut_off,
        preparation_minutes=data.preparation_minutes,
        place=data.place,
        active=data.active,
    )
    return await call.write(lambda tx: offer_delivery(tx, method, by=call.actor, version=data.version))


ROUTES = [
    list_levels,
    get_level,
    list_movements,
    list_differences,
    receive_goods,
    adjust_level,
    plan_level,
    list_delivery_methods,
    put_delivery_method,
]
