"""A cart that nobody has changed for as long as its channel waits is told of once."""

import asyncio
from typing import Any

from tests.carts.conftest import Shop

from torg.carts import Cart, CartAbandoned, Contact, freeze, set_contact, store
from torg.carts.abandon import look
from torg.carts.events import CartChanged
from torg.carts.reactions import look_later
from torg.kernel.clock import FixedClock
from torg.kernel.events import Recorded
from torg.kernel.ids import new_id

TOLD = "SELECT count(*) FROM outbox WHERE key = %(key)s AND type = 'cart.abandoned'"


async def noticed(retailer: Shop, cart: Cart) -> None:
    """The feed has told of the cart's last change."""
    kept = await retailer.look(cart)
    event = CartChanged(order_id=cart.id, version=kept.version, lines=len(kept.lines))
    told = Recorded(1, new_id(), event.type, str(cart.id), "", 1, kept.changed_at, "visitor", event)
    await retailer.database.run(lambda tx: look_later(tx, [told, told]))


async def swept(retailer: Shop) -> int:
    due = await retailer.database.read(lambda tx: store.idle(tx, 1000))

    async def one(id: Any) -> bool:
        return await retailer.database.run(lambda tx: look(tx, id))

    return sum(await asyncio.gather(*(one(id) for id in due * 3)))


async def times_told(retailer: Shop, cart: Cart) -> int:
    return await retailer.database.read(lambda tx: tx.one(int, TOLD, key=str(cart.id)))


async def test_a_cart_that_is_left_alone_is_told_of_once_for_each_time(
    retailer: Shop, clock: FixedClock
) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    by = retailer.visitor(cart)
    await noticed(retailer, cart)
    clock.move(minutes=59)
    assert await swept(retailer) == 0
    await retailer.run(lambda tx: set_contact(tx, cart.id, Contact("kari@example.no"), by=by))
    clock.move(minutes=2)
    assert await swept(retailer) == 0  # it was changed meanwhile: it is looked at when that time has come
    clock.move(minutes=60)
    assert (await swept(retailer), await swept(retailer), await times_told(retailer, cart)) == (1, 0, 1)
    await retailer.add(cart, mug)
    await noticed(retailer, cart)
    clock.move(minutes=61)
    assert (await swept(retailer), await times_told(retailer, cart)) == (1, 2)


async def test_a_cart_that_is_empty_or_being_bought_is_not_abandoned(
    retailer: Shop, clock: FixedClock
) -> None:
    empty, bought = await retailer.cart(), await retailer.cart(await retailer.product())
    for cart in (empty, bought):
        await noticed(retailer, cart)
    await retailer.database.run(lambda tx: freeze(tx, bought.id))
    clock.move(hours=3)
    assert (await swept(retailer), await times_told(retailer, bought)) == (0, 0)


async def test_what_is_told_names_no_address_of_anybody(retailer: Shop, clock: FixedClock) -> None:
    cart = await retailer.cart(await retailer.product())
    by = retailer.visitor(cart)
    await retailer.run(lambda tx: set_contact(tx, cart.id, Contact("kari@example.no"), by=by))
    await noticed(retailer, cart)
    clock.move(hours=2)
    async with retailer.database.transaction() as tx:
        assert await look(tx, cart.id)
        (told,) = tx.recorded
    assert isinstance(told, CartAbandoned)
    assert (told.customer_id, told.reachable, told.lines, told.idle_minutes) == (None, True, 1, 60)
    assert "kari" not in str(told)
