"""Goods that come back, over HTTP: what is done with them, not what is given back for them."""

from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.inventory.api import TAGS, LevelView, Units, VariantId
from torg.inventory.goods_back.take_back import Back, take_back
from torg.kernel.http import Body, Call, write
from torg.kernel.ids import parse
from torg.markets import Code
from torg.permissions import Permission


class BackLine(Struct, forbid_unknown_fields=True):
    """Units that came back; `damaged` ones cannot be sold again."""

    variant: VariantId
    quantity: Units
    damaged: bool = False


class GoodsBack(Struct, forbid_unknown_fields=True):
    """What came back to a location; `document` is the return's or the order's number."""

    location: Code
    document: Annotated[str, Meta(min_length=1, max_length=100, examples=["NO-7K3M9Q"])]
    lines: Annotated[list[BackLine], Meta(min_length=1, max_length=1000)]


class BackView(Struct, frozen=True):
    """The levels that goods came back to, as they are now."""

    document: str
    levels: list[LevelView]


@write(
    "POST",
    "/stock/goods-back",
    permission=Permission.stock_adjust,
    status=201,
    summary="Take goods back",
    tags=TAGS,
)
async def take_goods_back(call: Call, data: Body[GoodsBack]) -> Response[BackView]:
    """Put what customers brought or sent back on hand, or beside it when it is broken."""
    came = [Back(parse("var", line.variant), line.quantity, line.damaged) for line in data.lines]
    return await call.write(
        lambda tx: take_back(tx, data.location, came, document=data.document, by=call.actor),
        view=lambda levels: BackView(data.document, [LevelView.of(level) for level in levels]),
    )


ROUTES = [take_goods_back]
