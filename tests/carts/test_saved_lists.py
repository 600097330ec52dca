"""Saved lists: named, shared by a link, moved to the cart and back in one step, and nobody else's."""

import asyncio
from uuid import UUID

import pytest
from tests.carts.conftest import Shop

from torg.carts import LineWish, NotForSale, create, own
from torg.carts.lists import keep
from torg.carts.lists.model import MOST_LISTS, SavedList, TooManyLists, UnknownList
from torg.carts.lists.move import from_cart, to_cart
from torg.kernel.access import VISITOR, Actor, ActorKind
from torg.kernel.errors import Invalid, TorgError
from torg.kernel.ids import new_id


def customer() -> Actor:
    return Actor(ActorKind.customer, "cus", customer_id=new_id())


async def begun(retailer: Shop, by: Actor, name: str = " Summer  cabin ") -> SavedList:
    id = new_id()
    return await retailer.database.run(lambda tx: keep.begin(tx, id, name, by=by))


async def put(retailer: Shop, one: SavedList, variant: UUID, quantity: int, by: Actor) -> SavedList:
    return await retailer.database.run(
        lambda tx: keep.put(tx, one.id, variant, quantity, "blue", channel="web-no", by=by)
    )


def what(one: SavedList) -> list[tuple[UUID, int]]:
    return [(item.variant_id, item.quantity) for item in one.items]


async def test_a_list_is_kept_by_its_customer_alone(retailer: Shop) -> None:
    mug, by, other = await retailer.product(), customer(), customer()
    one = await begun(retailer, by)
    assert one.name == "Summer cabin"
    one = await put(retailer, one, mug, 2, by)
    again = await put(retailer, one, mug, 3, by)
    assert (what(again), again.version) == ([(mug, 3)], one.version + 1)
    for stranger, refusal in ((other, UnknownList), (VISITOR, TorgError)):
        with pytest.raises(refusal):
            await put(retailer, one, mug, 9, stranger)
    with pytest.raises(NotForSale):
        await put(retailer, one, await retailer.product(markets=("JP",)), 1, by)
    with pytest.raises(Invalid):
        await begun(retailer, by, "  ")
    (kept,) = await retailer.database.read(lambda tx: keep.lists(tx, by=by))
    assert what(kept) == [(mug, 3)]
    for _ in range(2):
        kept = await retailer.database.run(lambda tx: keep.take_off(tx, one.id, mug, by=by))
    assert (kept.items, kept.version) == ((), again.version + 1)


async def test_what_is_put_on_a_list_at_once_is_all_there_and_lists_are_not_without_end(
    retailer: Shop,
) -> None:
    by = customer()
    one = await begun(retailer, by)
    variants = [await retailer.product() for _ in range(5)]
    await asyncio.gather(*(put(retailer, one, variant, 1, by) for variant in variants))
    kept = await retailer.database.read(lambda tx: keep.see(tx, one.id, by=by))
    assert sorted(what(kept)) == sorted((variant, 1) for variant in variants)

    async def more() -> bool:
        try:
            await begun(retailer, by)
        except TooManyLists:
            return False
        return True

    assert sum([await more() for _ in range(MOST_LISTS + 3)]) == MOST_LISTS - 1


async def test_goods_move_to_the_one_cart_and_back_and_what_is_not_sold_stays(retailer: Shop) -> None:
    mug, beans, by = await retailer.product(), await retailer.product(), customer()
    abroad = await retailer.product(markets=("NO",))
    one = await begun(retailer, by)
    for variant, quantity in ((mug, 2), (beans, 1), (abroad, 1)):
        await put(retailer, one, variant, quantity, by)
    cart_id = new_id()
    cart = await retailer.run(lambda tx: to_cart(tx, one.id, cart_id, channel="web-jp", by=by))
    assert [(line.variant_id, line.quantity, line.note) for line in cart.lines] == [
        (mug, 2, "blue"),
        (beans, 1, "blue"),
    ]
    kept = await retailer.database.read(lambda tx: keep.see(tx, one.id, by=by))
    assert what(kept) == [(abroad, 1)]
    line = cart.lines[0].id
    cart = await retailer.run(lambda tx: from_cart(tx, cart.id, line, one.id, by=by))
    assert [line.variant_id for line in cart.lines] == [beans]
    with pytest.raises(TorgError):
        await retailer.run(lambda tx: from_cart(tx, cart.id, line, one.id, by=by))
    kept = await retailer.database.read(lambda tx: keep.see(tx, one.id, by=by))
    assert what(kept) == [(abroad, 1), (mug, 2)]
    again = await retailer.run(
        lambda tx: to_cart(tx, one.id, new_id(), channel="web-jp", only={mug}, keep=True, by=by)
    )
    assert again.id == (await retailer.database.read(lambda tx: own(tx, by=by))).id == cart_id
    assert what(await retailer.database.read(lambda tx: keep.see(tx, one.id, by=by))) == [
        (abroad, 1),
        (mug, 2),
    ]


async def test_a_strangers_cart_gives_nothing_to_a_list(retailer: Shop) -> None:
    mug, by, other = await retailer.product(), customer(), customer()
    cart = (
        await retailer.database.run(lambda tx: create(tx, channel="web-no", by=other, lines=[LineWish(mug)]))
    ).cart
    one = await begun(retailer, by)
    with pytest.raises(TorgError):
        await retailer.run(lambda tx: from_cart(tx, cart.id, cart.lines[0].id, one.id, by=by))
    assert (await retailer.database.read(lambda tx: keep.see(tx, one.id, by=by))).items == ()


async def test_a_link_shows_a_list_until_it_is_shared_anew_or_no_more(retailer: Shop) -> None:
    mug, by = await retailer.product(), customer()
    one = await begun(retailer, by)
    await put(retailer, one, mug, 1, by)
    first, second = [await retailer.database.run(lambda tx: keep.share(tx, one.id, by=by)) for _ in range(2)]
    assert what(await retailer.database.read(lambda tx: keep.shared(tx, second))) == [(mug, 1)]
    with pytest.raises(UnknownList):
        await retailer.database.read(lambda tx: keep.shared(tx, first))
    await retailer.database.run(lambda tx: keep.unshare(tx, one.id, by=by))
    with pytest.raises(UnknownList):
        await retailer.database.read(lambda tx: keep.shared(tx, second))
    third = await retailer.database.run(lambda tx: keep.share(tx, one.id, by=by))
    await retailer.database.run(lambda tx: keep.forget(tx, one.id, by=by))
    with pytest.raises(UnknownList):
        await retailer.database.read(lambda tx: keep.shared(tx, third))
    with pytest.raises(TorgError):
        await retailer.database.read(lambda tx: keep.lists(tx, by=VISITOR))
