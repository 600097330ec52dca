"""Trying promotions over HTTP, for who makes them."""

from typing import Annotated, Any

from litestar import Response
from msgspec import Meta, Struct

from torg.carts.lines import LineWish
from torg.carts.promotion_views import (
    CartAdjustmentView,
    CartCouponView,
    CartGiftView,
    CartNearlyView,
    CartUnappliedView,
)
from torg.carts.trying.try_promotion import Basket, Tried, Wanted, try_promotion
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Body, Call, write
from torg.kernel.i18n import words
from torg.kernel.ids import parse, public
from torg.kernel.money import Money
from torg.permissions import Permission
from torg.promotions import CodeText, Promotion

TAGS = ["promotions"]
MOST_LINES = 200

Id = Annotated[str, Meta(min_length=36, max_length=36)]


class TriedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of a variant."""

    variant_id: Annotated[Id, Meta(pattern="^var_[0-9a-f]{32}$")]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] = 1


class TriedBasket(Struct, frozen=True, forbid_unknown_fields=True):
    """Goods in a channel, bought by nobody in particular or by a customer, to a country, with these codes."""

    channel: Annotated[str, Meta(min_length=1, max_length=80)]
    lines: Annotated[tuple[TriedLine, ...], Meta(min_length=1, max_length=MOST_LINES)]
    customer: Annotated[Id, Meta(pattern="^cus_[0-9a-f]{32}$")] | None = None
    country: Annotated[str, Meta(min_length=2, max_length=2, pattern="^[A-Z]{2}$")] | None = None
    codes: Annotated[tuple[CodeText, ...], Meta(max_length=10)] = ()

    def basket(self) -> Basket:
        """The basket in the words of carts."""
        return Basket(
            self.channel,
            tuple(LineWish(parse("var", line.variant_id), line.quantity) for line in self.lines),
            parse("cus", self.customer) if self.customer else None,
            self.country,
            self.codes,
        )


class PromotionTrial(Struct, frozen=True, forbid_unknown_fields=True):
    """A kept `promotion` by its key or a `rule` that is not kept, tried on a `cart` or on a `basket`."""

    promotion: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    rule: Promotion | None = None
    cart: Annotated[Id, Meta(pattern="^crt_[0-9a-f]{32}$")] | None = None
    basket: TriedBasket | None = None
    payment: Annotated[str, Meta(min_length=1, max_length=40)] | None = None

    def wanted(self) -> Wanted:
        """What is to be tried; Invalid names what is said twice or not at all."""
        problems = []
        if (self.promotion is None) is (self.rule is None):
            problems.append(FieldProblem("rule", "exactly-one", "Give exactly one of the two."))
        if (self.cart is None) is (self.basket is None):
            problems.append(FieldProblem("basket", "exactly-one", "Give exactly one of the two."))
        if problems:
            raise Invalid.of(*problems)
        return Wanted(self.promotion or self.rule or "", self.payment)


class TriedTotals(Struct, frozen=True):
    """What the cart comes to, and by how much all promotions reduce its lines."""

    gross: Money
    discount: Money

    @classmethod
    def of(cls, gross: int, discount: int, currency: str) -> "TriedTotals":
        """The two amounts."""
        return cls(Money(gross, currency), Money(discount, currency))


class TriedLineView(Struct, frozen=True):
    """What the promotion takes off one line, and by which steps."""

    line: str
    variant: str
    adjustment: CartAdjustmentView


class TriedDeliveryView(Struct, frozen=True):
    """What the promotion takes off the charge of one delivery, and by which steps."""

    method: str
    adjustment: CartAdjustmentView


class TriedView(Struct, frozen=True, kw_only=True):
    """What a promotion would do: `amount` in all, off which lines and deliveries and why; or `refused`: why it does not
    apply. `displaced` are promotions that would not apply beside it.
    """

    promotion: str
    applies: bool
    amount: Money
    lines: list[TriedLineView]
    deliveries: list[TriedDeliveryView]
    points: int
    coupons: list[CartCouponView]
    gifts: list[CartGiftView]
    refused: CartUnappliedView | None
    nearly: list[CartNearlyView]
    displaced: list[str]
    totals: TriedTotals
    without: TriedTotals

    @classmethod
    def of(cls, tried: Tried, language: str) -> "TriedView":
        """The trial in the reader's words."""
        cart, before, applied = tried.cart, tried.without, tried.applied
        currency, told = cart.currency, words(language, cart.country)
        variants = {line.id: line.variant_id for line in cart.lines}
        return cls(
            promotion=tried.kept.key,
            applies=applied is not None,
            amount=Money(applied.amount if applied else 0, currency),
            lines=[
                TriedLineView(
                    public("lin", line),
                    public("var", variants[line]),
                    CartAdjustmentView.of(one, currency, told),
                )
                for line, one in tried.lines
            ],
            deliveries=[
                TriedDeliveryView(method, CartAdjustmentView.of(one, currency, told))
                for method, one in tried.deliveries
            ],
            points=applied.points if applied else 0,
            coupons=[CartCouponView(one.promotion, one.days) for one in applied.coupons] if applied else [],
            gifts=[CartGiftView.of(gift, told) for gift in tried.gifts],
            refused=CartUnappliedView.of(tried.refused, currency, told) if tried.refused else None,
            nearly=[CartNearlyView.of(one, currency, told) for one in tried.nearly],
            displaced=tried.displaced,
            totals=TriedTotals.of(cart.totals.gross, cart.totals.discount, currency),
            without=TriedTotals.of(before.totals.gross, before.totals.discount, currency),
        )


@write(
    "POST",
    "/promotions/try",
    permission=Permission.prices_read,
    summary="Try a promotion",
    tags=TAGS,
)
async def try_it(call: Call, data: Body[PromotionTrial]) -> Response[TriedView]:
    """Tells what a promotion would take off a cart or basket and why, or why it does not apply; changes nothing."""
    call.actor.must(Permission.prices_read, anywhere=True)  # before anything is said of the wish
    wanted = data.wanted()
    on = data.basket.basket() if data.basket else parse("crt", data.cart or "")
    found = await call.read(lambda tx: try_promotion(tx, wanted, on, by=call.actor))
    return Response(TriedView.of(found, call.language))


ROUTES: list[Any] = [try_it]
