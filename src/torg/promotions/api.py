"""Promotions over HTTP, for staff and programs: made, changed, paused, ended, with their codes; customers meet them in
listings and in the cart.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.response import Stream
from msgspec import Meta, Struct

from torg.kernel import cursors
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Open, Page, read, write
from torg.kernel.ids import parse
from torg.kernel.telemetry.requests import STREAM
from torg.permissions import Permission
from torg.promotions import (
    MOST_CODES_BROUGHT,
    CodeText,
    PoolPrefix,
    PoolSize,
    PoolWish,
    Promotion,
    add_codes,
    change_promotion,
    codes_of,
    create_promotion,
    disable_code,
    disable_pool,
    disable_promotion,
    list_promotions,
    pause_promotion,
    points_of,
    pools_of,
    promotion_of,
    resume_promotion,
    share_code,
    shared_codes,
    sheet,
    versions_of,
)
from torg.promotions.views import (
    CodePoolView,
    CodeView,
    PointsEntryView,
    PointsView,
    PromotionVersionView,
    PromotionView,
)

TAGS = ["promotions"]
CSV = "text/csv"
LAST_ID = UUID(int=2**128 - 1)

Version = Annotated[int, Meta(ge=1, le=2**31 - 1, description="The version that this was decided on.")] | None


class NewPromotion(Struct, frozen=True, forbid_unknown_fields=True):
    """A promotion to make, in the form of docs/promotions.md, with codes that many customers may share."""

    rule: Promotion
    codes: Annotated[tuple[CodeText, ...], Meta(max_length=100)] = ()


class PromotionChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What a promotion becomes, as a whole; its key stays."""

    rule: Promotion
    version: Version = None


class PromotionDecision(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision to pause, resume or end a promotion."""

    version: Version = None


class SharedCode(Struct, frozen=True, forbid_unknown_fields=True):
    """A code that many customers may share."""

    code: CodeText
    valid_to: datetime | None = None


class NewCodePool(Struct, frozen=True, forbid_unknown_fields=True):
    """Codes that belong together: `count` to be made, or `codes` that somebody else has made.

    Each may be used `uses` times.
    """

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    count: PoolSize | None = None
    codes: Annotated[tuple[CodeText, ...], Meta(max_length=MOST_CODES_BROUGHT)] = ()
    prefix: PoolPrefix = ""
    uses: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    valid_to: datetime | None = None

    def wish(self) -> PoolWish:
        """What is wanted."""
        return PoolWish(self.name, self.count or 0, self.prefix, self.uses, self.valid_to)


@read("/promotions", permission=Permission.prices_read, summary="Promotions", tags=TAGS)
async def list_all(call: Call, cursor: Cursor = None, limit: Limit = 50) -> Page[PromotionView]:
    """Every promotion with how often it was used, in the order of the keys."""
    after = cursors.decode(cursor, tuple[str]) or ("",)
    found = await call.read(lambda tx: list_promotions(tx, by=call.actor, after=after[0], limit=limit + 1))
    return Page.cut(found, limit, lambda promotion: (promotion.key,)).map(PromotionView.of)


@read("/promotions/{promotion:str}", permission=Permission.prices_read, summary="A promotion", tags=TAGS)
async def read_promotion(call: Call, promotion: FromPath[str]) -> PromotionView:
    """One promotion with how often it was used."""
    return PromotionView.of(await call.read(lambda tx: promotion_of(tx, promotion, by=call.actor)))


@read(
    "/promotions/{promotion:str}/versions",
    permission=Permission.prices_read,
    summary="What a promotion was",
    tags=TAGS,
)
async def list_versions(
    call: Call, promotion: FromPath[str], cursor: Cursor = None, limit: Limit = 50
) -> Page[PromotionVersionView]:
    """Every version of a promotion, the newest first, with who said so and when."""
    before = cursors.decode(cursor, tuple[int]) or (2**31 - 1,)
    found = await call.read(
        lambda tx: versions_of(tx, promotion, by=call.actor, before=before[0], limit=limit + 1)
    )
    return Page.cut(found, limit, lambda one: (one.version,)).map(PromotionVersionView.of)


@write(
    "POST",
    "/promotions",
    permission=Permission.prices_write,
    summary="Make a promotion",
    tags=TAGS,
    status=201,
)
async def make_promotion(call: Call, data: Body[NewPromotion]) -> Response[PromotionView]:
    """Make a promotion; it holds from its beginning on, everywhere within a second."""
    return await call.write(
        lambda tx: create_promotion(tx, data.rule, by=call.actor, shared=data.codes),
        view=PromotionView.of,
        status=201,
    )


@write(
    "PUT",
    "/promotions/{promotion:str}",
    permission=Permission.prices_write,
    summary="Change a promotion",
    tags=TAGS,
)
async def put_promotion(
    call: Call, promotion: FromPath[str], data: Body[PromotionChange]
) -> Response[PromotionView]:
    """Say anew what a promotion is; orders that were made with it keep what they have."""
    return await call.write(
        lambda tx: change_promotion(tx, promotion, data.rule, version=data.version, by=call.actor),
        view=PromotionView.of,
    )


@write(
    "POST",
    "/promotions/{promotion:str}/pause",
    permission=Permission.prices_write,
    summary="Pause a promotion",
    tags=TAGS,
)
async def pause(
    call: Call, promotion: FromPath[str], data: Body[PromotionDecision]
) -> Response[PromotionView]:
    """Let a promotion rest until it is resumed."""
    return await call.write(
        lambda tx: pause_promotion(tx, promotion, version=data.version, by=call.actor), view=PromotionView.of
    )


@write(
    "POST",
    "/promotions/{promotion:str}/resume",
    permission=Permission.prices_write,
    summary="Resume a promotion",
    tags=TAGS,
)
async def resume(
    call: Call, promotion: FromPath[str], data: Body[PromotionDecision]
) -> Response[PromotionView]:
    """Let a promotion that rests go on."""
    return await call.write(
        lambda tx: resume_promotion(tx, promotion, version=data.version, by=call.actor), view=PromotionView.of
    )


@write(
    "POST",
    "/promotions/{promotion:str}/disable",
    permission=Permission.prices_write,
    summary="End a promotion",
    tags=TAGS,
)
async def end_promotion(
    call: Call, promotion: FromPath[str], data: Body[PromotionDecision]
) -> Response[PromotionView]:
    """End a promotion for good; orders that were made with it keep what they have."""
    return await call.write(
        lambda tx: disable_promotion(tx, promotion, version=data.version, by=call.actor),
        view=PromotionView.of,
    )


@read(
    "/promotions/{promotion:str}/codes",
    permission=Permission.prices_read,
    summary="Codes that many share",
    tags=TAGS,
)
async def list_shared_codes(call: Call, promotion: FromPath[str]) -> list[CodeView]:
    """The codes of a promotion that many customers may share; those of pools are listed by pool."""
    return [
        CodeView.of(one) for one in await call.read(lambda tx: shared_codes(tx, promotion, by=call.actor))
    ]


@write(
    "POST",
    "/promotions/{promotion:str}/codes",
    permission=Permission.prices_write,
    summary="Share a code",
    tags=TAGS,
    status=201,
)
async def add_shared_code(call: Call, promotion: FromPath[str], data: Body[SharedCode]) -> Response[CodeView]:
    """Give a promotion one more code that many customers may share."""
    return await call.write(
        lambda tx: share_code(tx, promotion, data.code, valid_to=data.valid_to, by=call.actor),
        view=CodeView.of,
        status=201,
    )


@write(
    "POST",
    "/promotions/{promotion:str}/codes/{code:str}/disable",
    permission=Permission.prices_write,
    summary="End a code",
    tags=TAGS,
)
async def end_code(
    call: Call, promotion: FromPath[str], code: FromPath[str], data: Body[PromotionDecision]
) -> Response[CodeView]:
    """End one code of a promotion, of a pool or shared."""
    return await call.write(lambda tx: disable_code(tx, promotion, code, by=call.actor), view=CodeView.of)


@read(
    "/promotions/{promotion:str}/code-pools",
    permission=Permission.prices_read,
    summary="Pools of codes",
    tags=TAGS,
)
async def list_pools(
    call: Call, promotion: FromPath[str], cursor: Cursor = None, limit: Limit = 50
) -> Page[CodePoolView]:
    """The pools of a promotion, the oldest first, with how many of their codes are made."""
    after = cursors.decode(cursor, tuple[UUID]) or (UUID(int=0),)
    found = await call.read(
        lambda tx: pools_of(tx, promotion, by=call.actor, after=after[0], limit=limit + 1)
    )
    return Page.cut(found, limit, lambda pool: (pool.id,)).map(CodePoolView.of)


@write(
    "POST",
    "/promotions/{promotion:str}/code-pools",
    permission=Permission.prices_write,
    summary="Make or bring in many codes",
    tags=TAGS,
    status=201,
)
async def add_pool(call: Call, promotion: FromPath[str], data: Body[NewCodePool]) -> Response[CodePoolView]:
    """Have codes made that nobody can guess (soon after: look at `made`), or bring in a list, all of it or nothing."""
    wish = data.wish()
    return await call.write(
        lambda tx: add_codes(tx, promotion, wish, data.codes, by=call.actor),
        view=CodePoolView.of,
        status=201,
    )


@write(
    "POST",
    "/code-pools/{pool:str}/disable",
    permission=Permission.prices_write,
    summary="End a pool",
    tags=TAGS,
)
async def end_pool(call: Call, pool: FromPath[str], data: Body[PromotionDecision]) -> Response[CodePoolView]:
    """End all codes of a pool that nobody has used."""
    id = parse("pol", pool)
    return await call.write(lambda tx: disable_pool(tx, id, by=call.actor), view=CodePoolView.of)


@read(
    "/code-pools/{pool:str}/codes",
    permission=Permission.prices_write,
    summary="The codes of a pool",
    tags=TAGS,
)
async def list_codes_of_pool(
    call: Call, pool: FromPath[str], cursor: Cursor = None, limit: Limit = 50
) -> Page[CodeView]:
    """The codes of a pool in the order of the alphabet, with how often each was used."""
    id, after = parse("pol", pool), cursors.decode(cursor, tuple[str]) or ("",)
    found = await call.read(lambda tx: codes_of(tx, id, by=call.actor, after=after[0], limit=limit + 1))
    return Page.cut(found, limit, lambda code: (code.code,)).map(CodeView.of)


@read(
    "/code-pools/{pool:str}/sheet",
    permission=Permission.prices_write,
    summary="The codes of a pool as CSV",
    tags=TAGS,
    media=CSV,
    stream="A line for each code: the code, how often it may be used, how often it was, whether it has ended.",
)
async def read_sheet(call: Call, pool: FromPath[str]) -> Response[str]:
    """All codes of a pool as one file, however many there are."""
    id = parse("pol", pool)
    await call.read(lambda tx: codes_of(tx, id, by=call.actor, limit=1))
    call.request.scope[STREAM] = True  # type: ignore[literal-required]  # ASGI lets an application keep its own keys
    lines = sheet(call.database, id, by=call.actor)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{pool}.csv"'}
    return Stream(lines, media_type=CSV, headers=headers)  # type: ignore[return-value]  # told as text


@read("/me/points", permission=Open.customer, summary="My points", tags=TAGS)
async def read_my_points(call: Call, cursor: Cursor = None, limit: Limit = 50) -> PointsView:
    """What a customer's orders have earned, the newest first, and what it comes to."""
    before = cursors.decode(cursor, tuple[UUID]) or (LAST_ID,)
    balance, found = await call.read(
        lambda tx: points_of(tx, by=call.actor, before=before[0], limit=limit + 1)
    )
    page = Page.cut(found, limit, lambda entry: (entry.id,)).map(PointsEntryView.of)
    return PointsView(balance, page.items, page.next)


ROUTES = [
    read_my_points,
    list_all,
    read_promotion,
    list_versions,
    make_promotion,
    put_promotion,
    pause,
    resume,
    end_promotion,
    list_shared_codes,
    add_shared_code,
    end_code,
    list_pools,
    add_pool,
    end_pool,
    list_codes_of_pool,
    read_sheet,
]
