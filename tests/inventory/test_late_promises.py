"""What is promised beyond the stock: capped, dated, served in the order of the promises; pre-orders wait for a day."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.conftest import NOON
from tests.inventory.conftest import Stock, demand, soon
from tests.inventory.test_concurrency import assert_sound, level, try_hold

from torg.inventory import (
    Held,
    Late,
    OutOfStock,
    Plan,
    Receipt,
    StockAwaited,
    StockTooLow,
    allocate,
    hold,
    on_offer,
    plan,
    receive,
    sellable,
    share_out,
    ship,
    waiting,
)
from torg.inventory.supplies import Wanted, order_goods
from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id

TODAY = NOON.date()
NEXT_WEEK = TODAY + timedelta(days=7)
RELEASE = "UPDATE variants SET release_on = %(on)s WHERE id = %(id)s"


async def planned(database: Database, variant: UUID, place: str, **figures: int) -> None:
    to = Plan(expected=NEXT_WEEK, **figures)  # type: ignore[arg-type]  # figures only
    await database.run(lambda tx: plan(tx, variant, place, to, by=SYSTEM))


async def released_on(database: Database, variant: UUID, on: date) -> None:
    await database.run(lambda tx: tx.execute(RELEASE, id=variant, on=on))
    database.forget("catalog.specials")


async def bought(
    database: Database, variant: UUID, quantity: int, place: str = "a"
) -> tuple[UUID, list[Held]]:
    order_id, wanted = new_id(), [demand(variant, quantity, place)]

    async def work(tx: Transaction) -> list[Held]:
        await hold(tx, order_id, wanted, expires_at=soon(tx), by=SYSTEM)
        return await allocate(tx, order_id, wanted)

    return order_id, await database.run(work)


async def received(database: Database, variant: UUID, quantity: int) -> None:
    await database.run(lambda tx: receive(tx, [Receipt(variant, "a", quantity)], document="DN", by=SYSTEM))


async def left(database: Database, order_id: UUID, variant: UUID, quantity: int) -> None:
    await database.run(lambda tx: ship(tx, order_id, [(variant, "a", quantity)]))


async def test_no_more_is_promised_than_stock_and_cap_together_when_sixty_four_ask_at_once(
    database: Database, stock: Stock
) -> None:
    variant = await stock(a=5)
    await planned(database, variant, "a", backorder=12)
    got = await asyncio.gather(*(try_hold(database, demand(variant, 1, "a")) for _ in range(64)))
    assert sum(got) == 17
    after = await level(database, variant, "a")
    assert (after.on_hand, after.reserved, after.available) == (5, 17, 0)
    await assert_sound(database)


async def test_a_hold_tells_how_much_of_it_is_not_there_and_when_it_is_expected(
    database: Database, stock: Stock
) -> None:
    variant = await stock(a=3)
    await planned(database, variant, "a", buffer=1, backorder=4)
    _, first = await bought(database, variant, 1)
    _, second = await bought(database, variant, 3)
    assert [(part.late, part.expected) for part in first] == [(0, None)]
    assert [(part.late, part.expected) for part in second] == [(2, NEXT_WEEK)]


async def test_goods_that_are_there_are_sent_before_any_are_promised_for_later(
    database: Database, stock: Stock
) -> None:
    variant, scarce = await stock(a=0, b=2), await stock(a=1, b=1)
    for each in (variant, scarce):
        await planned(database, each, "a", backorder=9)
    wanted = [demand(variant, 2, "a", "b"), demand(scarce, 3, "a", "b")]
    offer = await database.read(lambda tx: on_offer(tx, [variant, scarce], ["a", "b"]))
    promised, short = share_out(wanted, offer)
    held = await database.run(lambda tx: hold(tx, new_id(), wanted, expires_at=soon(tx), by=SYSTEM))
    served = {(part.variant_id, part.location, part.quantity, part.late) for part in held}
    assert served == {(variant, "b", 2, 0), (scarce, "a", 3, 2)}
    assert not short
    assert {(p.variant_id, p.location, p.quantity) for p in promised} == {part[:3] for part in served}
    await assert_sound(database)


async def test_shops_are_told_what_is_there_and_what_comes_when(database: Database, stock: Stock) -> None:
    variant, other = await stock(a=2, b=1), await stock(a=0)
    await planned(database, variant, "a", backorder=4)
    await planned(database, other, "a", backorder=4)
    found = await database.read(lambda tx: on_offer(tx, [variant, other], ["a", "b"]))
    assert found.free == {variant: {"a": 6, "b": 1}, other: {"a": 4}}
    assert found.late == {variant: {"a": Late(4, NEXT_WEEK)}, other: {"a": Late(4, NEXT_WEEK)}}
    units = await database.read(lambda tx: sellable(tx, [variant.hex, other.hex], ["a", "b"]))
    assert units == [3, Late(4, NEXT_WEEK)]


async def test_once_the_day_has_passed_nothing_more_is_promised_beyond_the_stock(
    database: Database, stock: Stock, clock: FixedClock
) -> None:
    variant = await stock(a=1)
    await planned(database, variant, "a", backorder=4)
    clock.move(days=8)
    assert (await database.read(lambda tx: on_offer(tx, [variant], ["a"]))).free == {variant: {"a": 1}}
    with pytest.raises(OutOfStock):
        await bought(database, variant, 2)


async def test_a_backorder_needs_a_day_or_goods_that_are_on_their_way_with_one(
    database: Database, stock: Stock
) -> None:
    variant = await stock(a=1)
    undated = Plan(backorder=4)
    with pytest.raises(Invalid) as refused:
        await database.run(lambda tx: plan(tx, variant, "a", undated, by=SYSTEM))
    assert [(p.field, p.code) for p in refused.value.problems] == [("expected", "required")]
    passed = Plan(backorder=4, expected=TODAY - timedelta(days=1))
    with pytest.raises(Invalid) as refused:
        await database.run(lambda tx: plan(tx, variant, "a", passed, by=SYSTEM))
    assert [(p.field, p.code) for p in refused.value.problems] == [("expected", "in-the-past")]
    lines = [Wanted(variant, 9)]
    await database.run(
        lambda tx: order_goods(tx, "a", lines, supplier="Roaster", expected_on=NEXT_WEEK, by=SYSTEM)
    )
    after = await database.run(lambda tx: plan(tx, variant, "a", undated, by=SYSTEM))
    assert after.expected == NEXT_WEEK
    with pytest.raises(StaleVersion):
        await database.run(lambda tx: plan(tx, variant, "a", undated, by=SYSTEM, version=0))


async def test_what_arrives_goes_to_the_oldest_promises_and_the_others_say_that_they_wait(
    database: Database, stock: Stock, clock: FixedClock
) -> None:
    variant = await stock(a=2)
    await planned(database, variant, "a", backorder=10)
    from_stock, _ = await bought(database, variant, 2)
    older, _ = await bought(database, variant, 3)
    clock.move(minutes=1)
    younger, _ = await bought(database, variant, 2)
    with pytest.raises(StockAwaited):
        await left(database, older, variant, 3)
    await received(database, variant, 4)
    found = await database.read(lambda tx: waiting(tx, [from_stock, older, younger]))
    assert [(one.order_id, one.units, one.expected) for one in found] == [(younger, 1, NEXT_WEEK)]
    with pytest.raises(StockAwaited):
        await left(database, younger, variant, 2)
    await left(database, older, variant, 3)
    await received(database, variant, 1)
    await left(database, younger, variant, 2)
    await left(database, from_stock, variant, 2)
    assert (await level(database, variant, "a")).on_hand == 0
    assert await database.read(lambda tx: waiting(tx, [from_stock, older, younger])) == []
    await assert_sound(database)


async def test_late_promises_of_checkouts_keep_nothing_from_placed_orders(
    database: Database, stock: Stock
) -> None:
    variant = await stock(a=0)
    await planned(database, variant, "a", backorder=20)
    assert await try_hold(database, demand(variant, 12, "a"))
    placed, _ = await bought(database, variant, 3)
    await received(database, variant, 3)
    assert await database.read(lambda tx: waiting(tx, [placed])) == []
    await left(database, placed, variant, 3)


async def test_before_its_day_everything_is_a_pre_order_and_stays_in_the_building(
    database: Database, stock: Stock, clock: FixedClock
) -> None:
    variant = await stock(a=2)
    await planned(database, variant, "a", backorder=3)
    out = TODAY + timedelta(days=3)
    await released_on(database, variant, out)
    found = await database.read(lambda tx: on_offer(tx, [variant], ["a"]))
    assert (found.free, found.late) == ({variant: {"a": 5}}, {variant: {"a": Late(5, NEXT_WEEK, True)}})
    units = await database.read(lambda tx: sellable(tx, [variant.hex], ["a"]))
    assert units == [Late(5, NEXT_WEEK, True)]
    first, parts = await bought(database, variant, 2)
    assert [(part.late, part.expected, part.preorder) for part in parts] == [(2, out, True)]
    with pytest.raises(StockAwaited):
        await left(database, first, variant, 2)
    clock.move(days=3)
    await left(database, first, variant, 2)
    second, parts = await bought(database, variant, 1)
    assert [(part.late, part.expected, part.preorder) for part in parts] == [(1, NEXT_WEEK, False)]
    with pytest.raises((StockAwaited, StockTooLow)):
        await left(database, second, variant, 1)
