"""Trying a promotion against a cart, or against goods that nobody has in one."""

from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts.create import new_cart
from torg.carts.frame import framed
from torg.carts.lines import LineWish, make_line
from torg.carts.load import opened
from torg.carts.model import Adjustment, Cart, CartGift, CartPromotion, NearlyReached, StoredCart, Unapplied
from torg.carts.promote import Trial
from torg.carts.reckon import reckoned
from torg.customers import find_customer
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission
from torg.promotions import KeptPromotion, Promotion, check_rule, promotion_of, written


class Basket(Struct, frozen=True):
    """Goods in a channel, bought by nobody in particular or by a customer, to a country, with these codes."""

    channel: str
    lines: tuple[LineWish, ...]
    customer_id: UUID | None = None
    country: str | None = None
    codes: tuple[str, ...] = ()


class Wanted(Struct, frozen=True):
    """What is to be tried: a kept promotion by its key, or a rule as it might be kept; with what it is paid."""

    promotion: str | Promotion
    payment: str | None = None


class Tried(Struct, frozen=True, kw_only=True):
    """What a promotion does to a cart: the cart with it and without it; where it does nothing, why not."""

    kept: KeptPromotion
    cart: Cart
    without: Cart
    applied: CartPromotion | None
    lines: tuple[tuple[UUID, Adjustment], ...]
    deliveries: tuple[tuple[str, Adjustment], ...]
    gifts: tuple[CartGift, ...]
    refused: Unapplied | None
    nearly: tuple[NearlyReached, ...]

    @property
    def displaced(self) -> list[str]:
        """The promotions that apply without it, and beside it no longer."""
        still = {one.promotion for one in self.cart.promotions}
        return [one.promotion for one in self.without.promotions if one.promotion not in still]


async def try_promotion(tx: Transaction, wanted: Wanted, on: UUID | Basket, *, by: Actor) -> Tried:
    """What the promotion would take off the cart or basket, or why it does not apply; changes nothing.

    It is tried as if it were neither paused nor ended, and as if its code had been given. A rule that could not be kept
    is refused as when it is saved; one with the key of a kept promotion is tried in its place.
    """
    by.must(Permission.prices_read, anywhere=True)
    kept = await _promotion(tx, wanted.promotion, by)
    stored = await _filled(tx, on, by) if isinstance(on, Basket) else await _found(tx, on, by)
    cart, without = [
        await reckoned(tx, stored, fresh=included, payment=wanted.payment, trial=Trial(kept, included))
        for included in (True, False)
    ]
    key = kept.key
    return Tried(
        kept=kept,
        cart=cart,
        without=without,
        applied=next((one for one in cart.promotions if one.promotion == key), None),
        lines=tuple((ln.id, one) for ln in cart.lines for one in ln.adjustments if one.promotion == key),
        deliveries=tuple(
            (group.method, one)
            for group in cart.deliveries
            for one in group.adjustments
            if one.promotion == key
        ),
        gifts=tuple(gift for gift in cart.gifts if gift.promotion == key),
        refused=next((one for one in cart.unapplied if one.promotion == key), None),
        nearly=tuple(one for one in cart.nearly if one.promotion == key),
    )


async def _promotion(tx: Transaction, wanted: str | Promotion, by: Actor) -> KeptPromotion:
    if isinstance(wanted, str):
        return await promotion_of(tx, wanted, by=by)
    await check_rule(tx, wanted)
    return KeptPromotion(key=wanted.key, rule=wanted)


async def _found(tx: Transaction, cart_id: UUID, by: Actor) -> StoredCart:
    return await opened(tx, cart_id, by=by, permission=Permission.carts_read, lock=False)


async def _filled(tx: Transaction, basket: Basket, by: Actor) -> StoredCart:
    """A cart with these goods that is nowhere kept."""
    if basket.customer_id is not None:
        await find_customer(tx, basket.customer_id, by=by)
    cart = await new_cart(tx, basket.channel, basket.country, basket.customer_id)
    cart = replace(cart, codes=tuple(dict.fromkeys(written(code) for code in basket.codes)))
    await framed(tx, cart, fresh=False, counted=False, coming=[wish.variant_id for wish in basket.lines])
    lines = [await make_line(tx, cart, wish, None, SYSTEM) for wish in basket.lines]
    return replace(cart, lines=tuple(lines))
