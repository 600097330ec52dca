"""Paying with gift cards and store credit: mixed with other tenders, interrupted and at once."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from tests.orders.conftest import Till, refused
from tests.orders.crediting import (
    CASHIER,
    REST,
    agree,
    buy,
    card,
    causes,
    expire_at,
    gift,
    has,
)
from tests.orders.test_interrupted import STEPS, Killed

from torg.carts import CartState
from torg.kernel.access import SYSTEM
from torg.kernel.money import Money
from torg.orders import OrderState
from torg.payments import (
    CreditNotUsable,
    CreditTooLow,
    PaymentDeclined,
    PaymentState,
    Tender,
    TenderChoice,
    TotalNotCovered,
)
from torg.payments.credit import change
from torg.payments.credit.model import Cause, CreditOtherCurrency, CreditState


async def test_a_gift_card_pays_a_part_and_the_gateway_the_rest(till: Till) -> None:
    mine = await card(till, 6_000)
    cart = await till.cart(await till.shop.product())
    placement = await buy(till, cart, REST, gift(mine))
    assert placement.order.state is OrderState.placed
    total = cart.totals.gross
    assert [(p.tender, p.amount, p.state) for p in placement.payments] == [
        (Tender.gift_card, 6_000, PaymentState.captured),
        (Tender.gateway, total - 6_000, PaymentState.authorised),
    ]
    assert await has(till, mine) == (0, 0)
    assert await causes(till, mine) == [Cause.granted, Cause.held, Cause.redeemed]
    await till.settle()
    assert till.gateway.live_money() == total - 6_000
    paid = (await till.order(cart)).payments
    assert sum(payment.captured for payment in paid) == total
    await agree(till)


async def test_a_gift_card_that_covers_everything_asks_no_gateway_and_keeps_the_rest(till: Till) -> None:
    mine = await card(till, 100_000)
    cart = await till.cart(await till.shop.product())
    placement = await buy(till, cart, gift(mine), REST)
    assert placement.order.state is OrderState.placed
    assert [payment.tender for payment in placement.payments] == [Tender.gift_card]
    assert till.gateway.asked == []
    assert await has(till, mine) == (100_000 - cart.totals.gross, 0)
    await agree(till)


async def test_several_cards_and_cash_pay_together_at_a_till(till: Till) -> None:
    one, two = await card(till, 3_000), await card(till, 2_000)
    variant = await till.shop.product()
    cart = await till.shop.cart(variant, channel="till-oslo", by=CASHIER)
    placement = await buy(till, cart, gift(one), gift(two), TenderChoice(Tender.cash), by=CASHIER)
    assert placement.order.state is OrderState.placed
    rest = cart.totals.gross - 5_000
    assert [(p.tender, p.captured) for p in placement.payments] == [
        (Tender.gift_card, 3_000),
        (Tender.gift_card, 2_000),
        (Tender.cash, rest),
    ]
    assert await has(till, one) == await has(till, two) == (0, 0)
    await agree(till)


async def test_what_the_tenders_do_not_pay_is_refused_and_nothing_is_held(till: Till) -> None:
    mine = await card(till, 2_000)
    cart = await till.cart(await till.shop.product())
    error = await refused(buy(till, cart, gift(mine)))
    assert isinstance(error, TotalNotCovered)
    assert error.facts["left"] == Money(cart.totals.gross - 2_000, "NOK")
    assert isinstance(await refused(buy(till, cart, gift(mine, 2_001), REST)), CreditTooLow)
    assert (await refused(buy(till, cart, gift(mine), gift(mine), REST))).problems[0].code == "given-twice"  # type: ignore[attr-defined]  # it is an Invalid
    assert await has(till, mine) == (2_000, 0)
    assert (await till.cart_now(cart)).state is CartState.open
    assert till.gateway.asked == []


async def test_a_card_pays_only_in_its_currency_and_only_while_it_may(till: Till) -> None:
    yen = await card(till, 50_000, currency="JPY", market="JP")
    cart = await till.cart(await till.shop.product())
    assert isinstance(await refused(buy(till, cart, gift(yen), REST)), CreditOtherCurrency)
    blocked = await card(till, 50_000)
    await till.database.run(
        lambda tx: change.set_state(tx, blocked, CreditState.blocked, reason="stolen", by=SYSTEM)
    )
    assert isinstance(await refused(buy(till, cart, gift(blocked), REST)), CreditNotUsable)
    gone = await card(till, 50_000)
    await expire_at(till, gone)
    assert isinstance(await refused(buy(till, cart, gift(gone), REST)), CreditNotUsable)
    await agree(till)


async def test_a_declined_rest_gives_the_card_back_at_once_and_another_try_pays(till: Till) -> None:
    mine = await card(till, 6_000)
    cart = await till.cart(await till.shop.product())
    declined = replace(REST, method="decline")
    assert isinstance(await refused(buy(till, cart, gift(mine), declined)), PaymentDeclined)
    assert await has(till, mine) == (6_000, 0)
    assert (await till.cart_now(cart)).state is CartState.open
    assert (await buy(till, cart, gift(mine), REST)).order.state is OrderState.placed
    assert await has(till, mine) == (0, 0)
    assert await causes(till, mine) == [
        Cause.granted,
        Cause.held,
        Cause.released,
        Cause.held,
        Cause.redeemed,
    ]
    await till.settle()
    assert till.gateway.live_money() == cart.totals.gross - 6_000
    await agree(till)


async def test_a_card_that_is_blocked_while_the_rest_is_decided_still_pays_what_it_held(till: Till) -> None:
    mine = await card(till, 6_000)
    cart = await till.cart(await till.shop.product())
    placement = await buy(till, cart, gift(mine), replace(REST, method="delay"))
    assert placement.order.state is OrderState.pending
    assert await has(till, mine) == (0, 6_000)
    await till.database.run(
        lambda tx: change.set_state(tx, mine, CreditState.blocked, reason="lost", by=SYSTEM)
    )
    assert placement.payment is not None
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    await till.pass_time(minutes=1)
    assert (await till.order(cart)).order.state is OrderState.placed
    assert await has(till, mine) == (0, 0)
    await agree(till)


async def test_a_rest_that_nobody_pays_gives_the_card_back(till: Till) -> None:
    mine = await card(till, 6_000)
    cart = await till.cart(await till.shop.product())
    await buy(till, cart, gift(mine), replace(REST, method="delay"))
    assert await has(till, mine) == (0, 6_000)
    await till.pass_time(minutes=20)
    assert (await till.order(cart)).order.state is OrderState.lapsed
    assert await has(till, mine) == (6_000, 0)
    await agree(till)


@pytest.mark.parametrize("method", ["ok", "decline"])
@pytest.mark.parametrize("comes_back", [True, False])
@pytest.mark.parametrize("step", STEPS)
async def test_a_purchase_that_dies_takes_from_the_card_once_or_not_at_all(
    till: Till, step: Callable[..., None], comes_back: bool, method: str
) -> None:
    mine = await card(till, 6_000)
    cart = await till.cart(await till.shop.product())
    rest = replace(REST, method=method)
    with pytest.MonkeyPatch.context() as patched:
        step(patched, till)
        with contextlib.suppress(Killed, PaymentDeclined):
            await buy(till, cart, gift(mine), rest)
    till.clock.move(seconds=31)
    if comes_back and method == "ok":
        await buy(till, cart, gift(mine), rest)
    await till.pass_time(seconds=31)
    await till.pass_time(minutes=2)
    placed = method == "ok"
    seen = await till.order(cart)
    assert seen.order.state is (OrderState.placed if placed else OrderState.lapsed)
    assert await has(till, mine) == ((0, 0) if placed else (6_000, 0))
    assert (await causes(till, mine)).count(Cause.redeemed) == placed
    assert till.gateway.live_money() == (cart.totals.gross - 6_000 if placed else 0)
    await agree(till)


@pytest.mark.parametrize("dies", [False, True])
async def test_a_purchase_with_a_card_alone_is_placed_whole_or_not_at_all(till: Till, dies: bool) -> None:
    mine = await card(till, 100_000)
    cart = await till.cart(await till.shop.product())
    if dies:

        async def ordered(*_: Any) -> bool:
            raise Killed

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("torg.carts.ordered", ordered)
            with pytest.raises(Killed):
                await buy(till, cart, gift(mine))
        assert await has(till, mine) == (100_000, 0)
    assert (await buy(till, cart, gift(mine))).order.state is OrderState.placed
    assert await has(till, mine) == (100_000 - cart.totals.gross, 0)
    assert await causes(till, mine) == [Cause.granted, Cause.held, Cause.redeemed]


async def test_sixty_four_purchases_at_once_take_exactly_what_one_card_has(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 64})
    carts = [await till.cart(variant) for _ in range(64)]
    price = carts[0].totals.gross
    mine = await card(till, 10 * price + 17)
    done = await asyncio.gather(*(buy(till, cart, gift(mine)) for cart in carts), return_exceptions=True)
    outcomes = Counter(type(one).__name__ for one in done)
    assert outcomes == {"Placement": 10, "TotalNotCovered": 54}
    assert await has(till, mine) == (17, 0)
    assert (await causes(till, mine)).count(Cause.redeemed) == 10
    await agree(till)


async def test_two_purchases_with_the_same_two_cards_in_other_order_both_end(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 32})
    one, two = await card(till, 100_000), await card(till, 100_000)
    carts = [await till.cart(variant) for _ in range(12)]
    done = await asyncio.gather(
        *(
            buy(
                till,
                cart,
                *(gift(one, 5_000), gift(two)) if number % 2 else (gift(two, 5_000), gift(one)),
            )
            for number, cart in enumerate(carts)
        )
    )
    assert all(placement.order.state is OrderState.placed for placement in done)
    spent = sum(cart.totals.gross for cart in carts)
    left = (await has(till, one))[0] + (await has(till, two))[0]
    assert left == 200_000 - spent
    await agree(till)


async def test_a_purchase_without_credit_asks_the_ledger_nothing(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(*_: Any, **__: Any) -> None:
        raise AssertionError("the ledger was asked")

    for name in ("find", "lock", "move", "open_account"):
        monkeypatch.setattr(f"torg.payments.credit.store.{name}", asked)
    cart = await till.cart(await till.shop.product())
    assert (await buy(till, cart, REST)).order.state is OrderState.placed
    declined = await till.cart(await till.shop.product())
    assert isinstance(await refused(buy(till, declined, replace(REST, method="decline"))), PaymentDeclined)
    await till.settle()
    assert till.gateway.live_money() == cart.totals.gross
