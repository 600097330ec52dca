"""From a cart whose goods are kept to an order: nobody gets in between, and nothing stays behind."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest_asyncio
from tests.carts.test_kept import assert_sound, begin, kept, says, states
from tests.orders.conftest import Till, refused

from torg.carts import Cart, LineWish
from torg.inventory import Demand, OutOfStock, StockPromised, expire, hold
from torg.inventory.supplies import send
from torg.inventory.supplies.model import Wanted
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.markets import CartHold, KeepWhen
from torg.orders import OrderState
from torg.orders.rules import LONGEST_HOLD
from torg.payments import PaymentState


@pytest_asyncio.fixture
async def keeping(till: Till) -> AsyncIterator[Till]:
    """Somewhere to buy that keeps whatever is in a cart."""
    await says(till.shop, CartHold(KeepWhen.always))
    yield till
    await says(till.shop, CartHold())


async def filled(till: Till, *wishes: LineWish) -> Cart:
    cart = await begin(till.shop, *wishes)
    return await till.filled(cart, till.shop.visitor(cart))


async def grab(till: Till, variant: UUID, place: str = "lager-oslo") -> bool:
    """Another channel takes a unit the moment that it can."""

    async def work(tx: Transaction) -> None:
        wanted = [Demand(new_id(), variant, 1, (place,))]
        await hold(tx, new_id(), wanted, expires_at=tx.now, by=SYSTEM)

    try:
        await till.database.run(work)
    except OutOfStock:
        return False
    return True


async def test_the_last_unit_that_is_kept_for_a_cart_is_bought_by_it_while_others_try_all_the_time(
    keeping: Till,
) -> None:
    mug = await keeping.shop.product(stock={"lager-oslo": 1})
    cart = await filled(keeping, LineWish(mug))
    assert not cart.warnings
    over = asyncio.Event()

    async def lurk() -> int:
        tries = 0
        while not over.is_set():
            assert not await grab(keeping, mug)
            tries += 1
        return tries

    async def buy() -> OrderState:
        try:
            return (await keeping.buy(cart)).order.state
        finally:
            over.set()

    state, *tries = await asyncio.gather(buy(), *(lurk() for _ in range(6)))
    assert state is OrderState.placed and all(tries)
    assert await keeping.stock(mug) == {"lager-oslo": (1, 0, 1)}
    assert await states(keeping.shop, cart) == {"pinned": 1}
    await assert_sound(keeping.shop)


async def test_web_and_till_want_the_same_unit_and_who_has_it_kept_gets_it(keeping: Till) -> None:
    await says(keeping.shop, CartHold(KeepWhen.always), "till-oslo")
    mug = await keeping.shop.product(stock={"oslo": 1})
    by_staff = keeping.shop.cart(mug, channel="till-oslo", by=SYSTEM)
    web, at_till = await asyncio.gather(filled(keeping, LineWish(mug)), by_staff)
    both = [await kept(keeping.shop, web), await kept(keeping.shop, at_till)]
    assert sorted(map(len, both)) == [0, 1]
    won, lost = (web, at_till) if both[0] else (at_till, web)
    assert [warning.code.value for warning in (await keeping.cart_now(lost)).warnings] == ["out-of-stock"]
    assert not (await keeping.cart_now(won)).warnings
    if won is web:
        assert (await keeping.buy(won)).order.state is OrderState.placed
    await says(keeping.shop, CartHold(), "till-oslo")
    await assert_sound(keeping.shop)


async def test_goods_that_are_kept_for_a_cart_are_not_sent_to_another_place(keeping: Till) -> None:
    mug = await keeping.shop.product(stock={"lager-oslo": 5})

    async def move(tx: Transaction) -> None:
        await send(tx, "lager-oslo", "bergen", [Wanted(mug, 4)], by=SYSTEM)

    cart, moved = await asyncio.gather(
        filled(keeping, LineWish(mug, 2)), keeping.database.run(move), return_exceptions=True
    )
    assert isinstance(cart, Cart)
    has = sum(hold.quantity for hold in await kept(keeping.shop, cart))
    if moved is None:
        assert has == 1
    else:
        assert isinstance(moved, StockPromised) and has == 2
    await assert_sound(keeping.shop)


async def test_a_cart_whose_time_has_run_out_is_bought_while_there_is_stock(keeping: Till) -> None:
    mug = await keeping.shop.product(stock={"lager-oslo": 1})
    cart = await filled(keeping, LineWish(mug))
    await keeping.pass_time(minutes=16)
    await keeping.database.run(expire)
    assert (await keeping.buy(cart)).order.state is OrderState.placed
    assert await states(keeping.shop, cart) == {"expired": 1}
    await assert_sound(keeping.shop)


async def test_a_cart_whose_purchase_came_to_nothing_is_open_again_and_keeps_nothing(keeping: Till) -> None:
    mug = await keeping.shop.product(stock={"lager-oslo": 1})
    cart = await filled(keeping, LineWish(mug))
    await refused(keeping.buy(cart, "decline"))
    seen = await keeping.cart_now(cart)
    assert (seen.lines[0].kept, seen.lines[0].kept_until) == ((), None)
    assert await keeping.stock(mug) == {"lager-oslo": (1, 0, 0)}
    assert (await keeping.buy(seen)).order.state is OrderState.placed
    await assert_sound(keeping.shop)


async def test_a_cart_that_cannot_be_bought_whole_keeps_what_it_had(keeping: Till) -> None:
    mug, rare = (
        await keeping.shop.product(stock={"lager-oslo": 5}),
        await keeping.shop.product(stock={"lager-oslo": 1}),
    )
    cart = await filled(keeping, LineWish(mug, 2), LineWish(rare, 2))
    before = await kept(keeping.shop, cart)
    assert isinstance(await refused(keeping.buy(cart)), OutOfStock)
    assert await kept(keeping.shop, cart) == before
    await assert_sound(keeping.shop)


async def test_a_hold_that_ends_while_its_payment_runs_is_extended_for_two_hours_and_no_longer(
    keeping: Till,
) -> None:
    mug = await keeping.shop.product(stock={"lager-oslo": 1})
    cart = await filled(keeping, LineWish(mug))
    placement = await keeping.buy(cart, "delay")
    assert placement.payment is not None
    keeping.gateway.lose_request = 1.0
    begun = keeping.clock.now()
    while keeping.clock.now() - begun < LONGEST_HOLD:
        assert not await grab(keeping, mug)
        await keeping.pass_time(minutes=7)
        await keeping.database.run(expire)
    await keeping.pass_time(minutes=1)
    await keeping.database.run(expire)
    other = await filled(keeping, LineWish(mug))
    assert (await keeping.order(cart)).order.state is OrderState.pending
    assert not other.warnings
    keeping.gateway.lose_request = 0.0
    assert (await keeping.buy(other)).order.state is OrderState.placed
    keeping.gateway.decide(placement.payment.id, PaymentState.authorised)
    for _ in range(3):
        await keeping.pass_time(minutes=15)
    assert (await keeping.order(cart)).order.state is OrderState.lapsed
    assert keeping.gateway.live_money() == (await keeping.order(other)).order.gross
    await assert_sound(keeping.shop)
