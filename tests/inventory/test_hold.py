"""Holding, allocating, shipping and giving back, each against a real database and rolled back."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.conftest import NOON
from tests.inventory.conftest import demand, make_variant, soon, stock_up

from torg.inventory import (
    AlreadyHeld,
    HoldEnded,
    HoldExpired,
    Level,
    NotAllocated,
    OutOfStock,
    Plan,
    StockAwaited,
    StockChanged,
    StockPromised,
    allocate,
    availability,
    expire,
    extend,
    give_back,
    hold,
    plan,
    release,
    ship,
    verify,
)
from torg.inventory.model import HoldState
from torg.inventory.store import reads
from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import TALLY, Tally, Transaction
from torg.kernel.ids import new_id

LATER = NOON.date() + timedelta(days=9)


async def level(tx: Transaction, variant: UUID, place: str) -> Level:
    found = await reads.level(tx, variant, place)
    assert found is not None
    return found


async def states(tx: Transaction, order: UUID) -> list[HoldState]:
    return [h.state for h in await reads.holds(tx, order)]


async def free(tx: Transaction, variant: UUID, *places: str) -> list[int]:
    found = await availability(tx, [variant], places)
    return [found[variant].get(place, 0) for place in places]


async def test_what_is_held_cannot_be_promised_to_others(tx: Transaction) -> None:
    variant, order = await stock_up(tx, a=3), new_id()
    (held,) = await hold(tx, order, [demand(variant, 2, "a")], expires_at=soon(tx), by=SYSTEM)
    assert (held.location, held.quantity) == ("a", 2)
    assert await free(tx, variant, "a") == [1]
    with pytest.raises(OutOfStock):
        await hold(tx, new_id(), [demand(variant, 2, "a")], expires_at=soon(tx), by=SYSTEM)
    assert await free(tx, variant, "a") == [1]
    assert await verify(tx, by=SYSTEM) == []


async def test_a_refusal_names_every_short_line_and_keeps_nothing(tx: Transaction) -> None:
    beans, mug, order = await stock_up(tx, a=1, b=1), await stock_up(tx, a=5), new_id()
    lines = [demand(mug, 1, "a"), demand(beans, 3, "a", "b"), demand(mug, 9, "a")]
    with pytest.raises(OutOfStock) as refused:
        await hold(tx, order, lines, expires_at=soon(tx), by=SYSTEM)
    assert refused.value.facts["count"] == 2
    assert [(s["wanted"], s["available"]) for s in refused.value.facts["lines"]] in (
        [(3, 2), (9, 4)],
        [(9, 4), (3, 2)],
    )
    assert await reads.holds(tx, order) == []
    assert (await level(tx, beans, "a")).sequence == 1
    assert (await level(tx, mug, "a")).sequence == 1


async def test_a_line_is_held_in_several_places_and_two_lines_of_one_variant_are_summed(
    tx: Transaction,
) -> None:
    variant, order = await stock_up(tx, a=2, b=3), new_id()
    lines = [demand(variant, 2, "b", "a"), demand(variant, 3, "b", "a")]
    held = await hold(tx, order, lines, expires_at=soon(tx), by=SYSTEM)
    assert [(h.location, h.quantity) for h in held] == [("b", 2), ("b", 1), ("a", 2)]
    assert await free(tx, variant, "a", "b") == [0, 0]
    (entry,) = await reads.movements(tx, variant, "b", before=10, most=1)
    assert (entry.reserved, entry.cause) == (3, "reserved")


async def test_holding_takes_two_statements_whatever_the_number_of_lines(tx: Transaction) -> None:
    variants = [await stock_up(tx, a=9, b=9) for _ in range(7)]
    warm = await stock_up(tx, a=1)
    await hold(tx, new_id(), [demand(warm, 1, "a")], expires_at=soon(tx), by=SYSTEM)
    order = new_id()
    tally = Tally()
    TALLY.set(tally)
    await hold(tx, order, [demand(v, 10, "a", "b") for v in variants], expires_at=soon(tx), by=SYSTEM)
    assert tally.statements == 2
    await allocate(tx, order)
    assert tally.statements == 4
    await ship(tx, order, [(v, "a", 9) for v in variants])
    assert tally.statements == 7  # the holds and the levels are locked, then both are written
    await availability(tx, variants, ["a", "b"])
    assert tally.statements == 8
    TALLY.set(None)


async def test_a_line_is_not_held_twice(tx: Transaction) -> None:
    variant, order = await stock_up(tx, a=5), new_id()
    wanted = demand(variant, 2, "a")
    await hold(tx, order, [wanted], expires_at=soon(tx), by=SYSTEM)
    with pytest.raises(AlreadyHeld):
        async with tx.savepoint():
            await hold(tx, order, [wanted], expires_at=soon(tx), by=SYSTEM)
    assert (await level(tx, variant, "a")).reserved == 2
    await release(tx, order, "again")
    await hold(tx, order, [wanted], expires_at=soon(tx), by=SYSTEM)
    assert await states(tx, order) == [HoldState.released, HoldState.held]


async def test_a_backorder_and_a_buffer_count_in_what_can_be_promised(tx: Transaction) -> None:
    variant = await stock_up(tx, a=3)
    await plan(tx, variant, "a", Plan(buffer=2, backorder=0, expected=LATER), by=SYSTEM)
    assert await free(tx, variant, "a") == [1]
    await plan(tx, variant, "a", Plan(buffer=0, backorder=4, expected=LATER), by=SYSTEM)
    await hold(tx, new_id(), [demand(variant, 7, "a")], expires_at=soon(tx), by=SYSTEM)
    assert await free(tx, variant, "a") == [0]
    with pytest.raises(StockPromised):
        await plan(tx, variant, "a", Plan(buffer=0, backorder=3, expected=LATER), by=SYSTEM)
    assert (await level(tx, variant, "a")).backorder == 4
    assert await verify(tx, by=SYSTEM) == []


async def test_a_hold_becomes_an_allocation_once_however_often_it_is_asked_for(tx: Transaction) -> None:
    variant, order = await stock_up(tx, a=2, b=5), new_id()
    held = await hold(tx, order, [demand(variant, 4, "a", "b")], expires_at=soon(tx), by=SYSTEM)
    assert sorted(map(repr, await allocate(tx, order))) == sorted(map(repr, held))
    assert sorted(map(repr, await allocate(tx, order))) == sorted(map(repr, held))
    assert (await level(tx, variant, "a")).allocated == 2
    assert (await level(tx, variant, "b")).allocated == 2
    assert (await level(tx, variant, "a")).reserved == 0
    assert await free(tx, variant, "a", "b") == [0, 3]
    assert await verify(tx, by=SYSTEM) == []


async def test_an_expired_hold_is_free_again_and_cannot_be_allocated(
    tx: Transaction, clock: FixedClock
) -> None:
    variant, order = await stock_up(tx, a=2), new_id()
    wanted = demand(variant, 2, "a")
    await hold(tx, order, [wanted], expires_at=soon(tx), by=SYSTEM)
    assert await expire(tx) == 0
    tx.now = clock.move(minutes=16)
    assert await expire(tx) == 1
    assert await expire(tx) == 0
    assert await free(tx, variant, "a") == [2]
    assert [e.lines for e in tx.recorded if isinstance(e, HoldExpired)] == [(wanted.line_id,)]
    before = await level(tx, variant, "a")
    with pytest.raises(HoldEnded):
        await allocate(tx, order)
    assert await level(tx, variant, "a") == before
    assert await verify(tx, by=SYSTEM) == []


async def test_an_expired_line_is_held_anew_when_the_order_says_what_it_wants(
    tx: Transaction, clock: FixedClock
) -> None:
    beans, mug, order = await stock_up(tx, a=2), await stock_up(tx, a=2), new_id()
    lines = [demand(beans, 2, "a"), demand(mug, 1, "a")]
    await hold(tx, order, lines[:1], expires_at=soon(tx), by=SYSTEM)
    await hold(tx, order, lines[1:], expires_at=soon(tx) + timedelta(hours=1), by=SYSTEM)
    tx.now = clock.move(minutes=16)
    await expire(tx)
    allocated = await allocate(tx, order, lines)
    assert sorted((h.line_id, h.quantity) for h in allocated) == sorted(
        (d.line_id, d.quantity) for d in lines
    )
    assert (await level(tx, beans, "a")).allocated == 2
    assert await verify(tx, by=SYSTEM) == []


async def test_an_extended_hold_outlives_its_first_end(tx: Transaction, clock: FixedClock) -> None:
    variant, order = await stock_up(tx, a=2), new_id()
    await hold(tx, order, [demand(variant, 2, "a")], expires_at=soon(tx), by=SYSTEM)
    assert await extend(tx, order, soon(tx) + timedelta(minutes=10)) == 1
    assert await extend(tx, order, soon(tx)) == 0
    tx.now = clock.move(minutes=16)
    assert await expire(tx) == 0
    tx.now = clock.move(minutes=16)
    assert await expire(tx) == 1


async def test_releasing_gives_back_what_was_held_and_what_was_allocated(tx: Transaction) -> None:
    variant, order, other = await stock_up(tx, a=9), new_id(), new_id()
    await hold(tx, order, [demand(variant, 2, "a")], expires_at=soon(tx), by=SYSTEM)
    await allocate(tx, order)
    await hold(tx, order, [demand(variant, 3, "a")], expires_at=soon(tx), by=SYSTEM)
    await hold(tx, other, [demand(variant, 1, "a")], expires_at=soon(tx), by=SYSTEM)
    await release(tx, order, "cancelled")
    await release(tx, order, "cancelled")
    assert sorted(await states(tx, order)) == [HoldState.given_back, HoldState.released]
    assert await free(tx, variant, "a") == [8]
    (entry,) = await reads.movements(tx, variant, "a", before=99, most=1)
    assert (entry.cause, entry.reason, entry.on_hand_after) == ("given_back", "cancelled", 9)
    assert await verify(tx, by=SYSTEM) == []


async def test_what_has_begun_to_leave_is_not_released(tx: Transaction) -> None:
    variant, order = await stock_up(tx, a=9), new_id()
    await hold(tx, order, [demand(variant, 4, "a")], expires_at=soon(tx), by=SYSTEM)
    await allocate(tx, order)
    await ship(tx, order, [(variant, "a", 1)])
    await release(tx, order, "too late")
    assert (await level(tx, variant, "a")).allocated == 3
    await give_back(tx, order, [(variant, "a", 1)], cause="one less")
    assert (await level(tx, variant, "a")).allocated == 2
    await give_back(tx, order, cause="the rest")
    assert await states(tx, order) == [HoldState.shipped]
    assert (await level(tx, variant, "a")).allocated == 0
    assert (await level(tx, variant, "a")).on_hand == 8
    assert await verify(tx, by=SYSTEM) == []


async def test_goods_leave_the_shelf_when_they_are_shipped_and_not_before(tx: Transaction) -> None:
    variant, order = await stock_up(tx, a=5), new_id()
    lines = [demand(variant, 2, "a"), demand(variant, 1, "a")]
    await hold(tx, order, lines, expires_at=soon(tx), by=SYSTEM)
    await allocate(tx, order)
    assert (await level(tx, variant, "a")).on_hand == 5
    await ship(tx, order, [(variant, "a", 1), (variant, "a", 1)])
    assert await states(tx, order) == [HoldState.shipped, HoldState.allocated]
    with pytest.raises(NotAllocated) as refused:
        await ship(tx, order, [(variant, "a", 2)])
    assert refused.value.facts == {"location": "a", "wanted": 2, "allocated": 1}
    after = await level(tx, variant, "a")
    assert (after.on_hand, after.allocated, after.available) == (3, 1, 2)
    await ship(tx, order, [(variant, "a", 1)])
    assert await states(tx, order) == [HoldState.shipped, HoldState.shipped]
    assert await verify(tx, by=SYSTEM) == []


async def test_goods_that_are_only_held_cannot_be_shipped(tx: Transaction) -> None:
    variant, order = await stock_up(tx, a=5), new_id()
    await hold(tx, order, [demand(variant, 2, "a")], expires_at=soon(tx), by=SYSTEM)
    with pytest.raises(NotAllocated):
        await ship(tx, order, [(variant, "a", 1)])
    assert (await level(tx, variant, "a")).on_hand == 5


async def test_a_level_that_changes_is_told_once_a_step_and_allocating_tells_nothing(tx: Transaction) -> None:
    variant, order = await stock_up(tx, a=5), new_id()
    told = len(tx.recorded)
    await hold(tx, order, [demand(variant, 2, "a"), demand(variant, 1, "a")], expires_at=soon(tx), by=SYSTEM)
    await allocate(tx, order)
    assert tx.recorded[told:] == (
        StockChanged(variant_id=variant, location="a", on_hand=5, available=2, movement=2),
    )


async def test_availability_names_every_variant_and_only_places_that_had_it(tx: Transaction) -> None:
    beans, mug, nothing = await stock_up(tx, a=3, b=0), await stock_up(tx, b=1), await make_variant(tx)
    found = await availability(tx, [beans, mug, nothing, beans], ["a", "b", "nowhere"])
    assert found == {beans: {"a": 3}, mug: {"b": 1}, nothing: {}}
    assert await availability(tx, [], ["a"]) == {}
    assert await availability(tx, [beans], []) == {beans: {}}


async def test_what_was_promised_beyond_the_stock_does_not_leave_before_it_arrives(tx: Transaction) -> None:
    variant, order = await stock_up(tx, a=1), new_id()
    await plan(tx, variant, "a", Plan(buffer=0, backorder=5, expected=LATER), by=SYSTEM)
    await allocate(tx, order, [demand(variant, 3, "a")])
    with pytest.raises(StockAwaited) as refused:
        await ship(tx, order, [(variant, "a", 3)])
    assert refused.value.facts == {"location": "a", "expected": LATER.isoformat()}
    await ship(tx, order, [(variant, "a", 1)])
    assert (await level(tx, variant, "a")).on_hand == 0
