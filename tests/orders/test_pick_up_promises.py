"""When a store has an order ready: promised as the cart becomes an order, never more an hour than the store can."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import pytest
import pytest_asyncio
from tests.orders.conftest import Till

from torg import carts, orders, payments
from torg.carts import Cart, Contact, Trouble
from torg.inventory.promises.means import CACHED
from torg.inventory.routing.keep import put_place
from torg.inventory.routing.model import RoutingPlace
from torg.kernel.access import SYSTEM
from torg.orders import OrderState, Placement
from torg.payments import PaymentDeclined, PaymentState

PROMISED = (
    "SELECT order_id, hour, ready_at FROM pick_up_promises WHERE location = %(location)s ORDER BY ready_at"
)


class Desk:
    """The pick-up desk of a store with a capacity, and carts that are to be picked up there."""

    def __init__(self, till: Till, variant: UUID) -> None:
        self.till = till
        self.variant = variant

    async def can(self, an_hour: int | None, a_day: int | None = None, store: str = "oslo") -> None:
        place = RoutingPlace(store, pick_ups_an_hour=an_hour, pick_ups_a_day=a_day)
        await self.till.database.run(lambda tx: put_place(tx, place, by=SYSTEM))

    async def cart(self, *stores: str) -> Cart:
        """A cart with a line for each of the stores."""
        database, cart = self.till.database, await self.till.shop.cart(self.variant)
        by = self.till.shop.visitor(cart)
        for store in stores[1:]:
            cart = await self.till.shop.add(cart, self.variant, intent=carts.Intent.pick_up, store=store)
        contact = Contact(email="kari@example.com", phone="+47 22 33 44 55", name="Kari Nordmann")
        await database.run(lambda tx: carts.set_contact(tx, cart.id, contact, by=by))
        (line, *_) = cart.lines
        return await database.run(
            lambda tx: carts.choose_delivery(
                tx, cart.id, "pick-up", store=stores[0], line_ids=[line.id], by=by
            )
        )

    async def promised(self, store: str = "oslo") -> list[dict[str, object]]:
        return await self.till.database.read(lambda tx: tx.all(dict, PROMISED, location=store))


@pytest_asyncio.fixture
async def desk(till: Till) -> AsyncIterator[Desk]:
    made = Desk(till, await till.shop.product(stock=100))
    await till.database.run(lambda tx: tx.execute("DELETE FROM pick_up_promises"))
    yield made
    for store in ("bergen", "oslo"):
        await made.can(None, store=store)
    till.database.forget(CACHED)


def ready(placement: Placement) -> str:
    (delivery,) = placement.order.deliveries
    assert delivery.ready_at is not None
    assert delivery.earliest == delivery.latest == delivery.ready_at.date()
    return delivery.ready_at.isoformat()


async def test_an_order_says_when_it_is_ready_and_a_full_hour_goes_on_to_the_next(desk: Desk) -> None:
    await desk.can(2)
    # It is Friday, 13:00 in Oslo, and an hour's preparation.
    told = [ready(await desk.till.buy(await desk.cart("oslo"))) for _ in range(3)]
    assert told == ["2026-11-20T14:00:00+01:00", "2026-11-20T14:30:00+01:00", "2026-11-20T15:00:00+01:00"]
    assert len(await desk.promised()) == 3


async def test_the_mail_says_when_it_is_ready_on_the_store_s_clock(desk: Desk) -> None:
    placement = await desk.till.buy(await desk.cart("oslo"))
    await desk.till.settle()
    query = "SELECT text FROM mails WHERE template = 'orders/placed' AND subject LIKE %(n)s"
    number = f"%{desk.till.number(placement.order)}%"
    (text,) = await desk.till.database.read(lambda tx: tx.all(str, query, n=number))
    assert "Ready to be picked up from 20 Nov 2026, 14:00" in text.replace("\u202f", " "), text


async def test_a_cart_shows_the_moment_that_is_free_and_the_order_keeps_it(desk: Desk) -> None:
    await desk.can(1)
    await desk.till.buy(await desk.cart("oslo"))
    desk.till.database.forget(CACHED)  # what is shown may be a second old
    cart = await desk.cart("oslo")
    (delivery,) = cart.deliveries
    assert delivery.ready_at is not None and delivery.ready_at.isoformat() == "2026-11-20T15:00:00+01:00"
    placement = await desk.till.buy(cart)
    assert ready(placement) == delivery.ready_at.isoformat()
    again = await desk.till.buy(cart)
    assert again.order == placement.order and len(await desk.promised()) == 2


async def test_many_at_once_are_promised_no_more_an_hour_than_the_store_can(desk: Desk) -> None:
    await desk.can(2, a_day=7)
    carts_ = [await desk.cart(*stores) for stores in [("oslo",), ("oslo", "bergen"), ("bergen", "oslo")] * 4]
    placements = await asyncio.gather(*(desk.till.buy(cart) for cart in carts_))
    assert {placement.order.state for placement in placements} == {OrderState.placed}
    rows = await desk.promised()
    assert len(rows) == 12
    hours = Counter(row["hour"] for row in rows)
    assert max(hours.values()) <= 2
    days = Counter(row["ready_at"].date() for row in rows if isinstance(row["ready_at"], datetime))
    assert sorted(days.values()) == [5, 7]
    told = {
        delivery.ready_at
        for placement in placements
        for delivery in placement.order.deliveries
        if delivery.store == "oslo"
    }
    assert told == {row["ready_at"] for row in rows}
    assert len(await desk.promised("bergen")) == 8


async def test_what_is_not_bought_after_all_is_promised_to_others(desk: Desk) -> None:
    await desk.can(1)
    cart = await desk.cart("oslo")
    with pytest.raises(PaymentDeclined):
        await desk.till.buy(cart, "decline")
    assert await desk.promised() == []
    placement = await desk.till.buy(cart)
    assert ready(placement) == "2026-11-20T14:00:00+01:00"
    await desk.till.settle()
    await desk.till.database.run(lambda tx: orders.cancel(tx, cart.id, reason="mind", by=SYSTEM))
    assert await desk.promised() == []
    assert ready(await desk.till.buy(await desk.cart("oslo"))) == "2026-11-20T14:00:00+01:00"


async def test_a_store_that_prepares_nothing_cannot_be_chosen_to_pick_up(desk: Desk) -> None:
    await desk.can(0)
    cart = await desk.cart("oslo")
    assert [(one.code, one.line_id) for one in cart.warnings] == [(Trouble.no_delivery, cart.lines[0].id)]
    with pytest.raises(orders.CartIncomplete):
        await desk.till.buy(cart)
    assert await desk.promised() == []


async def test_without_a_capacity_every_order_is_ready_after_its_preparation(desk: Desk) -> None:
    told = [ready(await desk.till.buy(await desk.cart("oslo"))) for _ in range(3)]
    assert told == ["2026-11-20T14:00:00+01:00"] * 3
    assert len(await desk.promised()) == 3  # kept all the same: a capacity that is set later counts them


async def test_a_payment_that_takes_long_puts_off_what_the_store_has_ready(desk: Desk) -> None:
    await desk.can(1)
    till, cart = desk.till, await desk.cart("oslo")
    placement = await till.buy(cart, "delay")
    assert ready(placement) == "2026-11-20T14:00:00+01:00" and placement.payment is not None
    till.clock.move(minutes=14)
    till.gateway.decide(placement.payment.id, PaymentState.authorised)
    till.gateway.call(placement.payment.id)
    await payments.hear(till.database, till.gateways, "sim", *till.gateway.callbacks[0])
    await till.settle()
    order = (await till.order(cart)).order
    assert order.state is OrderState.placed
    assert [one.ready_at.isoformat() for one in order.deliveries if one.ready_at] == [
        "2026-11-20T14:14:00+01:00"
    ]
    (row,) = await desk.promised()
    assert row["ready_at"] == order.deliveries[0].ready_at
