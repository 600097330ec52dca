"""Promotions through the whole purchase: gifts, delivery, payment, first purchase, what is kept and what is earned."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest
from tests.carts.conftest import Shop
from tests.orders import crediting, returning
from tests.orders.conftest import Till

from torg import carts, promotions
from torg.catalog import Kind
from torg.kernel.access import SYSTEM, Actor, ActorKind
from torg.kernel.errors import Refused
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.orders import Completion, OrderState, Placement, TotalChanged, cancel, complete
from torg.payments import TenderChoice
from torg.promotions import (
    CheapestFree,
    DeliveryOff,
    Fact,
    FirstPurchase,
    FreeGift,
    Goods,
    GoodsAmount,
    Is,
    KeptPromotion,
    Limits,
    NextCoupon,
    PercentOff,
    Points,
    Promotion,
    PromotionUsedUp,
    create_promotion,
    disable_promotion,
)
from torg.promotions.active import USED_UP


def named(variant: UUID) -> str:
    return f"var_{variant.hex}"


async def offered(till: Till, *effects: Any, shared: tuple[str, ...] = (), **said: Any) -> KeptPromotion:
    """A promotion of one's own."""
    rule = Promotion(key=f"p-{new_id().hex[-12:]}", names={"en": "An offer"}, effects=effects, **said)
    return await till.database.run(lambda tx: create_promotion(tx, rule, by=SYSTEM, shared=shared))


async def ended(till: Till, *made: KeptPromotion) -> None:
    for one in made:
        await till.database.run(partial(disable_promotion, key=one.key, version=None, by=SYSTEM))


async def test_three_for_two_is_kept_by_line_and_with_its_steps(till: Till) -> None:
    mug, plate = await till.shop.product(price=100_00), await till.shop.product(price=60_00)
    deal = await offered(till, CheapestFree(3, 1, Goods(variants=(named(mug), named(plate)))))
    cart = await till.cart(mug, mug, plate)
    assert (cart.totals.discount, [one.promotion for one in cart.promotions]) == (60_00, [deal.key])
    order = (await till.buy(cart)).order
    seen = await till.order(cart)
    offs = {line.variant_id: [(one.promotion, one.amount) for one in line.adjustments] for line in seen.lines}
    assert (order.discount, offs) == (60_00, {mug: [], plate: [(deal.key, 60_00)]})
    assert [step.code for line in seen.lines for one in line.adjustments for step in one.steps]
    assert [(one.promotion, one.amount, one.version) for one in order.promotions] == [(deal.key, 60_00, 1)]
    await ended(till, deal)


async def test_a_gift_is_held_sent_and_free_and_told_of_when_it_is_out_of_stock(till: Till) -> None:
    machine, coffee, rare = [await till.shop.product(price=900_00, stock=stock) for stock in (9, 5, 0)]
    gift = await offered(
        till,
        FreeGift((named(rare), named(coffee)), quantity=2),
        conditions=(GoodsAmount({"NOK": 500_00}, on=Goods(variants=(named(machine),))),),
    )
    cart = await till.cart(machine)
    (line,) = [line for line in cart.lines if line.gift]
    assert (line.variant_id, line.quantity, line.quote and line.quote.unit) == (coffee, 2, 0)
    before = await till.stock(coffee)
    await till.buy(cart)
    seen = await till.order(cart)
    assert {(one.variant_id, one.quantity, one.gross, one.gift) for one in seen.lines} == {
        (machine, 1, 900_00, None),
        (coffee, 2, 0, gift.key),
    }
    after = await till.stock(coffee)
    assert sum(row[2] for row in after.values()) == sum(row[2] for row in before.values()) + 2
    await till.settle()
    (sent,) = (await till.order(cart)).fulfilments
    assert sum(one.quantity for one in sent.lines) == 3
    await ended(till, gift)
    scarce = await offered(
        till,
        FreeGift((named(rare),)),
        conditions=(GoodsAmount({"NOK": 500_00}, on=Goods(variants=(named(machine),))),),
    )
    cart = await till.cart(machine)
    assert [(one.promotion, one.line_id) for one in cart.gifts] == [(scarce.key, None)]
    assert len(cart.lines) == 1
    assert carts.missing(cart) == []
    await till.buy(cart)
    await ended(till, scarce)


async def test_free_delivery_is_told_when_it_is_near_and_taken_off_when_it_is_reached(till: Till) -> None:
    mug = await till.shop.product(price=100_00)
    free = await offered(till, DeliveryOff(percent=1_000_000), conditions=(GoodsAmount({"NOK": 180_00}),))
    cart = await till.cart(mug)
    assert [(one.promotion, one.lacking) for one in cart.nearly] == [(free.key, 80_00)]
    assert cart.totals.gross == 150_00
    cart = await till.shop.add(cart, mug)
    assert (cart.totals.gross, [one.discount for one in cart.deliveries]) == (200_00, [50_00])
    order = (await till.buy(cart)).order
    assert [(one.gross, one.discount, one.adjustments[0].promotion) for one in order.deliveries] == [
        (0, 50_00, free.key)
    ]
    await ended(till, free)


async def test_a_code_that_lacks_something_is_taken_and_says_why_it_does_not_apply(till: Till) -> None:
    mug = await till.shop.product(price=100_00)
    code = f"MIN-{new_id().hex[-6:]}".upper()
    many = await offered(
        till,
        PercentOff(500_000),
        conditions=(GoodsAmount({"NOK": 500_00}),),
        needs_code=True,
        shared=(code,),
    )
    cart = await till.cart(mug)
    by = till.shop.visitor(cart)
    cart = await till.database.run(lambda tx: carts.apply_code(tx, cart.id, code, by=by))
    assert [(one.code, one.reason.value) for one in cart.unapplied] == [(code, "amount-too-low")]
    assert (cart.totals.discount, carts.missing(cart)) == (0, [])
    cart = await till.shop.add(cart, mug, 4)
    assert (cart.unapplied, cart.totals.discount, cart.promotions[0].code) == ((), 250_00, code)
    await ended(till, many)


async def test_a_promotion_for_a_tender_changes_the_total_that_is_asked_for(till: Till) -> None:
    mug = await till.shop.product(price=100_00)
    card = await offered(
        till, PercentOff(100_000, Goods(variants=(named(mug),))), conditions=(Is(Fact.payment, ("gateway",)),)
    )
    cart = await till.cart(mug)
    with pytest.raises(TotalChanged) as changed:
        await till.buy(cart)
    assert changed.value.facts["present"] == Money(cart.totals.gross - 10_00, "NOK")
    order = (await till.buy(cart, expected=changed.value.facts["present"])).order
    assert order.discount == 10_00
    await ended(till, card)


async def test_paid_with_two_tenders_an_order_has_neither_kind_and_is_priced_by_what_is_chosen_last(
    till: Till,
) -> None:
    mug = await till.shop.product(price=100_00)
    only = await offered(
        till, PercentOff(100_000, Goods(variants=(named(mug),))), conditions=(Is(Fact.payment, ("gateway",)),)
    )
    cart, mine = await till.cart(mug), await crediting.card(till, 60_00)
    full, reduced = cart.totals.gross, cart.totals.gross - 10_00

    async def bought(total: int, *choices: TenderChoice) -> Placement:
        asked = Completion(Money(total, "NOK"), choices)
        by = till.shop.visitor(cart)
        return await complete(till.database, till.gateways, cart.id, asked, by=by)

    for total, choices, present in (
        (full, (crediting.REST,), reduced),
        (reduced, (crediting.REST, crediting.gift(mine)), full),
        (reduced, (crediting.gift(mine, 1), crediting.REST), full),
    ):
        with pytest.raises(TotalChanged) as changed:
            await bought(total, *choices)
        assert changed.value.facts["present"] == Money(present, "NOK")
        assert await crediting.has(till, mine) == (60_00, 0)
    placed = await bought(full, crediting.gift(mine), crediting.REST)
    assert (placed.order.state, placed.order.discount) == (OrderState.placed, 0)
    await ended(till, only)


async def test_a_first_purchase_is_one_and_comes_back_when_it_is_cancelled(till: Till) -> None:
    mug = await till.shop.product(price=100_00)
    first = await offered(
        till, PercentOff(100_000, Goods(variants=(named(mug),))), conditions=(FirstPurchase(),)
    )
    who = f"{new_id().hex}@example.org"
    cart = await till.cart(mug, email=who)
    other = await till.cart(mug, email=who)
    assert (cart.totals.discount, other.totals.discount) == (10_00, 10_00)
    await till.buy(cart)
    with pytest.raises(TotalChanged):  # before anybody has heard of the first
        await till.buy(other)
    await till.settle()
    assert (await till.cart_now(other)).totals.discount == 0
    await till.database.run(lambda tx: cancel(tx, cart.id, reason="changed", by=SYSTEM))
    await till.settle()
    assert (await till.cart_now(other)).totals.discount == 10_00
    await ended(till, first)


async def test_what_an_order_earns_is_given_once_and_taken_back_once(till: Till) -> None:
    mug = await till.shop.product(price=100_00)
    later = await offered(till, PercentOff(100_000), needs_code=True)
    earns = await offered(till, Points(1, per={"NOK": 10_00}), NextCoupon(later.key, 30))
    customer = new_id()
    buyer = Actor(ActorKind.customer, customer_id=customer)
    await till.database.run(partial(_account, customer=customer))
    cart = await till.shop.cart(mug, by=buyer)
    cart = await till.filled(cart, buyer)
    assert [(one.promotion, one.points) for one in cart.promotions] == [(earns.key, 10)]
    order = (await till.buy(cart, by=buyer)).order
    (coupon,) = order.promotions[0].coupons
    for _ in range(2):
        await till.settle()
    balance, entries = await till.database.read(lambda tx: promotions.points_of(tx, by=buyer))
    assert (balance, [one.points for one in entries]) == (10, [10])
    cart = await till.shop.cart(mug, by=buyer)
    used = await till.database.run(lambda tx: carts.apply_code(tx, cart.id, coupon.code, by=buyer))
    assert used.totals.discount == 10_00
    strange = await till.cart(mug)
    with pytest.raises(Refused):
        await till.database.run(
            lambda tx: carts.apply_code(tx, strange.id, coupon.code, by=till.shop.visitor(strange))
        )
    await till.database.run(lambda tx: cancel(tx, order.order_id, reason="changed", by=SYSTEM))
    for _ in range(2):
        await till.settle()
    balance, entries = await till.database.read(lambda tx: promotions.points_of(tx, by=buyer))
    assert (balance, [one.points for one in entries]) == (0, [-10, 10])
    again = await till.database.read(lambda tx: carts.load(tx, cart.id, by=buyer))
    assert (again.totals.discount, [one.subject for one in again.warnings]) == (0, [coupon.code])
    await ended(till, earns, later)


async def test_points_go_with_the_goods_that_come_back_and_a_used_code_with_the_last_of_them(
    till: Till,
) -> None:
    mug, plate = await till.shop.product(price=100_00), await till.shop.product(price=50_00)
    once = f"ONCE{new_id().hex[-8:].upper()}"
    off = await offered(till, PercentOff(200_000), needs_code=True, shared=(once,), limits=Limits(uses=1))
    earns = await offered(till, Points(1, per={"NOK": 10_00}))
    customer = new_id()
    buyer = Actor(ActorKind.customer, customer_id=customer)
    await till.database.run(partial(_account, customer=customer))
    cart = await till.filled(await till.shop.cart(mug, plate, by=buyer), buyer)
    cart = await till.database.run(lambda tx: carts.apply_code(tx, cart.id, once, by=buyer))
    await till.buy(cart, by=buyer)
    await till.settle()
    await returning.sent(till, cart)
    points = partial(promotions.points_of, by=buyer)
    earned, _ = await till.database.read(points)
    first = new_id()
    for _ in range(2):
        await returning.returned(till, cart, returning.came(cart), id=first)
    left, entries = await till.database.read(points)
    assert (left, [one.points for one in entries]) == (earned - earned * 2 // 3, [-(earned * 2 // 3), earned])
    other = await till.shop.cart(mug, by=buyer)
    till.database.forget(USED_UP)
    with pytest.raises(promotions.CodeUsedUp):
        await till.database.run(lambda tx: carts.apply_code(tx, other.id, once, by=buyer))
    await returning.returned(till, cart, returning.came(cart, line=1))
    left, entries = await till.database.read(points)
    assert (left, len(entries)) == (0, 3)
    await till.settle()
    till.database.forget(USED_UP)
    again = await till.database.run(lambda tx: carts.apply_code(tx, other.id, once, by=buyer))
    assert again.totals.discount == 20_00
    await returning.books_agree(till, cart)
    await ended(till, off, earns)


async def _account(tx: Any, *, customer: UUID) -> None:
    await tx.execute(
        "INSERT INTO customers (customer_id, language, registered_at, words) VALUES (%(id)s, 'en', %(at)s, '{}')",
        id=customer,
        at=tx.now,
    )


async def test_a_limit_is_given_back_by_what_lapses_and_by_what_is_cancelled(till: Till) -> None:
    mug = await till.shop.product(price=100_00)
    one = await offered(till, PercentOff(100_000, Goods(variants=(named(mug),))), limits=Limits(uses=1))
    first, second = await till.cart(mug), await till.cart(mug)
    with pytest.raises(Exception, match=r"declined|refused"):
        await till.buy(first, "decline")
    order = (await till.buy(second)).order
    assert order.state is OrderState.placed
    with pytest.raises(PromotionUsedUp):
        await till.buy(first)
    await till.database.run(lambda tx: cancel(tx, order.order_id, reason="changed", by=SYSTEM))
    assert (await till.buy(first)).order.discount == 10_00
    await ended(till, one)


async def test_gift_cards_are_money_and_never_reduced(retailer: Shop) -> None:
    card = await retailer.product(kind=Kind.gift_card, price=500_00, stock=0)
    rule = Promotion(key=f"p-{new_id().hex[-12:]}", names={"en": "x"}, effects=(PercentOff(100_000),))
    await retailer.database.run(lambda tx: create_promotion(tx, rule, by=SYSTEM))
    assert (await retailer.cart(card)).totals.discount == 0
    await retailer.database.run(lambda tx: disable_promotion(tx, rule.key, version=None, by=SYSTEM))
