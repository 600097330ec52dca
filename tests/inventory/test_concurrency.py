"""Many at once on real connections: who is first gets it, nobody gets what is not there, nobody waits for ever."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from tests.inventory.conftest import Stock, demand

from torg.inventory import (
    Demand,
    Held,
    HoldEnded,
    Level,
    NotAllocated,
    OutOfStock,
    Reason,
    Receipt,
    StockPromised,
    StockTooLow,
    adjust,
    allocate,
    expire,
    hold,
    receive,
    release,
    ship,
    verify,
)
from torg.inventory.model import HoldState
from torg.inventory.store import reads
from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id


async def level(database: Database, variant: UUID, place: str) -> Level:
    found = await database.read(lambda tx: reads.level(tx, variant, place))
    assert found is not None
    return found


async def holds_in(database: Database, order: UUID, state: HoldState) -> int:
    found = await database.read(lambda tx: reads.holds(tx, order))
    return sum(h.quantity for h in found if h.state is state)


async def try_hold(
    database: Database, *demands: Demand, order: UUID | None = None, minutes: int = 15
) -> bool:
    """Whether it was held; a refusal is an answer, any other error is a failure of the test."""

    async def work(tx: Transaction) -> list[Held]:
        return await hold(
            tx, order or new_id(), demands, expires_at=tx.now + timedelta(minutes=minutes), by=SYSTEM
        )

    try:
        await database.run(work)
    except OutOfStock:
        return False
    return True


async def assert_sound(database: Database) -> None:
    assert await database.run(lambda tx: verify(tx, by=SYSTEM)) == []


async def test_the_last_unit_wanted_by_sixty_four_is_had_by_one(database: Database, stock: Stock) -> None:
    variant = await stock(a=1)
    got = await asyncio.gather(*(try_hold(database, demand(variant, 1, "a")) for _ in range(64)))
    assert sum(got) == 1
    assert (await level(database, variant, "a")).available == 0
    await assert_sound(database)


async def test_a_till_and_the_web_that_want_the_same_unit_sell_it_once(
    database: Database, stock: Stock
) -> None:
    """The till allocates at once what lies in its store; the web takes it from wherever it is, the store last."""
    variant = await stock(store=8, warehouse=2)

    async def till() -> bool:
        order = new_id()

        async def sale(tx: Transaction) -> None:
            await hold(tx, order, [demand(variant, 1, "store")], expires_at=tx.now, by=SYSTEM)
            await allocate(tx, order)
            await ship(tx, order, [(variant, "store", 1)])

        try:
            await database.run(sale)
        except OutOfStock:
            return False
        return True

    web = [try_hold(database, demand(variant, 1, "warehouse", "store")) for _ in range(12)]
    got = await asyncio.gather(*itertools.chain(*zip((till() for _ in range(12)), web, strict=True)))
    assert sum(got) == 10
    sold = sum(got[::2])
    assert (await level(database, variant, "store")).on_hand == 8 - sold
    assert [(await level(database, variant, place)).available for place in ("store", "warehouse")] == [0, 0]
    await assert_sound(database)


async def test_lines_split_over_places_take_exactly_what_there_is(database: Database, stock: Stock) -> None:
    variant = await stock(a=5, b=4, c=3)
    got = await asyncio.gather(
        *(try_hold(database, demand(variant, 2, *order)) for order in ("abc", "cba", "bca") * 6)
    )
    assert sum(got) == 6
    assert [(await level(database, variant, place)).available for place in "abc"] == [0, 0, 0]
    await assert_sound(database)


async def test_the_same_variant_twice_in_one_request_counts_twice(database: Database, stock: Stock) -> None:
    variant = await stock(a=7)
    got = await asyncio.gather(
        *(try_hold(database, demand(variant, 1, "a"), demand(variant, 1, "a")) for _ in range(12))
    )
    assert sum(got) == 3
    assert (await level(database, variant, "a")).available == 1
    await assert_sound(database)


async def test_carts_that_cross_rows_in_opposite_order_all_get_an_answer(
    database: Database, stock: Stock
) -> None:
    variants = [await stock(a=40, b=40) for _ in range(4)]
    orders = [variants, variants[::-1]] * 20
    got = await asyncio.gather(
        *(
            try_hold(database, *(demand(variant, 2, *places) for variant in wanted))
            for wanted, places in zip(orders, [("a", "b"), ("b", "a")] * 20, strict=True)
        )
    )
    assert sum(got) == 40
    for variant in variants:
        assert sum([(await level(database, variant, place)).available for place in "ab"]) == 0
    await assert_sound(database)


async def test_two_steps_in_one_transaction_that_cross_rows_are_tried_again_until_they_pass(
    database: Database, stock: Stock
) -> None:
    variants = [await stock(a=20) for _ in range(2)]

    async def both(tx: Transaction, wanted: list[UUID]) -> None:
        for variant in wanted:
            await hold(tx, new_id(), [demand(variant, 1, "a")], expires_at=tx.now, by=SYSTEM)
            await asyncio.sleep(0.01)

    def work(wanted: list[UUID]) -> Callable[[Transaction], Awaitable[None]]:
        return lambda tx: both(tx, wanted)

    await asyncio.gather(*(database.run(work(wanted)) for wanted in [variants, variants[::-1]]))
    assert [(await level(database, variant, "a")).available for variant in variants] == [18, 18]
    await assert_sound(database)


async def test_a_hold_that_expires_while_it_is_allocated_ends_in_one_of_both(
    database: Database, stock: Stock, clock: FixedClock
) -> None:
    beans, mug = await stock(a=30), await stock(a=30, b=30)
    orders = [new_id() for _ in range(15)]
    for order in orders:
        await try_hold(database, demand(beans, 1, "a"), demand(mug, 2, "a", "b"), order=order, minutes=1)
    clock.move(minutes=2)

    async def allocated(order: UUID) -> bool:
        try:
            await database.run(lambda tx: allocate(tx, order))
        except HoldEnded:
            return False
        return True

    async def sweep() -> int:
        return await database.run(lambda tx: expire(tx, most=5))

    answers = await asyncio.gather(*(allocated(order) for order in orders), *(sweep() for _ in range(6)))
    while await sweep():
        pass
    for order, kept in zip(orders, answers[: len(orders)], strict=True):
        assert await holds_in(database, order, HoldState.allocated) == (3 if kept else 0)
        assert await holds_in(database, order, HoldState.expired) == (0 if kept else 3)
    won = sum(bool(kept) for kept in answers[: len(orders)])
    assert (await level(database, beans, "a")).available == 30 - won
    await assert_sound(database)


async def test_orders_that_lost_a_hold_while_they_were_paid_do_not_block_each_other(
    database: Database, stock: Stock
) -> None:
    first, second = await stock(a=500), await stock(a=500)

    async def lost(demands: list[Demand], ended: int) -> UUID:
        """An order of which one line's hold has ended."""
        order = new_id()
        await try_hold(database, demands[ended], order=order, minutes=-1)
        await database.run(expire)
        await try_hold(database, demands[1 - ended], order=order)
        return order

    async def allocated(order: UUID, demands: list[Demand]) -> int:
        async with database.transaction() as tx:  # without trying again: a deadlock would be told
            return sum(part.quantity for part in await allocate(tx, order, demands))

    for _ in range(12):
        wanted = [[demand(first, 1, "a"), demand(second, 1, "a")] for _ in range(4)]
        orders = [await lost(lines, number % 2) for number, lines in enumerate(wanted)]
        assert await asyncio.gather(*map(allocated, orders, wanted)) == [2] * 4
    for variant in (first, second):
        assert (await level(database, variant, "a")).allocated == 48
    await assert_sound(database)


async def test_allocating_and_releasing_at_once_is_done_once(database: Database, stock: Stock) -> None:
    variant = await stock(a=10)
    orders = [new_id() for _ in range(5)]
    for order in orders:
        await try_hold(database, demand(variant, 2, "a"), order=order)

    async def end(order: UUID) -> None:
        with suppress(HoldEnded):
            await database.run(lambda tx: allocate(tx, order))

    await asyncio.gather(
        *(end(order) for order in orders * 3),
        *(database.run(lambda tx, order=order: release(tx, order, "gave up")) for order in orders * 2),  # type: ignore[misc]  # bound per turn
    )
    await asyncio.gather(
        *(database.run(lambda tx, order=order: release(tx, order, "gave up")) for order in orders)  # type: ignore[misc]  # bound per turn
    )
    after = await level(database, variant, "a")
    assert (after.reserved, after.allocated, after.available) == (0, 0, 10)
    await assert_sound(database)


async def test_counting_down_selling_and_receiving_at_once_never_go_below_zero(
    database: Database, stock: Stock
) -> None:
    variant = await stock(a=10)

    async def lose() -> int:
        try:
            await database.run(lambda tx: adjust(tx, variant, "a", 3, reason=Reason.lost, by=SYSTEM))
        except (StockPromised, StockTooLow):
            return 0
        return 3

    async def come() -> int:
        await database.run(lambda tx: receive(tx, [Receipt(variant, "a", 2)], document="DN", by=SYSTEM))
        return 2

    lost, held, came = await asyncio.gather(
        asyncio.gather(*(lose() for _ in range(4))),
        asyncio.gather(*(try_hold(database, demand(variant, 3, "a")) for _ in range(8))),
        asyncio.gather(*(come() for _ in range(3))),
    )
    after = await level(database, variant, "a")
    assert after.on_hand == 10 + sum(came) - sum(lost)
    assert after.reserved == 3 * sum(held)
    assert after.available >= 0
    await assert_sound(database)


async def test_shipping_the_same_goods_twice_at_once_takes_them_once(
    database: Database, stock: Stock
) -> None:
    variant, order = await stock(a=10), new_id()
    await try_hold(database, demand(variant, 4, "a"), order=order)
    await database.run(lambda tx: allocate(tx, order))

    async def leave() -> bool:
        try:
            await database.run(lambda tx: ship(tx, order, [(variant, "a", 4)]))
        except NotAllocated:
            return False
        return True

    assert sum(await asyncio.gather(*(leave() for _ in range(8)))) == 1
    assert (await level(database, variant, "a")).on_hand == 6
    await assert_sound(database)
