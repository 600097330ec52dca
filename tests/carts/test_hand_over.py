"""A cart is taken to a till or another device by a code that works once, and waits in a store until one takes it up."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.carts.conftest import Shop
from tests.carts.test_ownership import staff

from torg.carts import (
    Begun,
    Cart,
    CartNotParked,
    CartOfAnother,
    HandOverNotValid,
    LineWish,
    Offer,
    UnknownCart,
    add_line,
    create,
    load,
    offer,
    own,
    park,
    parked_in,
    take_over,
    take_up,
)
from torg.carts.hands.hand_over import careful
from torg.kernel.access import VISITOR, Actor, ActorKind, Grant, Policy, RightMissing
from torg.kernel.access.model import TooManyTries
from torg.kernel.access.tokens import digest
from torg.kernel.access.touchpoint import Touchpoint
from torg.kernel.clock import FixedClock
from torg.kernel.ids import new_id

POLICY = Policy.of(secret="s" * 40, origin="http://shop.test")
CLERK = replace(staff("carts:read", "carts:write", channels=("till-oslo",)), touch=Touchpoint("till-oslo"))


def customer() -> Actor:
    return Actor(ActorKind.customer, "cus", customer_id=new_id())


async def offered(retailer: Shop, cart: Cart, by: Actor | None = None) -> Offer:
    actor = by or retailer.visitor(cart)
    return await retailer.database.run(lambda tx: offer(tx, cart.id, policy=POLICY, by=actor))


async def taken(retailer: Shop, code: str, by: Actor) -> Begun:
    return await retailer.database.run(lambda tx: take_over(tx, code, policy=POLICY, by=by))


def holding(begun: Begun, by: Actor = VISITOR) -> Actor:
    assert begun.token is not None
    return replace(by, tokens=(digest(begun.token),))


async def opens(retailer: Shop, cart: Cart, by: Actor) -> bool:
    try:
        await retailer.database.read(lambda tx: load(tx, cart.id, by=by))
    except UnknownCart:
        return False
    return True


async def test_digits_and_link_are_one_offer_that_works_once(retailer: Shop) -> None:
    cart = await retailer.cart(await retailer.product())
    made = await offered(retailer, cart)
    assert len(made.code) == 6 and made.code.isdigit()
    begun = await taken(retailer, f" {made.code[:3]} {made.code[3:]} ", VISITOR)
    assert (begun.cart.id, len(begun.cart.lines)) == (cart.id, 1)
    for code in (made.code, made.secret):
        with pytest.raises(HandOverNotValid):
            await taken(retailer, code, VISITOR)
    assert await opens(retailer, cart, holding(begun)) and await opens(retailer, cart, retailer.visitor(cart))
    again = await offered(retailer, cart)
    newer = await offered(retailer, cart)
    with pytest.raises(HandOverNotValid):
        await taken(retailer, again.secret, VISITOR)
    assert (await taken(retailer, newer.secret, VISITOR)).cart.id == cart.id


async def test_of_two_who_take_over_at_once_one_has_it(retailer: Shop) -> None:
    cart = await retailer.cart()
    made = await offered(retailer, cart)

    async def one(code: str) -> bool:
        try:
            await taken(retailer, code, VISITOR)
        except HandOverNotValid:
            return False
        return True

    assert sum(await asyncio.gather(*(one(code) for code in (made.code, made.secret) * 4))) == 1


async def test_nothing_of_a_code_is_kept_that_opens_a_cart_and_it_runs_out(
    retailer: Shop, clock: FixedClock
) -> None:
    cart = await retailer.cart()
    made = await offered(retailer, cart)
    kept = await retailer.database.read(lambda tx: tx.all(str, "SELECT code_hash FROM cart_codes"))
    assert not {made.code, made.secret} & set(kept) and not any(made.code in one for one in kept)
    clock.move(minutes=11)
    with pytest.raises(HandOverNotValid):
        await taken(retailer, made.code, VISITOR)


async def test_a_till_goes_on_with_a_web_cart_for_as_long_as_it_is_lent(
    retailer: Shop, clock: FixedClock
) -> None:
    mug, by = await retailer.product(), customer()
    cart = (
        await retailer.database.run(lambda tx: create(tx, channel="web-no", by=by, lines=[LineWish(mug)]))
    ).cart
    assert not await opens(retailer, cart, CLERK)
    begun = await taken(retailer, (await offered(retailer, cart, by)).code, CLERK)
    till = holding(begun, CLERK)
    cart = await retailer.run(lambda tx: add_line(tx, cart.id, LineWish(mug), by=till, channel="till-oslo"))
    assert [(line.intent.value, line.store) for line in cart.lines] == [("ship", None), ("carry_out", "oslo")]
    assert [(touch.by, touch.channel) for touch in cart.journey] == [
        ("customer", "web-no"),
        ("staff", "till-oslo"),
    ]
    assert await opens(retailer, cart, by)
    clock.move(hours=13)
    assert not await opens(retailer, cart, till)
    reader = staff("carts:read", channels=("till-oslo",))
    code = (await offered(retailer, cart, by)).code
    with pytest.raises(RightMissing):
        await taken(retailer, code, reader)


async def test_a_visitors_cart_that_a_customer_takes_over_is_hers(retailer: Shop) -> None:
    mug, by = await retailer.product(), customer()
    cart = await retailer.cart(mug)
    begun = await taken(retailer, (await offered(retailer, cart)).secret, by)
    assert (begun.token, begun.cart.customer_id) == (None, by.customer_id)
    assert (await retailer.database.read(lambda tx: own(tx, by=by))).id == cart.id
    other = customer()
    made = await offered(retailer, cart, by)
    with pytest.raises(CartOfAnother):
        await taken(retailer, made.code, other)
    assert (await taken(retailer, made.code, by)).token is None  # who may not has not used it up


async def test_who_guesses_has_to_wait(retailer: Shop) -> None:
    cart = await retailer.cart()
    made = await offered(retailer, cart)
    wrong = f"{(int(made.code) + 1) % 1_000_000:06}"

    async def guess(code: str, address: str) -> Begun:
        return await careful(retailer.database, taken(retailer, code, VISITOR), address=address, by=VISITOR)

    for _ in range(10):
        with pytest.raises(HandOverNotValid):
            await guess(wrong, "192.0.2.1")
    with pytest.raises(TooManyTries):
        await guess(made.code, "192.0.2.1")
    assert (await guess(made.code, "192.0.2.2")).cart.id == cart.id


def clerk(store: str, channel: str) -> Actor:
    grant = Grant(frozenset({"carts:read", "carts:write"}), frozenset({store}), frozenset({channel}))
    return Actor(ActorKind.staff, "stf", (grant,), touch=Touchpoint(channel))


async def test_carts_wait_in_a_store_and_are_taken_up_by_one(retailer: Shop, clock: FixedClock) -> None:
    oslo, berlin = clerk("oslo", "till-oslo"), clerk("berlin", "till-berlin")
    mug = await retailer.product()
    carts = [await retailer.cart(mug, channel="till-oslo", by=oslo) for _ in range(2)]
    for number, cart in enumerate(carts):
        label = f" red  coat {number} "
        await retailer.run(lambda tx, id=cart.id, label=label: park(tx, id, "oslo", label, by=oslo))  # type: ignore[misc]  # bound per turn
    listed = await retailer.database.read(lambda tx: parked_in(tx, "oslo", by=oslo))
    assert [(one.parked.label, one.units) for one in listed] == [("red coat 1", 1), ("red coat 0", 1)]
    with pytest.raises(RightMissing):
        await retailer.database.read(lambda tx: parked_in(tx, "oslo", by=berlin))

    async def up() -> bool:
        try:
            await retailer.database.run(lambda tx: take_up(tx, carts[0].id, by=oslo))
        except CartNotParked:
            return False
        return True

    assert sum(await asyncio.gather(*(up() for _ in range(4)))) == 1
    with pytest.raises(UnknownCart):
        await retailer.database.run(lambda tx: take_up(tx, carts[1].id, by=berlin))
    clock.move(hours=13)
    assert await retailer.database.read(lambda tx: parked_in(tx, "oslo", by=oslo)) == []
    with pytest.raises(CartNotParked):
        await retailer.database.run(lambda tx: take_up(tx, carts[1].id, by=oslo))
    assert timedelta(hours=12) < clock.now() - listed[0].parked.at


async def test_a_web_cart_that_a_till_parked_is_taken_up_by_a_colleague(retailer: Shop) -> None:
    oslo, other = clerk("oslo", "till-oslo"), replace(clerk("oslo", "till-oslo"), id="stf2")
    cart = await retailer.cart(await retailer.product())
    till = holding(await taken(retailer, (await offered(retailer, cart)).code, oslo), oslo)
    await retailer.run(lambda tx: park(tx, cart.id, "oslo", "blue", by=till))
    assert not await opens(retailer, cart, replace(other, grants=()))
    begun = await retailer.database.run(lambda tx: take_up(tx, cart.id, by=other))
    assert await opens(retailer, cart, holding(begun, other))
