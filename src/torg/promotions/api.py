"""Promotions over HTTP, for staff and programs; customers use codes in the cart."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Response
from msgspec import Meta, Struct

from torg.kernel import cursors
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, read, write
from torg.kernel.money import Money
from torg.markets import Code
from torg.permissions import Permission
from torg.promotions import (
    CodePromotion,
    CodeText,
    PercentOfCode,
    UsageLimit,
    create_promotion,
    disable_promotion,
    list_promotions,
    promotion_of,
)

TAGS = ["promotions"]

Names = Annotated[dict[str, Annotated[str, Meta(max_length=100)]], Meta(min_length=1, max_length=6)]
Codes = Annotated[tuple[Code, ...], Meta(max_length=100)]


class NewPromotion(Struct, frozen=True, forbid_unknown_fields=True):
    """A code to make: a percent or an amount off the goods. Without markets and channels it holds in all."""

    code: CodeText
    name: Names
    percent: PercentOfCode | None = None
    amount: Money | None = None
    markets: Codes = ()
    channels: Codes = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    usage_limit: UsageLimit | None = None
    usage_per_customer: UsageLimit | None = None

    def promotion(self) -> CodePromotion:
        """The promotion in its own words."""
        given: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        if self.amount is not None:
            if self.amount.amount < 1:
                raise Invalid.of(
                    FieldProblem("amount.amount", "out-of-range", "This is too small or too large.")
                )
            given |= {"amount": self.amount.amount, "currency": self.amount.currency}
        return CodePromotion(**given)


class PromotionEnd(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision to end a code."""

    version: (
        Annotated[int, Meta(ge=1, le=2**31 - 1, description="The version that this was decided on.")] | None
    ) = None


class PromotionView(Struct, frozen=True):
    """A code with how often it was used."""

    code: str
    name: dict[str, str]
    percent: int | None
    amount: Money | None
    markets: tuple[str, ...]
    channels: tuple[str, ...]
    valid_from: datetime | None
    valid_to: datetime | None
    usage_limit: int | None
    usage_per_customer: int | None
    used: int
    disabled_at: datetime | None
    version: int

    @classmethod
    def of(cls, promotion: CodePromotion) -> "PromotionView":
        """All of the promotion."""
        money = (
            None
            if promotion.amount is None or promotion.currency is None
            else Money(promotion.amount, promotion.currency)
        )
        names = (name for name in cls.__struct_fields__ if name != "amount")
        return cls(amount=money, **{name: getattr(promotion, name) for name in names})


@read("/promotions", permission=Permission.prices_read, summary="Codes", tags=TAGS)
async def list_codes(call: Call, cursor: Cursor = None, limit: Limit = 50) -> Page[PromotionView]:
    """Every code with how often it was used, in the order of the alphabet."""
    key = cursors.decode(cursor, tuple[str])
    found = await call.read(
        lambda tx: list_promotions(tx, by=call.actor, after=key[0] if key else "", limit=limit + 1)
    )
    return Page.cut(found, limit, lambda promotion: (promotion.code,)).map(PromotionView.of)


@read("/promotions/{code:str}", permission=Permission.prices_read, summary="A code", tags=TAGS)
async def read_code(call: Call, code: FromPath[str]) -> PromotionView:
    """One code with how often it was used."""
    return PromotionView.of(await call.read(lambda tx: promotion_of(tx, code, by=call.actor)))


@write(
    "POST", "/promotions", permission=Permission.prices_write, summary="Make a code", tags=TAGS, status=201
)
async def create_code(call: Call, data: Body[NewPromotion]) -> Response[PromotionView]:
    """Make a code that takes a percent or an amount off the goods."""
    promotion = data.promotion()
    return await call.write(
        lambda tx: create_promotion(tx, promotion, by=call.actor), view=PromotionView.of, status=201
    )


@write(
    "POST",
    "/promotions/{code:str}/disable",
    permission=Permission.prices_write,
    summary="End a code",
    tags=TAGS,
)
async def disable_code(call: Call, code: FromPath[str], data: Body[PromotionEnd]) -> Response[PromotionView]:
    """End a code now; orders that were placed with it keep their discount."""
    return await call.write(
        lambda tx: disable_promotion(tx, code, version=data.version, by=call.actor), view=PromotionView.of
    )


ROUTES = [list_codes, read_code, create_code, disable_code]
