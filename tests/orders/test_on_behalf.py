"""Staff complete a customer's cart where they stand: rights of there, her total, and the order says who did it."""

from msgspec.structs import replace
from tests.orders.conftest import Till, refused

from torg import carts
from torg.carts import LineWish
from torg.kernel.access import Actor, ActorKind, Grant, Policy, RightMissing
from torg.kernel.access.tokens import digest
from torg.kernel.access.touchpoint import Touchpoint
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.orders import OrderState, TotalChanged
from torg.payments import Tender

RIGHTS = frozenset({"carts:read", "carts:write", "orders:place", "payments:cash"})


def clerk(*without: str) -> Actor:
    grant = Grant(RIGHTS - set(without), frozenset({"oslo"}), frozenset({"till-oslo"}))
    return Actor(ActorKind.staff, "stf_clerk", (grant,), touch=Touchpoint("till-oslo"))


async def taken(till: Till, cart: carts.Cart, owner: Actor, by: Actor) -> Actor:
    """The clerk, who has scanned the customer's phone."""
    policy = till.ports.get(Policy)
    made = await till.database.run(lambda tx: carts.offer(tx, cart.id, policy=policy, by=owner))
    begun = await till.database.run(lambda tx: carts.take_over(tx, made.secret, policy=policy, by=by))
    assert begun.token is not None
    return replace(by, tokens=(digest(begun.token),))


async def test_a_till_completes_a_customers_web_cart_with_what_she_carries_out(till: Till) -> None:
    mug = await till.shop.product()
    she = Actor(ActorKind.customer, "cus_kari", customer_id=new_id(), touch=Touchpoint("web-no"))
    begun = await till.database.run(
        lambda tx: carts.create(tx, channel="web-no", by=she, lines=[LineWish(mug)])
    )
    cart = await till.filled(begun.cart, she)
    assert isinstance(await refused(till.buy(cart, tender=Tender.cash, by=clerk())), carts.UnknownCart)
    at_till = await taken(till, cart, she, clerk())
    wish = LineWish(mug, 2)
    cart = await till.database.run(
        lambda tx: carts.add_line(tx, cart.id, wish, by=at_till, channel="till-oslo")
    )
    short = Money(cart.totals.gross - 1, cart.currency)
    assert isinstance(
        await refused(till.buy(cart, tender=Tender.cash, by=at_till, expected=short)), TotalChanged
    )
    placement = await till.buy(cart, tender=Tender.cash, by=at_till)
    order, (payment,) = placement.order, placement.payments
    assert (order.state, order.actor, order.customer_id) == (OrderState.placed, "stf_clerk", she.customer_id)
    assert (payment.channel, payment.store) == ("till-oslo", "oslo")
    seen = await till.order(cart)
    assert [(touch.channel, touch.by) for touch in seen.order.journey] == [
        ("web-no", "customer"),
        ("till-oslo", "staff"),
    ]
    assert sorted((line.intent.value, line.gone) for line in seen.lines) == [("carry_out", 2), ("ship", 0)]


async def test_who_may_not_place_orders_where_she_stands_completes_nothing(till: Till) -> None:
    mug = await till.shop.product()
    cart = await till.cart(mug)
    by = await taken(till, cart, till.shop.visitor(cart), clerk("orders:place"))
    assert isinstance(await refused(till.buy(cart, by=by)), RightMissing)
    elsewhere = replace(await taken(till, cart, till.shop.visitor(cart), clerk()), touch=Touchpoint("web-no"))
    assert isinstance(await refused(till.buy(cart, by=elsewhere)), RightMissing)
    assert (await till.cart_now(cart)).state is carts.CartState.open
