"""Several at once on real connections: one cart, the last unit, callbacks, cancelling while money is taken."""

import asyncio
from collections import Counter
from typing import Any

import httpx
from tests.orders.conftest import Till

from torg import payments
from torg.carts import Cart, CartState
from torg.inventory import OutOfStock
from torg.inventory import verify as verify_stock
from torg.kernel.access import SYSTEM
from torg.kernel.ids import public
from torg.orders import CartIncomplete, OrderState, cancel
from torg.orders.collect_money import collect_money
from torg.payments import PaymentDeclined, PaymentState


async def all_at_once(*calls: Any) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_a_cart_completed_many_times_at_once_is_one_order_and_one_charge(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 9})
    cart = await till.cart(variant)
    done = await all_at_once(*(till.buy(cart) for _ in range(6)))
    assert {placement.order.order_id for placement in done} == {cart.id}
    assert {placement.order.state for placement in done} <= {OrderState.placed, OrderState.pending}
    seen = await till.order(cart)
    assert seen.order.state is OrderState.placed
    assert len(seen.payments) == 1
    assert till.gateway.asked.count("authorise") == 1
    assert await till.stock(variant) == {"lager-oslo": (9, 0, 1)}
    assert (await till.told(cart)) == ["order.placed"]


async def test_two_carts_that_want_the_last_unit_become_one_order(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    carts = [await till.cart(variant) for _ in range(4)]
    done = await all_at_once(*(till.buy(cart) for cart in carts))
    outcome = Counter(type(result).__name__ for result in done)
    assert outcome["Placement"] == 1
    assert all(isinstance(r, OutOfStock | CartIncomplete) for r in done if isinstance(r, Exception))
    assert await till.stock(variant) == {"lager-oslo": (1, 0, 1)}
    states = [(await till.cart_now(cart)).state for cart in carts]
    assert Counter(states) == {CartState.ordered: 1, CartState.open: 3}
    assert len(till.gateway.books) == 1


async def test_callback_browser_and_sweeper_at_once_place_the_order_once(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    placement = await till.buy(cart, "delay")
    assert placement.payment is not None
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    till.gateway.call(placement.payment.id)
    callback = till.gateway.callbacks[0]
    await all_at_once(
        *(payments.hear(till.database, till.gateways, "sim", *callback) for _ in range(3)),
        *(till.buy(cart) for _ in range(3)),
        till.pass_time(minutes=1),
    )
    await till.settle()
    assert (await till.order(cart)).order.state is OrderState.placed
    assert (await till.told(cart)).count("order.placed") == 1


async def test_cancelling_while_money_is_taken_ends_with_all_of_it_returned(till: Till) -> None:
    for _ in range(5):
        variant = await till.shop.product(stock={"lager-oslo": 3})
        cart = await till.cart(variant)
        await till.buy(cart)
        await all_at_once(
            collect_money(till.database, till.gateways, [cart.id]),
            till.database.run(lambda tx, id=cart.id: cancel(tx, id, reason="test", by=SYSTEM)),  # type: ignore[misc]  # the id of this round
        )
        await till.settle()
        await till.pass_time(minutes=2)
        seen = await till.order(cart)
        assert seen.order.state is OrderState.cancelled
        book = till.gateway.books[seen.payments[0].id]
        assert book.voided or book.captured == book.refunded
        assert await till.stock(variant) == {"lager-oslo": (3, 0, 0)}


async def test_the_same_idempotency_key_twice_at_once_is_one_order(
    till: Till, web: httpx.AsyncClient
) -> None:
    variant = await till.shop.product()
    made = await web.post(
        "/api/v1/carts",
        json={"lines": [{"variant": public("var", variant), "intent": "pick_up", "store": "oslo"}]},
        headers={"Torg-Channel": "web-no"},
    )
    assert made.status_code == 201, made.text
    token = {"Torg-Token": made.json()["token"]}
    cart = made.json()
    path = f"/api/v1/carts/{cart['id']}"
    contact = {"email": "kari@example.com", "name": "Kari"}
    assert (await web.put(f"{path}/contact", json=contact, headers=token)).status_code == 200
    cart = (await web.get(path, headers=token)).json()
    body = {
        "expected_total": cart["totals"]["gross"],
        "payment": {"tender": "gateway", "gateway": "test", "method": "ok"},
    }
    key = {"Idempotency-Key": "the-same-key", **token}
    answers = await asyncio.gather(*(web.post(f"{path}/complete", json=body, headers=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}, [a.text for a in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    last = await web.post(f"{path}/complete", json=body, headers=key)
    assert last.json()["state"] == "placed"
    assert len(last.json()["payments"]) == 1
    other = {**body, "expected_total": {"amount": 1, "currency": "NOK"}}
    answer = await web.post(f"{path}/complete", json=other, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-key-reused")


async def test_a_storm_of_purchases_over_a_bad_line_ends_with_orders_money_and_stock_that_agree(
    till: Till,
) -> None:
    till.gateway.lose_request = till.gateway.lose_answer = 0.2
    variant = await till.shop.product(stock={"lager-oslo": 12})
    carts = [await till.cart(variant) for _ in range(16)]

    async def shopper(cart: Cart) -> None:
        for _ in range(3):
            try:
                await till.buy(cart, "chaos")
            except (PaymentDeclined, OutOfStock, CartIncomplete):
                continue

    await asyncio.gather(*(shopper(cart) for cart in carts))
    for round in range(8):
        for payment_id in list(till.gateway.books):
            if till.gateway.random.random() < 0.5:
                choice = till.gateway.random.choice([PaymentState.authorised, PaymentState.declined])
                till.gateway.decide(payment_id, choice)
                till.gateway.call(payment_id)
        till.gateway.random.shuffle(till.gateway.callbacks)
        for headers, body in till.gateway.callbacks[:20]:
            await payments.hear(till.database, till.gateways, "sim", headers, body)
        if round == 4:
            till.gateway.lose_request = till.gateway.lose_answer = 0.0
        await till.pass_time(minutes=6)
    placed = 0
    for cart in carts:
        held = (await till.cart_now(cart)).state
        if held is CartState.open and not await _ordered(till, cart):
            continue
        seen = await till.order(cart)
        assert seen.order.state in {OrderState.placed, OrderState.lapsed}
        secured = sum(payment.secured for payment in seen.payments)
        assert secured == (seen.order.gross if seen.order.state is OrderState.placed else 0)
        placed += seen.order.state is OrderState.placed
    assert await till.stock(variant) == {"lager-oslo": (12, 0, placed)}
    total = placed * (await till.cart_now(carts[0])).totals.gross
    assert till.gateway.live_money() == total
    assert await till.database.run(lambda tx: verify_stock(tx, by=SYSTEM)) == []


async def _ordered(till: Till, cart: Cart) -> bool:
    query = "SELECT count(*) > 0 FROM orders WHERE order_id = %(id)s"
    return await till.database.read(lambda tx: tx.one(bool, query, id=cart.id))
