"""Counting while the shop is open: levels become what was counted, sales in between are not lost."""

import asyncio
from uuid import UUID

import pytest
from tests.inventory.conftest import Stock, demand, make_locations, make_variant, soon, stock_up

from torg.inventory import Reason, adjust, allocate, hold, ship, verify
from torg.inventory.counts import (
    CountKind,
    CountNotOpen,
    CountPromised,
    CountState,
    CountUnfinished,
    Figure,
    cancel,
    close,
    enter,
    lines,
    open_count,
)
from torg.inventory.store import reads
from torg.kernel.access import SYSTEM, Actor, ActorKind, Grant, RightMissing
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id
from torg.permissions import Permission


async def on_hand(tx: Transaction, variant: UUID, place: str) -> int:
    level = await reads.level(tx, variant, place)
    return level.on_hand if level else 0


async def sell(tx: Transaction, variant: UUID, quantity: int, place: str) -> None:
    order = new_id()
    await hold(tx, order, [demand(variant, quantity, place)], expires_at=soon(tx), by=SYSTEM)
    await allocate(tx, order)
    await ship(tx, order, [(variant, place, quantity)])


async def test_levels_become_what_was_counted(tx: Transaction) -> None:
    beans, mug = await stock_up(tx, a=10), await stock_up(tx, a=4)
    count = await open_count(tx, "a", [beans, mug], blind=True, by=SYSTEM)
    assert (count.kind, count.lines, count.open_lines) == (CountKind.cycle, 2, 2)
    await enter(tx, count.id, [Figure(beans, 8), Figure(mug, 1)], by=SYSTEM)
    after = await enter(tx, count.id, [Figure(mug, 5)], by=SYSTEM)
    assert after.open_lines == 0
    closed = await close(tx, count.id, by=SYSTEM)
    assert closed.state is CountState.closed
    assert [await on_hand(tx, v, "a") for v in (beans, mug)] == [8, 5]
    (event,) = [e for e in tx.recorded if e.type == "count.closed"]
    assert (event.lines, event.differing, event.units) == (2, 2, -1)  # type: ignore[attr-defined]  # a CountClosed
    for late in (close, cancel):
        with pytest.raises(CountNotOpen):
            await late(tx, count.id, by=SYSTEM)
    assert await verify(tx, by=SYSTEM) == []


async def test_what_is_sold_after_it_was_counted_stays_sold(tx: Transaction) -> None:
    beans = await stock_up(tx, a=10)
    count = await open_count(tx, "a", [beans], blind=False, by=SYSTEM)
    await enter(tx, count.id, [Figure(beans, 9)], by=SYSTEM)
    await sell(tx, beans, 3, "a")
    await adjust(tx, beans, "a", 1, reason=Reason.damaged, by=SYSTEM)
    await close(tx, count.id, by=SYSTEM)
    assert await on_hand(tx, beans, "a") == 9 - 3 - 1


async def test_a_difference_that_somebody_else_has_set_right_is_not_set_right_twice(tx: Transaction) -> None:
    beans = await stock_up(tx, a=10)
    first = await open_count(tx, "a", [beans], blind=True, by=SYSTEM)
    second = await open_count(tx, "a", [beans], blind=True, by=SYSTEM)
    for count in (first, second):
        await enter(tx, count.id, [Figure(beans, 7)], by=SYSTEM)
    await adjust(tx, beans, "a", 3, reason=Reason.lost, by=SYSTEM)
    for count in (first, second):
        await close(tx, count.id, by=SYSTEM)
    assert await on_hand(tx, beans, "a") == 7


async def test_a_full_count_asks_for_everything_that_is_there(tx: Transaction) -> None:
    await make_locations(tx, "full")
    beans, mug = await stock_up(tx, full=2), await stock_up(tx, full=3)
    await stock_up(tx, other=9)
    found = await make_variant(tx)
    count = await open_count(tx, "full", None, blind=True, by=SYSTEM)
    assert (count.kind, count.lines) == (CountKind.full, 2)
    await enter(tx, count.id, [Figure(beans, 0), Figure(found, 6)], by=SYSTEM)
    with pytest.raises(CountUnfinished):
        await close(tx, count.id, by=SYSTEM)
    await enter(tx, count.id, [Figure(mug, 3)], by=SYSTEM)
    await close(tx, count.id, by=SYSTEM)
    assert [await on_hand(tx, v, "full") for v in (beans, mug, found)] == [0, 3, 6]


async def test_what_is_promised_cannot_be_counted_away_and_then_nothing_is_set(tx: Transaction) -> None:
    beans, mug = await stock_up(tx, a=5), await stock_up(tx, a=5)
    await hold(tx, new_id(), [demand(beans, 4, "a")], expires_at=soon(tx), by=SYSTEM)
    count = await open_count(tx, "a", [beans, mug], blind=True, by=SYSTEM)
    await enter(tx, count.id, [Figure(beans, 3), Figure(mug, 1)], by=SYSTEM)
    with pytest.raises(CountPromised):
        await close(tx, count.id, by=SYSTEM)
    assert [await on_hand(tx, v, "a") for v in (beans, mug)] == [5, 5]


async def test_a_blind_counter_is_not_told_what_is_expected(tx: Transaction) -> None:
    beans, mug = await stock_up(tx, a=5), await stock_up(tx, a=6)
    count = await open_count(tx, "a", [beans, mug], blind=True, by=SYSTEM)
    await enter(tx, count.id, [Figure(beans, 5), Figure(mug, 1)], by=SYSTEM)
    open_lines = (await lines(tx, count.id, differing=True, by=SYSTEM)).items
    assert [line.expected for line in open_lines] == [None, None]
    await close(tx, count.id, by=SYSTEM)
    assert [
        (e.variant_id, e.expected) for e in (await lines(tx, count.id, differing=True, by=SYSTEM)).items
    ] == [(mug, 6)]


async def test_who_may_count_may_not_set_levels_right(world: Database) -> None:
    words = frozenset({str(Permission.stock_count)})
    counter = Actor(ActorKind.staff, new_id().hex, grants=(Grant(words, stores=frozenset({"oslo"})),))

    async def story(tx: Transaction) -> None:
        beans = await make_variant(tx)
        with pytest.raises(RightMissing):
            await open_count(tx, "oslo", [beans], blind=True, by=counter)
        count = await open_count(tx, "oslo", [beans], blind=True, by=SYSTEM)
        elsewhere = await open_count(tx, "bergen", [beans], blind=True, by=SYSTEM)
        await enter(tx, count.id, [Figure(beans, 2)], by=counter)
        with pytest.raises(RightMissing):
            await enter(tx, elsewhere.id, [Figure(beans, 2)], by=counter)
        for end in (close, cancel):
            with pytest.raises(RightMissing):
                await end(tx, count.id, by=counter)

    await world.run(story)


async def test_a_count_that_is_closed_while_the_shop_sells_ends_right(
    database: Database, stock: Stock
) -> None:
    beans = await stock(a=100)
    count = await database.run(lambda tx: open_count(tx, "a", [beans], blind=True, by=SYSTEM))
    await database.run(lambda tx: enter(tx, count.id, [Figure(beans, 90)], by=SYSTEM))

    async def end(tx: Transaction) -> None:
        await close(tx, count.id, by=SYSTEM)

    sales = [database.run(lambda tx: sell(tx, beans, 1, "a")) for _ in range(30)]
    await asyncio.gather(*sales[:15], database.run(end), *sales[15:])
    assert await database.read(lambda tx: on_hand(tx, beans, "a")) == 60
    assert await database.read(lambda tx: verify(tx, by=SYSTEM)) == []
