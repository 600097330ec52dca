"""What promotions do to a cart: what they take off its lines and deliveries, what they give, and what they lack.

The same evaluation serves every channel; here the cart is put into its words, and its answer into the cart's.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from torg.carts.model import (
    Adjustment,
    CartCoupon,
    CartLine,
    CartPromotion,
    CartWarning,
    Delivery,
    NearlyReached,
    StoredCart,
    Trouble,
    Unapplied,
)
from torg.catalog import Kind, Sellable
from torg.customers import NOBODY, Membership, membership
from torg.kernel.database import Transaction
from torg.kernel.money import ratio
from torg.markets import Atlas, Channel, TaxDisplay
from torg.pricing import Discount, PriceContext, Quote, displayed
from torg.promotions import (
    Basket,
    BasketDelivery,
    BasketLine,
    Before,
    Code,
    DeliveryReduction,
    Here,
    KeptPromotion,
    LineOff,
    Opened,
    Outcome,
    Shopper,
    Standing,
    Use,
    buyer_names,
    evaluate,
    here,
    here_then,
    lately,
    local_clock,
    open_codes,
    opened_then,
    ready,
    standing,
    standing_then,
    zone_of,
)


class Trial(Struct, frozen=True):
    """A promotion that is tried: whatever it is to others, here it is on offer (`included`) or not."""

    promotion: KeptPromotion
    included: bool

    def among(self, now: Here, opened: Opened) -> tuple[Here, Opened]:
        """The promotions with it as if its code had been given, or without it."""
        key = self.promotion.key
        others = [one for one in now.kept.values() if one.key != key]
        codes = {promotion: code for promotion, code in opened.codes.items() if promotion != key}
        if not self.included:
            return ready(others), Opened(codes, opened.wrong)
        return ready([*others, self.promotion]), Opened({**codes, key: Code("", key)}, opened.wrong)


class Offering(Struct, frozen=True):
    """The promotions of the cart's channel, the codes that open some of them, and who buys, by which tender."""

    channel: Channel
    context: PriceContext
    including: bool
    zone: str
    here: Here
    opened: Opened
    standing: Standing
    shopper: Shopper
    payment: str | None
    apart: frozenset[UUID] = frozenset()

    def outcome(
        self, lines: Sequence[CartLine], goods: Mapping[UUID, Sellable], deliveries: Sequence[Delivery]
    ) -> Outcome:
        """What the promotions say of the lines that have a price, and of the deliveries that have a charge.

        Gift cards are money: nothing is taken off them, and they count for nothing.
        """
        at = self.context.at
        weekday, minute = local_clock(at, ZoneInfo(self.zone))
        return evaluate(
            Basket(
                currency=self.context.currency,
                channel=self.channel.code,
                market=self.channel.market,
                store=self.channel.store,
                country=self.context.country,
                at=at,
                weekday=weekday,
                minute=minute,
                payment=self.payment,
                shopper=self.shopper,
                codes={key: code.code for key, code in self.opened.codes.items()},
                used_up=tuple(sorted(self.standing.used_up)),
                lines=tuple(
                    basket_line(
                        line.id.hex, line.quantity, line.quote, goods[line.variant_id], self.including
                    )
                    for line in lines
                    if line.quote is not None
                    and line.variant_id in goods
                    and line.kind is not Kind.gift_card
                    and line.id not in self.apart
                ),
                deliveries=tuple(
                    BasketDelivery(name, one.method, self.shown(one.quote))
                    for name, one in named(deliveries).items()
                    if one.quote is not None
                ),
            ),
            self.here.offers,
        )

    def shown(self, quote: Quote) -> int:
        """A price as the market shows it."""
        return displayed(quote, including=self.including)

    def off_lines(self, outcome: Outcome, lines: Sequence[CartLine]) -> dict[str, list[Adjustment]]:
        """What promotions take off each line, in the terms of its own price."""
        quotes = {line.id.hex: line.quote for line in lines if line.quote is not None}
        offs = [(one.line, one) for one in outcome.lines]
        return self._own(offs, quotes)

    def off_deliveries(self, outcome: Outcome, deliveries: Sequence[Delivery]) -> dict[str, list[Adjustment]]:
        """What promotions take off each charge for delivery, in the charge's own terms."""
        quotes = {name: one.quote for name, one in named(deliveries).items() if one.quote is not None}
        offs = [(one.delivery, one) for one in outcome.deliveries]
        return self._own(offs, quotes)

    def _own(
        self, offs: Sequence[tuple[str, LineOff | DeliveryReduction]], quotes: Mapping[str, Quote]
    ) -> dict[str, list[Adjustment]]:
        """Amounts off in their prices' own terms; where the market shows others, what several take off a line together
        is never more than the line.
        """
        found: dict[str, list[Adjustment]] = {}
        shown: dict[str, int] = {}
        for name, off in offs:
            before = shown.get(name, 0)
            shown[name] = before + off.amount
            quote = quotes[name]
            amount = self._converted(shown[name], quote) - self._converted(before, quote)
            units = off.quantity if isinstance(off, LineOff) else 1
            found.setdefault(name, []).append(Adjustment(off.promotion, amount, units, off.steps))
        return found

    def _converted(self, amount: int, quote: Quote) -> int:
        seen = self.shown(quote)
        return amount if seen == quote.unit or not seen else ratio(amount, quote.unit, seen)

    def warnings(self) -> Iterable[CartWarning]:
        """The codes that hold no longer."""
        return [CartWarning(Trouble.code_not_valid, subject=code) for code in self.opened.wrong]

    def promotions(self, outcome: Outcome) -> tuple[CartPromotion, ...]:
        """The promotions that apply, with what they bring besides."""
        points = {one.promotion: one for one in outcome.points}
        return tuple(
            CartPromotion(
                promotion=one.promotion,
                version=self.here.kept[one.promotion].version,
                names=self.here.kept[one.promotion].rule.names,
                code=one.code,
                amount=one.amount,
                points=points[one.promotion].points if one.promotion in points else 0,
                steps=points[one.promotion].steps if one.promotion in points else (),
                coupons=tuple(
                    CartCoupon(coupon.of, coupon.days)
                    for coupon in outcome.coupons
                    if coupon.promotion == one.promotion
                ),
            )
            for one in outcome.applied
        )

    def uses(self, outcome: Outcome) -> tuple[Use, ...]:
        """What is counted when this is bought."""
        return tuple(
            self.here.use(one.promotion, self.opened.codes.get(one.promotion)) for one in outcome.applied
        )

    def unapplied(self, outcome: Outcome) -> tuple[Unapplied, ...]:
        """The promotions whose codes were given and that do not apply, and why."""
        return tuple(
            Unapplied(
                one.promotion,
                self.here.kept[one.promotion].rule.names,
                self.opened.codes[one.promotion].code,
                one.reason,
                one.facts,
            )
            for one in outcome.refused
            if one.promotion in self.opened.codes
        )

    def nearly(self, outcome: Outcome) -> tuple[NearlyReached, ...]:
        """What would apply, or take off more, with a little more."""
        return tuple(
            NearlyReached(one.promotion, self.here.kept[one.promotion].rule.names, one.what, one.lacking)
            for one in outcome.nearly
        )


async def offering(
    tx: Transaction,
    cart: StoredCart,
    channel: Channel,
    context: PriceContext,
    known: Atlas,
    *,
    payment: str | None = None,
    trial: Trial | None = None,
) -> Offering:
    """What may hold for the cart: no statement but for codes that were given, and for promotions that are limited for
    each customer, or meant for a first purchase or for groups or segments of customers.
    """
    now, opened = await _opened(tx, cart, channel)
    if trial is not None:
        now, opened = trial.among(now, opened)
    where = await standing(tx, now, buyer_names(cart.customer_id, cart.email), opened.codes)
    if cart.then is not None:
        where = standing_then(where, now, cart.then.used)
    whom = Membership(context.groups, context.company, context.segments)
    if now.asks_whom and cart.customer_id is not None and whom == NOBODY:
        whom = await membership(tx, cart.customer_id)
    return Offering(
        channel,
        context,
        known.market(channel.market).tax_display is TaxDisplay.including,
        zone_of(known, channel),
        now,
        opened,
        where,
        Shopper(cart.customer_id is not None, where.first_purchase, whom.groups, whom.segments),
        payment,
        cart.then.apart if cart.then is not None else frozenset(),
    )


async def _opened(tx: Transaction, cart: StoredCart, channel: Channel) -> tuple[Here, Opened]:
    """The promotions of the channel, now or of the cart's moment, and what its codes open."""
    then = cart.then
    if then is None:
        now = await here(tx.database, channel)
        return now, await open_codes(tx, cart.codes, now, customer_id=cart.customer_id, at=tx.now)
    now = await here_then(tx, channel, then.at, then.used)
    opened = await opened_then(
        tx, now, cart.codes, then.codes, customer_id=cart.customer_id, at=cart.moment(tx.now)
    )
    return now, opened


async def anybody_before(
    tx: Transaction, channel: Channel, context: PriceContext, known: Atlas, lines: Sequence[BasketLine]
) -> Before:
    """What anybody paid for these goods at moments of the past."""
    nobody = Basket(
        currency=context.currency,
        channel=channel.code,
        market=channel.market,
        store=channel.store,
        country=context.country,
        at=context.at,
        weekday=1,
        minute=0,
    )
    goods = {one.variant.removeprefix("var_"): replace(one, quantity=1) for one in lines}
    return Before(await lately(tx.database, channel), goods, nobody, ZoneInfo(zone_of(known, channel)))


def discounts(lines: Sequence[CartLine]) -> list[Discount]:
    """What each promotion takes off each of the lines that have a price."""
    found: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        for one in line.adjustments:
            found.setdefault(one.promotion, [0] * len(lines))[place] += one.amount
    return [Discount(promotion, tuple(amounts)) for promotion, amounts in found.items()]


def basket_line(id: str, quantity: int, quote: Quote, goods: Sellable, including: bool) -> BasketLine:
    """So many of a variant at its price, in the words of promotions."""
    return BasketLine(
        id=id,
        variant=f"var_{goods.variant_id.hex}",
        product=f"prd_{goods.product_id.hex}",
        quantity=quantity,
        unit=displayed(quote, including=including),
        categories=goods.categories,
        attributes=goods.facets,
        reduced=quote.reduction is not None,
    )


def named(deliveries: Sequence[Delivery]) -> dict[str, Delivery]:
    """The deliveries by what tells them apart in one cart."""
    return {f"{one.kind.value}:{one.store or ''}": one for one in deliveries}
