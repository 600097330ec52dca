"""Two devices at once on one cart: nothing is lost, nothing is seen half."""

import asyncio

from tests.carts.conftest import Shop

from torg.carts import (
    Cart,
    CartBeingCompleted,
    LineChange,
    LineWish,
    UnknownLine,
    add_line,
    change_line,
    freeze,
    load,
    remove_line,
)
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion


async def test_lines_that_are_added_at_once_are_all_there(retailer: Shop) -> None:
    variants = [await retailer.product() for _ in range(6)]
    cart = await retailer.cart()
    await asyncio.gather(*(retailer.add(cart, variant) for variant in variants * 3))
    kept = await retailer.look(cart)
    assert sorted((line.variant_id, line.quantity) for line in kept.lines) == sorted((v, 3) for v in variants)
    assert kept.version == 1 + 18


async def test_who_waited_for_the_lock_sees_the_lines_of_who_had_it(retailer: Shop) -> None:
    mug, beans = await retailer.product(), await retailer.product()
    cart = await retailer.cart(mug)
    by = retailer.visitor(cart)
    added = asyncio.Event()

    async def first(tx: Transaction) -> None:
        await add_line(tx, cart.id, LineWish(beans), by=by)
        added.set()
        await asyncio.sleep(0.2)

    async def second() -> Cart:
        await added.wait()
        return await retailer.run(lambda tx: load(tx, cart.id, by=by, lock=True))

    _, seen = await asyncio.gather(retailer.database.run(first), second())
    assert (seen.version, [line.variant_id for line in seen.lines]) == (2, [mug, beans])


async def test_of_two_changes_of_one_version_one_is_made(retailer: Shop) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    by, line = retailer.visitor(cart), cart.lines[0].id

    async def change(quantity: int) -> bool:
        try:
            await retailer.run(
                lambda tx: change_line(tx, cart.id, line, LineChange(quantity=quantity), by=by, version=1)
            )
        except StaleVersion:
            return False
        return True

    made = await asyncio.gather(*(change(quantity) for quantity in range(2, 10)))
    assert sum(made) == 1
    kept = await retailer.look(cart)
    assert (kept.version, kept.lines[0].quantity) == (2, 2 + made.index(True))


async def test_a_line_is_removed_once(retailer: Shop) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    by, line = retailer.visitor(cart), cart.lines[0].id

    async def remove() -> bool:
        try:
            await retailer.run(lambda tx: remove_line(tx, cart.id, line, by=by))
        except UnknownLine:
            return False
        return True

    assert sum(await asyncio.gather(*(remove() for _ in range(6)))) == 1
    assert (await retailer.look(cart)).lines == ()


async def test_a_cart_is_frozen_by_one_and_changed_by_nobody_after(retailer: Shop) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)

    async def add() -> bool:
        try:
            await retailer.add(cart, mug)
        except CartBeingCompleted:
            return False
        return True

    frozen, added = await asyncio.gather(
        asyncio.gather(*(retailer.database.run(lambda tx: freeze(tx, cart.id)) for _ in range(5))),
        asyncio.gather(*(add() for _ in range(10))),
    )
    assert sum(frozen) == 1
    kept = await retailer.look(cart)
    assert (kept.version, kept.lines[0].quantity) == (1 + sum(added), 1 + sum(added))
