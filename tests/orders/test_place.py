"""Completing a cart: what is bought, held, paid, numbered and told."""

import pytest
from tests.orders.conftest import Till, refused

from torg import carts
from torg.carts import CartState, LineChange, UnknownCart
from torg.kernel.access import VISITOR
from torg.kernel.database import TALLY, Tally
from torg.kernel.errors import Invalid
from torg.kernel.money import Money
from torg.orders import (
    CartIncomplete,
    Completion,
    OrderState,
    PaymentMissing,
    TotalChanged,
    complete,
)
from torg.payments import PaymentDeclined, PaymentState


async def test_a_cart_becomes_a_placed_order_with_everything_as_it_was_then(till: Till) -> None:
    variant = await till.shop.product(price=199_00, stock={"lager-oslo": 5})
    cart = await till.cart(variant)
    placement = await till.buy(cart)
    order = placement.order
    assert order.state is OrderState.placed
    assert order.order_id == cart.id
    assert till.number(order).startswith("NO-")
    seen = await till.order(cart)
    assert seen.order == order
    assert seen.lines == placement.lines
    assert [payment.state for payment in seen.payments] == [PaymentState.authorised]
    (line,) = seen.lines
    assert (line.variant_id, line.quantity, line.unit) == (variant, 1, 199_00)
    assert line.gross + order.delivery == order.gross == cart.totals.gross
    assert (order.email, order.name, order.channel) == ("kari@example.com", "Kari Nordmann", "web-no")
    assert [(d.method, d.gross) for d in order.deliveries] == [("standard", order.delivery)]
    assert sum(tax.tax for tax in order.taxes) == order.tax
    assert (await till.cart_now(cart)).state is CartState.ordered
    assert await till.stock(variant) == {"lager-oslo": (5, 0, 1)}
    assert await till.told(cart) == ["order.placed"]


async def test_completing_again_gives_the_same_order_and_charges_once(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    first = await till.buy(cart)
    again = await till.buy(cart, "decline")
    assert again.order == first.order
    assert till.gateway.asked == ["authorise"]
    assert till.gateway.live_money() == first.order.gross


async def test_a_purchase_takes_few_statements(till: Till) -> None:
    variants = [await till.shop.product() for _ in range(3)]
    carts_ = [await till.cart(*variants) for _ in range(2)]
    await till.buy(carts_[0])
    tally = Tally()
    token = TALLY.set(tally)
    await till.buy(carts_[1])
    TALLY.reset(token)
    assert tally.statements <= 20, tally.statements


async def test_no_statement_of_a_purchase_is_planned_anew_each_time(till: Till) -> None:
    variant = await till.shop.product()
    for _ in range(12):
        await till.buy(await till.cart(variant))
    planned = "SELECT statement FROM pg_prepared_statements WHERE custom_plans > 5"
    kept = "SELECT count(*) FROM pg_prepared_statements WHERE generic_plans > 0"
    assert await till.database.run(lambda tx: tx.one(int, kept)) > 10
    assert await till.database.run(lambda tx: tx.all(str, planned)) == []


async def test_a_total_that_has_changed_is_shown_and_nothing_is_bought(till: Till) -> None:
    variant = await till.shop.product(price=100_00)
    cart = await till.cart(variant)
    error = await refused(till.buy(cart, expected=Money(cart.totals.gross - 1, "NOK")))
    assert isinstance(error, TotalChanged)
    assert error.facts == {
        "expected": Money(cart.totals.gross - 1, "NOK"),
        "present": Money(cart.totals.gross, "NOK"),
    }
    await untouched(till, cart)
    error = await refused(till.buy(cart, expected=Money(cart.totals.gross, "SEK")))
    assert isinstance(error, TotalChanged)
    await untouched(till, cart)


async def untouched(till: Till, cart: carts.Cart) -> None:
    """Nothing was begun with the cart."""
    assert (await till.cart_now(cart)).state is CartState.open
    for line in cart.lines:
        assert all(held == (50, 0, 0) for held in (await till.stock(line.variant_id)).values())
    assert till.gateway.asked == []
    for table in ("orders", "payments"):
        assert await count(till, f"SELECT count(*) FROM {table} WHERE order_id = %(id)s", cart) == 0


async def count(till: Till, query: str, cart: carts.Cart) -> int:
    """How many rows there are of a cart."""
    return await till.database.read(lambda tx: tx.one(int, query, id=cart.id))


async def test_everything_that_is_missing_is_named_at_once(till: Till) -> None:
    cart = await till.shop.cart(await till.shop.product())
    error = await refused(till.buy(cart))
    assert isinstance(error, CartIncomplete)
    fields = {problem.field for problem in error.problems}
    assert fields == {"contact", "address.delivery", "delivery.method"}
    await untouched(till, cart)


async def test_somebody_must_say_how_it_is_paid(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    asked = Completion(Money(cart.totals.gross, "NOK"))
    by = till.shop.visitor(cart)
    assert isinstance(
        await refused(complete(till.database, till.gateways, cart.id, asked, by=by)), PaymentMissing
    )
    assert isinstance(await refused(till.buy(cart, "gold")), Invalid)
    await untouched(till, cart)


async def test_a_cart_of_somebody_else_cannot_be_completed(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    assert isinstance(await refused(till.buy(cart, by=VISITOR)), UnknownCart)
    await untouched(till, cart)


async def test_a_declined_payment_leaves_an_open_cart_and_the_next_try_the_same_order(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    error = await refused(till.buy(cart, "decline"))
    assert isinstance(error, PaymentDeclined)
    assert error.facts == {"reason": "no-money"}
    assert (await till.cart_now(cart)).state is CartState.open
    assert await till.stock(variant) == {"lager-oslo": (1, 0, 0)}
    seen = await till.order(cart)
    assert (seen.order.state, seen.order.number, seen.lines) == (OrderState.lapsed, None, [])
    order = (await till.buy(cart)).order
    assert (order.state, order.order_id) == (OrderState.placed, cart.id)
    seen = await till.order(cart)
    assert len(seen.lines) == 1
    assert [payment.state for payment in seen.payments] == [PaymentState.declined, PaymentState.authorised]
    assert await till.told(cart) == ["order.lapsed", "order.placed"]
    assert await till.stock(variant) == {"lager-oslo": (1, 0, 1)}


async def test_after_a_decline_the_cart_can_be_changed_and_bought_as_it_is_then(till: Till) -> None:
    cart = await till.cart(await till.shop.product(), await till.shop.product())
    await refused(till.buy(cart, "decline"))
    by = till.shop.visitor(cart)
    first, second = cart.lines
    await till.database.run(lambda tx: carts.remove_line(tx, cart.id, first.id, by=by))
    change = LineChange(quantity=3)
    cart = await till.database.run(lambda tx: carts.change_line(tx, cart.id, second.id, change, by=by))
    await till.buy(cart)
    seen = await till.order(cart)
    assert [(line.id, line.quantity) for line in seen.lines] == [(second.id, 3)]
    assert seen.order.gross == cart.totals.gross


@pytest.mark.parametrize("method", ["delay", "second_step"])
async def test_while_a_payment_is_decided_the_order_waits_and_the_cart_stays_as_it_is(
    till: Till, method: str
) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 1})
    cart = await till.cart(variant)
    placement = await till.buy(cart, method)
    assert placement.order.state is OrderState.pending
    assert placement.payment is not None and placement.payment.state.open
    assert (await till.cart_now(cart)).state is CartState.completing
    by = till.shop.visitor(cart)
    change = carts.remove_line
    error = await refused(till.database.run(lambda tx: change(tx, cart.id, cart.lines[0].id, by=by)))
    assert isinstance(error, carts.CartBeingCompleted)
    assert await till.stock(variant) == {"lager-oslo": (1, 1, 0)}
    again = await till.buy(cart)
    assert again.order.state is OrderState.pending
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    placed = await till.buy(cart)
    assert placed.order.state is OrderState.placed
    assert till.gateway.asked.count("authorise") == 1
    assert await till.stock(variant) == {"lager-oslo": (1, 0, 1)}


async def test_what_costs_nothing_needs_no_payment(till: Till) -> None:
    cart = await till.cart(await till.shop.product(price=0, stock=5))
    assert cart.totals.gross > 0  # its delivery
    variant = await till.shop.product(price=0, stock=5)
    till_cart = await till.shop.cart(variant, channel="web-no")
    by = till.shop.visitor(till_cart)
    run = till.database.run
    contact = carts.Contact(email="kari@example.com", name="Kari")
    await run(lambda tx: carts.set_contact(tx, till_cart.id, contact, by=by))
    free = await run(lambda tx: carts.choose_delivery(tx, till_cart.id, "pick-up", store="oslo", by=by))
    assert free.totals.gross == 0
    asked = Completion(Money(0, "NOK"))
    placement = await complete(till.database, till.gateways, free.id, asked, by=by)
    assert placement.order.state is OrderState.placed
    assert placement.payments == []


async def test_a_code_is_counted_when_it_is_used_and_given_back_when_nothing_came_of_it(till: Till) -> None:
    cart = await till.cart(await till.shop.product(price=100_00))
    by = till.shop.visitor(cart)
    cart = await till.database.run(lambda tx: carts.apply_code(tx, cart.id, "ten", by=by))
    assert cart.totals.discount == 10_00
    query = "SELECT count(*) FROM promotion_redemptions WHERE order_id = %(id)s"

    await refused(till.buy(cart, "decline"))
    assert await count(till, query, cart) == 0
    order = (await till.buy(cart)).order
    assert await count(till, query, cart) == 1
    assert (order.codes, order.discount, order.gross) == (("TEN",), 10_00, cart.totals.gross)
