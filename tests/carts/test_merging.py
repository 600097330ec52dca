"""A customer has one cart in all channels, and what she gathered without an account goes into it, once."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.carts.conftest import Shop

from torg.carts import (
    Cart,
    CartMerged,
    CartState,
    Contact,
    Intent,
    LineWish,
    UnknownCart,
    add_line,
    apply_code,
    claim,
    create,
    freeze,
    own,
    set_contact,
)
from torg.catalog import Kind, archive
from torg.kernel.access import SYSTEM, Actor, ActorKind
from torg.kernel.ids import new_id, public

TOLD = "SELECT type FROM outbox WHERE key = %(key)s"


def customer(*tokens: bytes) -> Actor:
    return Actor(ActorKind.customer, "cus", customer_id=new_id(), tokens=tokens)


async def hers(retailer: Shop, by: Actor, *wishes: LineWish, channel: str = "web-no") -> Cart:
    begun = await retailer.database.run(
        lambda tx: create(tx, channel=channel, by=by, language="en", lines=wishes, cart_id=new_id())
    )
    assert begun.token is None
    return begun.cart


async def claimed(retailer: Shop, cart: Cart, by: Actor) -> Cart:
    assert by.customer_id is not None
    id = by.customer_id
    both = replace(by, tokens=retailer.visitor(cart).tokens)
    return await retailer.run(lambda tx: claim(tx, cart.id, id, by=both))


def what(cart: Cart) -> list[tuple[UUID, int]]:
    return [(line.variant_id, line.quantity) for line in cart.lines]


async def test_a_customer_has_one_cart_in_all_channels_priced_where_it_was_begun(retailer: Shop) -> None:
    mug, beans, by = await retailer.product(), await retailer.product(), customer()
    empty = await hers(retailer, by)
    at_home = await hers(retailer, by, LineWish(mug), channel="app-no")
    abroad = await hers(retailer, by, LineWish(beans, 2), channel="web-jp")
    assert empty.id == at_home.id == abroad.id
    assert (empty.channel, at_home.channel) == ("web-no", "app-no")  # an empty cart is priced where she is
    assert (abroad.channel, abroad.currency, what(abroad)) == ("app-no", "NOK", [(mug, 1), (beans, 2)])
    assert [touch.channel for touch in abroad.journey] == ["web-no", "app-no", "web-jp"]
    assert (await retailer.database.read(lambda tx: own(tx, by=by))).id == empty.id


async def test_of_two_carts_that_she_begins_at_once_one_is_hers_with_both_lines(retailer: Shop) -> None:
    mug, beans, by = await retailer.product(), await retailer.product(), customer()
    made = await asyncio.gather(*(hers(retailer, by, LineWish(one)) for one in (mug, beans, mug, beans)))
    assert len({cart.id for cart in made}) == 1
    assert sorted(what(await retailer.look(made[0]))) == sorted([(mug, 2), (beans, 2)])


async def test_a_cart_that_is_being_bought_is_followed_by_another(retailer: Shop) -> None:
    mug, by = await retailer.product(), customer()
    first = await hers(retailer, by, LineWish(mug))
    await retailer.database.run(lambda tx: freeze(tx, first.id))
    second = await hers(retailer, by, LineWish(mug))
    assert second.id != first.id
    assert (await hers(retailer, by)).id == second.id


async def test_the_same_wish_made_twice_is_the_larger_one_and_all_else_is_a_line_of_its_own(
    retailer: Shop,
) -> None:
    mug, beans, jug, by = *[await retailer.product() for _ in range(3)], customer()
    own_cart = await hers(retailer, by, LineWish(mug, 2), LineWish(beans, 3))
    cart = await retailer.cart()
    await retailer.add(cart, mug, 5)
    await retailer.add(cart, beans, 1)
    await retailer.add(cart, beans, 4, note="ground")
    await retailer.add(cart, beans, 1, intent=Intent.pick_up, store="oslo")
    await retailer.add(cart, jug)
    visitor = retailer.visitor(cart)
    await retailer.run(lambda tx: apply_code(tx, cart.id, "ten", by=visitor))
    await retailer.run(lambda tx: set_contact(tx, cart.id, Contact("kari@example.no"), by=visitor))
    merged = await claimed(retailer, cart, by)
    assert (merged.id, merged.codes, merged.email) == (own_cart.id, ("TEN",), "kari@example.no")
    assert what(merged) == [(mug, 5), (beans, 3), (beans, 4), (beans, 1), (jug, 1)]
    assert [(line.note, line.store) for line in merged.lines[2:4]] == [("ground", None), (None, "oslo")]
    assert merged.left_out == ()


async def test_the_token_of_a_cart_that_went_into_another_opens_nothing_and_leads_there(
    retailer: Shop,
) -> None:
    mug, by = await retailer.product(), customer()
    own_cart = await hers(retailer, by, LineWish(mug))
    cart = await retailer.cart(mug)
    visitor = retailer.visitor(cart)
    await claimed(retailer, cart, by)
    with pytest.raises(CartMerged) as refused:
        await retailer.run(lambda tx: add_line(tx, cart.id, LineWish(mug), by=visitor))
    assert refused.value.facts["cart"] == public("crt", own_cart.id)
    with pytest.raises(UnknownCart):
        await retailer.run(lambda tx: add_line(tx, own_cart.id, LineWish(mug), by=visitor))
    with pytest.raises(UnknownCart):
        await retailer.run(lambda tx: add_line(tx, cart.id, LineWish(mug), by=customer()))


async def test_claimed_twice_and_at_once_it_goes_in_once(retailer: Shop) -> None:
    mug, by = await retailer.product(), customer()
    own_cart = await hers(retailer, by, LineWish(mug, 2))
    cart = await retailer.cart(mug, await retailer.product())
    found = await asyncio.gather(*(claimed(retailer, cart, by) for _ in range(5)))
    assert {one.id for one in found} == {own_cart.id}
    kept = await retailer.look(own_cart)
    assert ([line.quantity for line in kept.lines], kept.version) == ([2, 1], own_cart.version + 1)
    keys = await retailer.database.read(lambda tx: tx.all(str, TOLD, key=str(cart.id)))
    assert keys.count("cart.merged") == 1
    stranger = customer()
    with pytest.raises(UnknownCart):
        await claimed(retailer, cart, stranger)


async def test_two_visitors_carts_and_a_change_at_once_are_all_in_her_cart(retailer: Shop) -> None:
    variants, by = [await retailer.product() for _ in range(5)], customer()
    own_cart = await hers(retailer, by, LineWish(variants[0]))
    carts = [await retailer.cart(one) for one in variants[1:4]]
    wish = LineWish(variants[4])
    work: list[Any] = [claimed(retailer, cart, by) for cart in carts]
    work.append(retailer.run(lambda tx: add_line(tx, own_cart.id, wish, by=by)))
    await asyncio.gather(*work)
    assert sorted(what(await retailer.look(own_cart))) == sorted((one, 1) for one in variants)


async def test_what_cannot_come_along_is_told_and_told_again(retailer: Shop) -> None:
    gone = await retailer.made(100_00, 1_000, 9, *_physical())
    only_here = await retailer.product(markets=("NO",))
    mug, by = await retailer.product(), customer()
    own_cart = await hers(retailer, by, LineWish(mug), channel="web-jp")
    cart = await retailer.cart(mug, only_here, gone.variants[0].id)
    await retailer.add(cart, mug, 1, intent=Intent.pick_up, store="oslo")
    await retailer.database.run(lambda tx: archive(tx, gone.id, gone.version, by=SYSTEM))
    for _ in range(2):
        merged = await claimed(retailer, cart, by)
        assert sorted((one.why.value, one.variant_id, one.quantity) for one in merged.left_out) == sorted(
            [
                ("not-for-sale", only_here, 1),
                ("not-for-sale", gone.variants[0].id, 1),
                ("other-way", mug, 1),
            ]
        )
        assert (merged.id, merged.currency, what(merged)) == (own_cart.id, "JPY", [(mug, 1)])


async def test_a_cart_that_is_being_bought_goes_into_no_other(retailer: Shop) -> None:
    mug, by = await retailer.product(), customer()
    own_cart = await hers(retailer, by, LineWish(mug))
    cart = await retailer.cart(mug)
    await retailer.database.run(lambda tx: freeze(tx, cart.id))
    with pytest.raises(Exception, match="being bought"):
        await claimed(retailer, cart, by)
    assert (await retailer.look(own_cart)).version == 1
    assert (await retailer.look(cart)).state is CartState.completing


def _physical() -> tuple[Any, ...]:
    return Kind.physical, "standard", 300, ("NO", "JP", "US")
