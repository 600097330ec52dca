"""What follows from an order: fulfilments, mails, money, the customer's own list; and taking it all back."""

import re
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.orders.conftest import Till, refused

from torg import carts, orders
from torg.carts import LineWish, create
from torg.catalog import Kind
from torg.fulfilment import (
    AlreadyLeft,
    FulfilmentKind,
    FulfilmentState,
    ProofBlocked,
    ProofWrong,
    UnknownFulfilment,
    WrongStep,
    collect,
    make_ready,
    ship,
)
from torg.kernel.access import SYSTEM, Actor, ActorKind, Grant, Policy, RightMissing, SignInNeeded
from torg.kernel.access.tokens import digest
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.orders import CannotBeCancelled, Completion, OrderState, UnknownOrder, cancel
from torg.payments import PaymentState, Tender, TenderChoice

POLICY = Policy.of(secret="x" * 40, origin="http://torg.test")
CASHIER = Actor(
    ActorKind.staff,
    "ola",
    (
        Grant(
            frozenset(
                {
                    "carts:read",
                    "carts:write",
                    "orders:place",
                    "orders:read",
                    "orders:cancel",
                    "payments:cash",
                    "fulfilment:read",
                    "fulfilment:write",
                }
            ),
            stores=frozenset({"oslo"}),
        ),
    ),
)
PARCEL: dict[str, Any] = {"carrier": "Bring", "tracking": "3700", "tracking_url": "https://bring.test/3700"}


async def pick_up_cart(till: Till, variant: UUID, store: str = "oslo") -> carts.Cart:
    wish = LineWish(variant, 2, carts.Intent.pick_up, store)
    cart = await till.shop.cart()
    by = till.shop.visitor(cart)
    await till.database.run(lambda tx: carts.add_line(tx, cart.id, wish, by=by))
    contact = carts.Contact(email="kari@example.com", name="Kari Nordmann")
    return await till.database.run(lambda tx: carts.set_contact(tx, cart.id, contact, by=by))


async def test_every_location_is_told_what_to_send_once(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 2, "bergen": 2})
    cart = await till.cart(variant)
    by = till.shop.visitor(cart)
    change = carts.LineChange(quantity=3)
    cart = await till.database.run(lambda tx: carts.change_line(tx, cart.id, cart.lines[0].id, change, by=by))
    await till.buy(cart)
    await till.settle()
    await till.settle()
    seen = await till.order(cart)
    told = {(f.location, f.store, f.kind, f.state, f.lines[0].quantity) for f in seen.fulfilments}
    assert told == {
        ("lager-oslo", None, FulfilmentKind.ship, FulfilmentState.open, 2),
        ("bergen", "bergen", FulfilmentKind.ship, FulfilmentState.open, 1),
    }


async def test_money_is_taken_after_placement_and_the_customer_is_told_in_her_language(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    order = (await till.buy(cart)).order
    await till.settle()
    seen = await till.order(cart)
    assert [(p.state, p.captured) for p in seen.payments] == [(PaymentState.captured, order.gross)]
    assert await till.mails("orders/placed", till.number(order)) == [
        f"Thank you for your order {order.number}"
    ]
    await till.settle()
    assert len(await till.mails("orders/placed", till.number(order))) == 1


async def test_what_is_shipped_leaves_the_stock_once_and_the_order_knows(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 5})
    cart = await till.cart(variant)
    order = (await till.buy(cart)).order
    await till.settle()
    (parcel,) = (await till.order(cart)).fulfilments
    shipped = await till.database.run(lambda tx: ship(tx, cart.id, parcel.id, **PARCEL, by=SYSTEM))
    assert shipped.state is FulfilmentState.shipped
    assert [p.tracking for p in shipped.parcels] == ["3700"]
    assert await till.stock(variant) == {"lager-oslo": (4, 0, 0)}
    error = await refused(till.database.run(lambda tx: ship(tx, cart.id, parcel.id, **PARCEL, by=SYSTEM)))
    assert isinstance(error, WrongStep)
    assert await till.stock(variant) == {"lager-oslo": (4, 0, 0)}
    await till.settle()
    assert [line.gone for line in (await till.order(cart)).lines] == [1]
    assert len(await till.mails("fulfilment/shipped", till.number(order))) == 1
    error = await refused(till.database.run(lambda tx: cancel(tx, cart.id, reason="late", by=SYSTEM)))
    assert isinstance(error, AlreadyLeft)
    assert (await till.order(cart)).order.state is OrderState.placed


async def the_code(till: Till, number: str) -> str:
    query = "SELECT text FROM mails WHERE template = 'fulfilment/ready' AND subject LIKE %(n)s ORDER BY id"
    texts = await till.database.read(lambda tx: tx.all(str, query, n=f"%{number}%"))
    found = re.findall(r"^(\d{6})$", texts[-1], re.MULTILINE)
    assert len(found) == 1
    return str(found[0])


async def test_a_pick_up_waits_and_is_handed_over_to_who_shows_the_code(till: Till) -> None:
    variant = await till.shop.product(stock={"oslo": 5})
    cart = await pick_up_cart(till, variant)
    order = (await till.buy(cart)).order
    await till.settle()
    (waiting,) = (await till.order(cart)).fulfilments
    assert (waiting.location, waiting.kind) == ("oslo", FulfilmentKind.pick_up)
    ready = await till.database.run(lambda tx: make_ready(tx, cart.id, waiting.id, policy=POLICY, by=CASHIER))
    assert ready.state is FulfilmentState.ready
    code = await the_code(till, till.number(order))
    assert code not in repr(await till.order(cart))
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    error = await refused(collect(till.database, cart.id, waiting.id, code=wrong, by=CASHIER))
    assert isinstance(error, ProofWrong)
    assert await till.stock(variant) == {"oslo": (5, 0, 2)}
    done = await collect(till.database, cart.id, waiting.id, code=code, by=CASHIER)
    assert done.state is FulfilmentState.collected
    again = await collect(till.database, cart.id, waiting.id, code=code, by=CASHIER)
    assert again.version == done.version
    assert await till.stock(variant) == {"oslo": (3, 0, 0)}
    await till.settle()
    assert [line.gone for line in (await till.order(cart)).lines] == [2]


async def test_codes_cannot_be_guessed_and_a_new_one_can_be_sent(till: Till) -> None:
    variant = await till.shop.product(stock={"oslo": 5})
    cart = await pick_up_cart(till, variant)
    order = (await till.buy(cart)).order
    await till.settle()
    (waiting,) = (await till.order(cart)).fulfilments
    await till.database.run(lambda tx: make_ready(tx, cart.id, waiting.id, policy=POLICY, by=SYSTEM))
    code = await the_code(till, till.number(order))
    for _ in range(5):
        await refused(collect(till.database, cart.id, waiting.id, code="x", by=SYSTEM))
    error = await refused(collect(till.database, cart.id, waiting.id, code=code, by=SYSTEM))
    assert isinstance(error, ProofBlocked)
    await till.database.run(lambda tx: make_ready(tx, cart.id, waiting.id, policy=POLICY, by=SYSTEM))
    assert await the_code(till, till.number(order)) != code
    await collect(
        till.database, cart.id, waiting.id, code=await the_code(till, till.number(order)), by=SYSTEM
    )


async def test_staff_see_and_move_the_work_of_their_own_store(till: Till) -> None:
    cart = await pick_up_cart(till, await till.shop.product(stock={"bergen": 5}), "bergen")
    await till.buy(cart)
    await till.settle()
    (waiting,) = (await till.order(cart)).fulfilments
    error = await refused(
        till.database.run(lambda tx: make_ready(tx, cart.id, waiting.id, policy=POLICY, by=CASHIER))
    )
    assert isinstance(error, UnknownFulfilment)
    assert (await till.order(cart)).fulfilments[0].state is FulfilmentState.open


async def test_money_is_taken_part_by_part_where_the_channel_takes_it_at_shipment(till: Till) -> None:
    first = await till.shop.product(price=100_00, stock={"lager-oslo": 5})
    second = await till.shop.product(price=60_00, stock={"bergen": 5})
    await settings(till, capture="shipment")
    cart = await till.cart(first, second)
    order = (await till.buy(cart)).order
    await till.settle()
    await settings(till, capture="placement")

    async def taken() -> int:
        return sum(payment.captured for payment in (await till.order(cart)).payments)

    assert await taken() == 0
    parts = {f.location: f for f in (await till.order(cart)).fulfilments}
    await till.database.run(lambda tx: ship(tx, cart.id, parts["bergen"].id, **PARCEL, by=SYSTEM))
    await till.settle()
    assert await taken() == 60_00 + order.delivery
    await till.database.run(lambda tx: ship(tx, cart.id, parts["lager-oslo"].id, **PARCEL, by=SYSTEM))
    await till.settle()
    assert await taken() == order.gross
    assert till.gateway.live_money() == order.gross


async def test_digital_goods_are_charged_at_once_where_the_channel_takes_money_at_shipment(
    till: Till,
) -> None:
    song = await till.shop.product(price=100_00, stock=0, kind=Kind.digital)
    await settings(till, capture="shipment")
    cart = await till.shop.cart(song)
    by, contact = till.shop.visitor(cart), carts.Contact(email="kari@example.com", name="Kari Nordmann")
    cart = await till.database.run(lambda tx: carts.set_contact(tx, cart.id, contact, by=by))
    order = (await till.buy(cart)).order
    await till.settle()
    await settings(till, capture="placement")
    assert [payment.captured for payment in (await till.order(cart)).payments] == [order.gross]


async def settings(till: Till, **changes: Any) -> None:
    """The web shop's settings, changed."""
    from torg.markets import atlas

    till.database.forget("markets.atlas")
    channel = (await atlas(till.database)).channel("web-no")
    change = replace(channel.settings, **changes)
    await till.database.run(lambda tx: _set(tx, channel.code, change))
    till.database.forget("markets.atlas")


async def _set(tx: Transaction, code: str, change: Any) -> None:
    from msgspec import to_builtins
    from psycopg.types.json import Jsonb

    query = "UPDATE channels SET settings = %(settings)s WHERE code = %(code)s"
    await tx.execute(query, settings=Jsonb(to_builtins(change)), code=code)


async def test_a_sale_at_a_till_takes_cash_and_the_goods_are_gone_at_once(till: Till) -> None:
    variant = await till.shop.product(price=80_00, stock={"oslo": 5})
    wishes = [LineWish(variant, 2)]
    begun = await till.database.run(
        lambda tx: create(tx, channel="till-oslo", by=CASHIER, language="nb", lines=wishes)
    )
    cart = begun.cart
    placement = await till.buy(cart, tender=Tender.cash, by=CASHIER)
    assert placement.order.state is OrderState.placed
    assert [(p.tender, p.state) for p in placement.payments] == [(Tender.cash, PaymentState.captured)]
    assert await till.stock(variant) == {"oslo": (3, 0, 0)}
    assert till.gateway.asked == []
    await till.settle()
    seen = await till.order(cart)
    assert [line.gone for line in seen.lines] == [2]
    assert [(f.kind, f.state) for f in seen.fulfilments] == [
        (FulfilmentKind.carry_out, FulfilmentState.handed_over)
    ]
    error = await refused(till.database.run(lambda tx: cancel(tx, cart.id, reason="x", by=SYSTEM)))
    assert isinstance(error, AlreadyLeft)


async def test_only_who_may_sell_completes_a_cart_of_goods_that_are_carried_out(till: Till) -> None:
    variant = await till.shop.product(stock={"oslo": 5})
    wishes = [LineWish(variant)]
    begun = await till.database.run(lambda tx: create(tx, channel="till-oslo", by=CASHIER, lines=wishes))
    assert begun.token is not None
    holder = Actor(ActorKind.visitor, tokens=(digest(begun.token),))
    assert isinstance(await refused(till.buy(begun.cart, by=holder)), SignInNeeded)
    assert await till.stock(variant) == {"oslo": (5, 0, 0)}


async def test_who_may_not_place_orders_here_cannot_sell(till: Till) -> None:
    variant = await till.shop.product(stock={"oslo": 5})
    begun = await till.database.run(
        lambda tx: create(tx, channel="till-oslo", by=SYSTEM, lines=[LineWish(variant)])
    )
    reader = Actor(ActorKind.staff, "per", (Grant(frozenset({"carts:read"})),))
    assert isinstance(await refused(till.buy(begun.cart, by=reader)), RightMissing)
    assert await till.stock(variant) == {"oslo": (5, 0, 0)}


async def test_who_may_only_read_carts_neither_opens_nor_moves_the_order_of_one(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    placement = await till.buy(cart, "delay")
    assert placement.payment is not None
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    for kind in (ActorKind.staff, ActorKind.api_key):
        reader = Actor(kind, "per", (Grant(frozenset({"carts:read", "carts:write"})),))
        assert isinstance(await refused(till.buy(cart, by=reader)), RightMissing)
    assert (await till.order(cart)).order.state is OrderState.pending


async def test_a_cancelled_order_gives_back_goods_and_money_and_sends_nothing(till: Till) -> None:
    variant = await till.shop.product(stock={"lager-oslo": 2})
    for taken in (False, True):
        cart = await till.cart(variant)
        order = (await till.buy(cart)).order
        if taken:
            await till.settle()
        cancelled = await till.database.run(
            lambda tx, id=cart.id: cancel(tx, id, reason="out of season", by=SYSTEM)  # type: ignore[misc]  # the id of this round
        )
        assert (cancelled.state, cancelled.reason) == (OrderState.cancelled, "out of season")
        assert await till.stock(variant) == {"lager-oslo": (2, 0, 0)}
        await till.settle()
        seen = await till.order(cart)
        assert seen.order == cancelled
        assert {f.state for f in seen.fulfilments} <= {FulfilmentState.cancelled}
        assert sum(payment.secured for payment in seen.payments) == 0
        assert len(await till.mails("orders/cancelled", till.number(order))) == 1
        error = await refused(
            till.database.run(lambda tx, id=cart.id: cancel(tx, id, reason="x", by=SYSTEM))  # type: ignore[misc]  # the id of this round
        )
        assert isinstance(error, CannotBeCancelled)
    assert till.gateway.live_money() == 0


async def test_who_may_not_cancel_here_changes_nothing(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    await till.buy(cart)
    error = await refused(till.database.run(lambda tx: cancel(tx, cart.id, reason="x", by=CASHIER)))
    assert isinstance(error, UnknownOrder)
    reader = Actor(ActorKind.staff, "per", (Grant(frozenset({"orders:read"})),))
    error = await refused(till.database.run(lambda tx: cancel(tx, cart.id, reason="x", by=reader)))
    assert isinstance(error, RightMissing)
    assert (await till.order(cart)).order.state is OrderState.placed


async def test_a_customer_has_a_list_of_her_own_orders_from_every_channel(till: Till) -> None:
    customer = Actor(ActorKind.customer, "kari", customer_id=new_id())
    other = Actor(ActorKind.customer, "ola", customer_id=new_id())
    bought = []
    for channel in ("web-no", "agent-no"):
        cart = await till.shop.cart(await till.shop.product(), channel=channel, by=customer)
        cart = await till.filled(cart, customer)
        bought.append((await till.buy(cart, by=customer)).order)
        till.clock.move(minutes=1)
    await till.settle()

    async def listed(by: Actor, after: Any = None, limit: int = 5) -> list[Any]:
        page = await till.database.read(lambda tx: orders.own_orders(tx, after=after, limit=limit, by=by))
        return page.items

    rows = await listed(customer)
    assert [row.number for row in rows] == [bought[1].number, bought[0].number]
    assert rows[0].title.startswith("Thing")
    assert [row.number for row in await listed(customer, (rows[0].placed_at, rows[0].order_id))] == [
        bought[0].number
    ]
    assert await listed(other) == []
    seen = await till.database.read(lambda tx: orders.see(tx, bought[0].order_id, by=customer))
    assert seen.order.number == bought[0].number
    error = await refused(till.database.read(lambda tx: orders.see(tx, bought[0].order_id, by=other)))
    assert isinstance(error, UnknownOrder)


async def test_an_order_opens_with_its_cart_s_token_and_to_nobody_else(till: Till) -> None:
    cart, stranger = [await till.cart(await till.shop.product()) for _ in range(2)]
    await till.buy(cart)
    holder = till.shop.visitor(cart)
    assert (await till.database.read(lambda tx: orders.see(tx, cart.id, by=holder))).order.number
    for by in (till.shop.visitor(stranger), Actor(ActorKind.visitor), CASHIER):
        error = await refused(till.database.read(lambda tx, by=by: orders.see(tx, cart.id, by=by)))  # type: ignore[misc]  # who asks in this round
        assert isinstance(error, UnknownOrder)


@pytest.mark.parametrize("gateways", [(), ("stripe",)])
async def test_a_channel_offers_only_its_gateways(till: Till, gateways: tuple[str, ...]) -> None:
    cart = await till.cart(await till.shop.product())
    await settings(till, gateways=gateways)
    try:
        error = await refused(till.buy(cart))
        assert getattr(error, "code", "") == "gateway-not-offered"
    finally:
        await settings(till, gateways=None)
    assert till.gateway.asked == []
    asked = Completion(Money(cart.totals.gross, "NOK"), (TenderChoice(Tender.cash),))
    error = await refused(
        orders.complete(till.database, till.gateways, cart.id, asked, by=till.shop.visitor(cart))
    )
    assert getattr(error, "code", "") == "cash-needs-store"
