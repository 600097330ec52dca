"""What was paid with gift cards goes back: to its tender, to store credit, never more than was paid."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

from tests.orders.conftest import Till, refused
from tests.orders.crediting import (
    REST,
    account,
    agree,
    buy,
    card,
    causes,
    expire_at,
    gift,
    has,
)

from torg import payments
from torg.carts import Cart
from torg.kernel.access import SYSTEM
from torg.kernel.ids import new_id
from torg.orders import cancel
from torg.orders.return_money import return_money
from torg.payments.credit import change
from torg.payments.credit.ledger import account_of_customer
from torg.payments.credit.model import Cause, CreditState, NoCustomerForCredit
from torg.payments.model import Destination, TooMuchToRefund
from torg.payments.refund_order import refund_order


async def test_a_cancelled_order_gives_each_tender_back_what_it_paid(till: Till) -> None:
    mine = await card(till, 6_000)
    cart = await till.cart(await till.shop.product())
    await buy(till, cart, gift(mine), REST)
    await till.settle()
    await till.database.run(lambda tx: cancel(tx, cart.id, reason="test", by=SYSTEM))
    await till.settle()
    await till.pass_time(minutes=2)
    await return_money(till.database, till.gateways, cart.id)
    assert await has(till, mine) == (6_000, 0)
    assert till.gateway.live_money() == 0
    assert (await causes(till, mine)).count(Cause.restored) == 1
    await agree(till)


async def bought(till: Till, mine: UUID, *, customer: UUID | None = None) -> Cart:
    """A cart that was paid with the card and the gateway, and whose money is taken."""
    cart = await till.cart(await till.shop.product())
    await buy(till, cart, gift(mine), REST)
    if customer is not None:
        await till.database.run(
            lambda tx: tx.execute(
                "UPDATE payments SET customer_id = %(customer)s WHERE order_id = %(order)s",
                customer=customer,
                order=cart.id,
            )
        )
    await till.settle()
    return cart


async def give_back(
    till: Till, cart: Cart, amount: int | None, to: Destination = Destination.original, **more: Any
) -> list[payments.Refund]:
    return await refund_order(
        till.database,
        till.gateways,
        cart.id,
        amount,
        to=to,
        customer_id=more.pop("customer_id", None),
        reason="test",
        by=SYSTEM,
        **more,
    )


async def test_refunds_go_back_to_their_tenders_until_exactly_all_is_back(till: Till) -> None:
    mine = await card(till, 6_000)
    cart = await bought(till, mine)
    total = cart.totals.gross
    parts = await give_back(till, cart, total - 6_000 - 1)
    assert [part.amount for part in parts] == [total - 6_001]
    assert till.gateway.live_money() == 1
    parts = await give_back(till, cart, 1_001)
    assert sorted(part.amount for part in parts) == [1, 1_000]
    assert till.gateway.live_money() == 0
    assert await has(till, mine) == (1_000, 0)
    assert isinstance(await refused(give_back(till, cart, 5_001)), TooMuchToRefund)
    await give_back(till, cart, None)
    assert await has(till, mine) == (6_000, 0)
    for payment in (await till.order(cart)).payments:
        assert payment.returned == payment.captured == payment.amount
    assert isinstance(await refused(give_back(till, cart, None)), TooMuchToRefund)
    await agree(till)


async def test_a_refund_under_one_key_is_made_once(till: Till) -> None:
    mine = await card(till, 6_000)
    cart = await bought(till, mine)
    key = new_id()
    first = await give_back(till, cart, cart.totals.gross - 1_000, id=key)
    again = await give_back(till, cart, cart.totals.gross - 1_000, id=key)
    assert {refund.id for refund in first} == {refund.id for refund in again}
    assert await has(till, mine) == (5_000, 0)
    await agree(till)


async def test_many_refunds_at_once_never_give_back_more_than_was_paid(till: Till) -> None:
    mine = await card(till, 6_000)
    cart = await bought(till, mine)
    part = cart.totals.gross // 4
    done = await asyncio.gather(*(give_back(till, cart, part) for _ in range(12)), return_exceptions=True)
    outcomes = Counter(type(one).__name__ for one in done)
    assert outcomes["list"] == 4, outcomes
    back = sum(payment.returned for payment in (await till.order(cart)).payments)
    assert back == 4 * part
    await agree(till)


async def test_what_a_blocked_card_paid_goes_to_the_customers_store_credit(till: Till) -> None:
    mine, customer = await card(till, 6_000), new_id()
    cart = await bought(till, mine, customer=customer)
    await till.database.run(
        lambda tx: change.set_state(tx, mine, CreditState.blocked, reason="stolen", by=SYSTEM)
    )
    await give_back(till, cart, None)
    assert await has(till, mine) == (0, 0)
    assert await has(till, account_of_customer(customer, "NOK")) == (6_000, 0)
    assert till.gateway.live_money() == 0
    await agree(till)


async def test_what_an_expired_card_of_a_guest_paid_comes_back_to_it_for_a_while(till: Till) -> None:
    mine = await card(till, 6_000)
    cart = await bought(till, mine)
    await expire_at(till, mine)
    await give_back(till, cart, None)
    back = await account(till, mine)
    assert back.balance == 6_000
    assert back.usable(till.clock.now())
    await change.expire(till.database)
    assert await has(till, mine) == (6_000, 0)
    await agree(till)


async def test_staff_give_store_credit_instead_and_no_tender_gives_more_than_it_got(till: Till) -> None:
    mine, customer = await card(till, 6_000), new_id()
    cart = await bought(till, mine, customer=customer)
    total = cart.totals.gross
    await give_back(till, cart, 5_000, Destination.store_credit)
    assert await has(till, account_of_customer(customer, "NOK")) == (5_000, 0)
    assert till.gateway.live_money() == total - 6_000
    await give_back(till, cart, None)
    assert till.gateway.live_money() == 5_000
    assert await has(till, mine) == (6_000, 0)
    paid = (await till.order(cart)).payments
    assert sum(payment.returned for payment in paid) == total
    await agree(till)


async def test_store_credit_of_nobody_is_refused(till: Till) -> None:
    cart = await bought(till, await card(till, 6_000))
    error = await refused(give_back(till, cart, None, Destination.store_credit))
    assert isinstance(error, NoCustomerForCredit)
    assert till.gateway.live_money() == cart.totals.gross - 6_000
