"""Counting over HTTP: a manager asks for a count, counters enter figures, a manager sets the levels right."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.inventory import counts
from torg.inventory.api import TAGS, Kept, VariantId
from torg.inventory.counts import Count, CountKind, CountLine, CountState, Figure
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, QueryParameter, read, write
from torg.kernel.ids import parse, public
from torg.markets import Code
from torg.permissions import Permission

LocationWish = Annotated[str | None, QueryParameter(max_length=40, description="Only of this location.")]
StateWish = Annotated[CountState | None, QueryParameter(description="Only in this state.")]
Differing = Annotated[
    bool | None,
    QueryParameter(description="Only lines that differ from the books, or only those that agree."),
]


class CountView(Struct, frozen=True):
    """A count of a location; `open_lines` have no figure yet."""

    id: str
    location: str
    kind: CountKind
    blind: bool
    state: CountState
    lines: int
    open_lines: int
    opened_by: str
    opened_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    version: int

    @classmethod
    def of(cls, count: Count) -> "CountView":
        """The count as staff see it."""
        return cls(
            id=public("cnt", count.id),
            location=count.location,
            kind=count.kind,
            blind=count.blind,
            state=count.state,
            lines=count.lines,
            open_lines=count.open_lines,
            opened_by=count.opened_by,
            opened_at=count.opened_at,
            closed_by=count.closed_by,
            closed_at=count.closed_at,
            version=count.version,
        )


class CountLineView(Struct, frozen=True):
    """What was counted, and what was on hand by the books then; hidden while a blind count is open."""

    variant: str
    counted: int | None
    expected: int | None
    counted_by: str | None
    counted_at: datetime | None

    @classmethod
    def of(cls, line: CountLine) -> "CountLineView":
        """The line as the counter sees it."""
        return cls(
            public("var", line.variant_id), line.counted, line.expected, line.counted_by, line.counted_at
        )


class NewCount(Struct, forbid_unknown_fields=True):
    """Ask for some variants of a location to be counted, or without any for everything that it has."""

    location: Code
    variants: Annotated[list[VariantId], Meta(min_length=1, max_length=5000)] | None = None
    blind: bool = True


class FigureLine(Struct, forbid_unknown_fields=True):
    """So many were counted."""

    variant: VariantId
    counted: Kept


class NewFigures(Struct, forbid_unknown_fields=True):
    """What a counter has found; counting a variant again replaces its figure."""

    lines: Annotated[list[FigureLine], Meta(min_length=1, max_length=1000)]


@write(
    "POST", "/stock/counts", permission=Permission.stock_adjust, status=201, summary="Open a count", tags=TAGS
)
async def open_count(call: Call, data: Body[NewCount]) -> Response[CountView]:
    """Some variants (a cycle count), or all that a location has (a full one)."""
    variants = None if data.variants is None else [parse("var", variant) for variant in data.variants]
    return await call.write(
        lambda tx: counts.open_count(tx, data.location, variants, blind=data.blind, by=call.actor),
        view=CountView.of,
    )


@read("/stock/counts", permission=Permission.stock_count, summary="Counts", tags=TAGS)
async def list_counts(
    call: Call,
    location: LocationWish = None,
    count_state: StateWish = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[CountView]:
    """Counts of the locations where the caller may count, the newest first."""
    found = await call.read(
        lambda tx: counts.counts(
            tx, by=call.actor, location=location, state=count_state, cursor=cursor, limit=limit
        )
    )
    return found.map(CountView.of)


@read("/stock/counts/{count:str}", permission=Permission.stock_count, summary="One count", tags=TAGS)
async def get_count(call: Call, count: FromPath[str]) -> CountView:
    """How far it is."""
    id = parse("cnt", count)
    return CountView.of(await call.read(lambda tx: counts.count(tx, id, by=call.actor)))


@read(
    "/stock/counts/{count:str}/lines",
    permission=Permission.stock_count,
    summary="What was counted",
    tags=TAGS,
)
async def list_count_lines(
    call: Call, count: FromPath[str], differing: Differing = None, limit: Limit = 20, cursor: Cursor = None
) -> Page[CountLineView]:
    """The lines of a count, by variant."""
    id = parse("cnt", count)
    found = await call.read(
        lambda tx: counts.lines(tx, id, by=call.actor, differing=differing, cursor=cursor, limit=limit)
    )
    return found.map(CountLineView.of)


@write(
    "POST",
    "/stock/counts/{count:str}/figures",
    permission=Permission.stock_count,
    summary="Enter figures",
    tags=TAGS,
)
async def enter_figures(call: Call, count: FromPath[str], data: Body[NewFigures]) -> Response[CountView]:
    """How many there are of some variants."""
    id = parse("cnt", count)
    figures = [Figure(parse("var", line.variant), line.counted) for line in data.lines]
    return await call.write(lambda tx: counts.enter(tx, id, figures, by=call.actor), view=CountView.of)


@write(
    "POST",
    "/stock/counts/{count:str}/close",
    permission=Permission.stock_adjust,
    summary="Set levels right",
    tags=TAGS,
)
async def close_count(call: Call, count: FromPath[str]) -> Response[CountView]:
    """All levels become what was counted, or none."""
    id = parse("cnt", count)
    return await call.write(lambda tx: counts.close(tx, id, by=call.actor), view=CountView.of)


@write(
    "POST",
    "/stock/counts/{count:str}/cancel",
    permission=Permission.stock_adjust,
    summary="Give a count up",
    tags=TAGS,
)
async def cancel_count(call: Call, count: FromPath[str]) -> Response[CountView]:
    """Nothing is set right."""
    id = parse("cnt", count)
    return await call.write(lambda tx: counts.cancel(tx, id, by=call.actor), view=CountView.of)


ROUTES = [
    open_count,
    list_counts,
    get_count,
    list_count_lines,
    enter_figures,
    close_count,
    cancel_count,
]
