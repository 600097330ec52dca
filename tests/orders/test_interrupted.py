"""Completion dies after each of its steps; somebody comes back, or nobody does, and it ends well either way."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.orders.conftest import Till, refused

from torg import payments
from torg.carts import Cart, CartState
from torg.inventory import Receipt, receive
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.orders import EarlierPaymentReturning, OrderState, cancel
from torg.orders.jobs import return_money, sweep_orders
from torg.orders.model import SoldOutMeanwhile
from torg.orders.place import look
from torg.orders.rules import Step
from torg.payments import Answer, Charge, Errand, GatewayRefused, Gateways, PaymentState, Standing


class Killed(BaseException):
    """The process died here."""


def dies_after_prepare(monkeypatch: pytest.MonkeyPatch, till: Till) -> None:
    async def ask(gateways: Gateways, errand: Errand) -> Answer:
        raise Killed

    monkeypatch.setattr(payments, "ask", ask)


def dies_after_the_gateway_answered(monkeypatch: pytest.MonkeyPatch, till: Till) -> None:
    real = payments.ask

    async def ask(gateways: Gateways, errand: Errand) -> Answer:
        await real(gateways, errand)
        raise Killed

    monkeypatch.setattr(payments, "ask", ask)


def dies_while_it_finalizes(monkeypatch: pytest.MonkeyPatch, till: Till) -> None:
    async def ordered(*_: Any) -> bool:
        raise Killed

    monkeypatch.setattr("torg.carts.ordered", ordered)


def dies_before_the_answer_is_sent(monkeypatch: pytest.MonkeyPatch, till: Till) -> None:
    real = Database.run
    runs = []

    async def run(self: Database, work: Callable[[Any], Awaitable[Any]], **options: Any) -> Any:
        result = await real(self, work, **options)
        runs.append(result)
        if len(runs) == 2:
            raise Killed
        return result

    monkeypatch.setattr(Database, "run", run)


STEPS = [
    dies_after_prepare,
    dies_after_the_gateway_answered,
    dies_while_it_finalizes,
    dies_before_the_answer_is_sent,
]


async def die(till: Till, cart: Cart, step: Callable[..., None], method: str = "ok") -> None:
    with pytest.MonkeyPatch.context() as patched:
        step(patched, till)
        with pytest.raises(Killed):
            await till.buy(cart, method)


async def agrees(till: Till, cart: Cart, variant: Any, state: OrderState) -> None:
    """Order, money, stock and cart tell the same story."""
    seen = await till.order(cart)
    assert seen.order.state is state
    secured = sum(payment.secured for payment in seen.payments)
    assert till.gateway.live_money() == secured
    if state is OrderState.placed:
        assert secured == seen.order.gross
        assert await till.stock(variant) == {"lager-oslo": (1, 0, 1)}
        assert (await till.cart_now(cart)).state is CartState.ordered
        assert (await till.told(cart)).count("order.placed") == 1
    else:
        assert secured == 0
        assert await till.stock(variant) == {"lager-oslo": (1, 0, 0)}
        assert (await till.cart_now(cart)).state is CartState.open


@pytest.mark.parametrize("step", STEPS)
async def test_a_repeated_call_goes_on_where_the_first_one_died(
    till: Till, step: Callable[..., None]
) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    await die(till, cart, step)
    till.clock.move(seconds=31)
    placement = await till.buy(cart)
    assert placement.order.state is OrderState.placed
    assert placement.lines
    await agrees(till, cart, variant, OrderState.placed)
    await till.pass_time(minutes=30)
    await agrees(till, cart, variant, OrderState.placed)
    assert till.gateway.books[placement.payments[0].id].captured == placement.order.gross


@pytest.mark.parametrize("step", STEPS)
async def test_when_nobody_comes_back_the_sweepers_finish_it(till: Till, step: Callable[..., None]) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    await die(till, cart, step)
    await till.pass_time(seconds=31)
    await till.pass_time(minutes=2)
    await agrees(till, cart, variant, OrderState.placed)


@pytest.mark.parametrize("step", [step for step in STEPS if step is not dies_while_it_finalizes])
async def test_what_died_before_it_was_declined_leaves_an_open_cart(
    till: Till, step: Callable[..., None]
) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    with pytest.MonkeyPatch.context() as patched:
        step(patched, till)
        with pytest.raises(Killed):
            await till.buy(cart, "decline")
    await till.pass_time(seconds=31)
    await till.pass_time(minutes=2)
    await agrees(till, cart, variant, OrderState.lapsed)
    assert (await till.buy(cart)).order.state is OrderState.placed
    await agrees(till, cart, variant, OrderState.placed)


async def test_a_gateway_that_never_calls_back_is_asked_by_the_sweeper(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    placement = await till.buy(cart, "delay")
    assert placement.payment is not None
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    await till.pass_time(minutes=1)
    await agrees(till, cart, variant, OrderState.placed)


async def test_an_answer_that_was_lost_is_looked_up_and_the_order_placed(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    till.gateway.lose_next_answer = True
    assert (await till.buy(cart)).order.state is OrderState.pending
    await till.pass_time(minutes=1)
    await agrees(till, cart, variant, OrderState.placed)


async def test_a_second_step_that_nobody_takes_lets_the_order_lapse_before_its_goods_are_let_go(
    till: Till,
) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    placement = await till.buy(cart, "second_step")
    assert placement.payment is not None
    await till.pass_time(minutes=14)
    assert (await till.order(cart)).order.state is OrderState.pending
    await till.pass_time(minutes=5)
    await agrees(till, cart, variant, OrderState.lapsed)
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    await till.pass_time(minutes=5)
    await agrees(till, cart, variant, OrderState.lapsed)


async def test_goods_are_held_as_long_as_a_gateway_cannot_be_reached(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    placement = await till.buy(cart, "delay")
    assert placement.payment is not None
    till.gateway.lose_request = 1.0
    for _ in range(8):
        await till.pass_time(minutes=5)
        await expire_holds(till)
    assert await till.stock(variant) == {"lager-oslo": (1, 1, 0)}
    till.gateway.lose_request = 0.0
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    await till.pass_time(minutes=15)
    await till.pass_time(minutes=2)
    seen = await till.order(cart)
    assert till.gateway.live_money() == sum(payment.secured for payment in seen.payments)
    assert seen.order.state in {OrderState.placed, OrderState.lapsed}


async def expire_holds(till: Till) -> None:
    from torg.inventory import expire

    await till.database.run(expire)


async def test_money_for_goods_that_were_sold_meanwhile_goes_back(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart, other = await till.cart(variant), await till.cart(variant)
    placement = await till.buy(cart, "delay")
    assert placement.payment is not None
    till.clock.move(hours=2)  # no sweeper has run: the worker was down
    await expire_holds(till)
    assert (await till.buy(other)).order.state is OrderState.placed
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    till.gateway.call(placement.payment.id)
    await payments.hear(till.database, till.gateways, "sim", *till.gateway.callbacks[0])
    error = await refused(till.buy(cart))
    assert isinstance(error, SoldOutMeanwhile)
    await till.settle()
    assert till.gateway.live_money() == (await till.order(other)).order.gross
    assert (await till.cart_now(cart)).state is CartState.open
    assert await till.stock(variant) == {"lager-oslo": (1, 0, 1)}


async def test_money_that_turns_up_on_a_lapsed_order_goes_back(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    placement = await till.buy(cart, "delay")
    assert placement.payment is not None
    await till.pass_time(minutes=20)
    await agrees(till, cart, variant, OrderState.lapsed)
    book = till.gateway.books[placement.payment.id]
    book.state, book.captured = PaymentState.captured, book.amount
    till.gateway.call(book.payment_id)
    await payments.hear(till.database, till.gateways, "sim", *till.gateway.callbacks[0])
    await till.settle()
    assert book.refunded == book.amount
    await agrees(till, cart, variant, OrderState.lapsed)


@pytest.mark.parametrize("captured", [False, True])
async def test_an_order_is_not_placed_with_money_that_its_gateway_was_told_to_let_go(
    till: Till, captured: bool
) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    placement = await till.buy(cart, "delay")
    assert placement.payment is not None
    till.clock.move(minutes=16)
    till.gateway.lose_next_request = True
    await payments.sweep(till.database, till.gateways)
    assert till.gateway.asked[-1] == "void"
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    book = till.gateway.books[placement.payment.id]
    if captured:
        book.state, book.captured = PaymentState.captured, book.amount
    till.gateway.call(book.payment_id)
    await payments.hear(till.database, till.gateways, "sim", *till.gateway.callbacks[0])
    await till.settle()
    assert (await till.order(cart)).order.state is OrderState.pending
    assert (await till.buy(cart)).order.state is OrderState.pending
    for _ in range(3):
        await till.pass_time(minutes=2)
    await agrees(till, cart, variant, OrderState.placed if captured else OrderState.lapsed)


async def test_a_callback_places_the_order_without_the_browser(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    placement = await till.buy(cart, "delay")
    assert placement.payment is not None
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    till.gateway.call(placement.payment.id)
    for _ in range(2):
        await payments.hear(till.database, till.gateways, "sim", *till.gateway.callbacks[0])
        await till.settle()
    await agrees(till, cart, variant, OrderState.placed)


async def test_a_cart_is_not_bought_again_before_the_money_of_the_first_try_is_back(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart, other = await till.cart(variant), await till.cart(variant)
    placement = await till.buy(cart, "delay")
    assert placement.payment is not None
    till.clock.move(hours=2)  # no sweeper has run: the worker was down
    await expire_holds(till)
    await till.buy(other)
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    till.gateway.call(placement.payment.id)
    await payments.hear(till.database, till.gateways, "sim", *till.gateway.callbacks[0])
    assert isinstance(await refused(till.buy(cart)), SoldOutMeanwhile)
    receipt = Receipt(variant, "lager-oslo", 1)
    await till.database.run(lambda tx: receive(tx, [receipt], document="DN", by=SYSTEM))
    assert isinstance(await refused(till.buy(cart)), EarlierPaymentReturning)
    assert len((await till.order(cart)).payments) == 1
    await till.pass_time(minutes=2)
    assert (await till.buy(cart)).order.state is OrderState.placed
    await return_money.run(till.work, order_id=cart.id)  # decided on while the order had lapsed
    seen = await till.order(cart)
    assert [payment.state for payment in seen.payments] == [PaymentState.voided, PaymentState.authorised]
    assert till.gateway.live_money() == seen.order.gross + (await till.order(other)).order.gross


async def test_an_order_that_cannot_be_moved_does_not_keep_the_others_waiting(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, fine = [await till.cart(await till.shop.product()) for _ in range(2)]
    for cart in (stuck, fine):
        placement = await till.buy(cart, "delay")
        assert placement.payment is not None
        till.gateway.decide(placement.payment.id, PaymentState.authorised)
        till.gateway.call(placement.payment.id)
        await payments.hear(till.database, till.gateways, "sim", *till.gateway.callbacks[-1])
        till.clock.move(seconds=1)
    real = look

    async def fails(database: Database, gateways: Gateways, order_id: UUID) -> Step:
        if order_id == stuck.id:
            raise ZeroDivisionError
        return await real(database, gateways, order_id)

    monkeypatch.setattr("torg.orders.jobs.look", fails)
    till.clock.move(hours=1)
    await sweep_orders.run(till.work)
    assert (await till.order(fine)).order.state is OrderState.placed
    waiting = (await till.order(stuck)).order
    assert waiting.state is OrderState.pending
    assert waiting.check_at is not None and waiting.check_at > till.clock.now()


async def test_money_that_a_gateway_will_not_give_back_is_asked_for_with_growing_pauses(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    cart = await till.cart(await till.shop.product())
    await till.buy(cart)
    await till.settle()
    asked = []

    async def refuses(charge: Charge, *_: object) -> Standing:
        asked.append(till.clock.now())
        raise GatewayRefused(reason="account-closed")

    for operation in ("void", "refund"):
        monkeypatch.setattr(till.gateway, operation, refuses)
    await till.database.run(lambda tx: cancel(tx, cart.id, reason="late", by=SYSTEM))
    for _ in range(40):
        await till.pass_time(minutes=1)
    assert 4 <= len(asked) <= 8
    pauses = [later - earlier for earlier, later in itertools.pairwise(asked[2:])]
    assert pauses == sorted(pauses) and pauses[-1] >= timedelta(minutes=7)
