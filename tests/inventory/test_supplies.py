"""Purchase orders and transfers: expected, arrived in parts, given up; never received twice."""

import asyncio
from uuid import UUID

import pytest
from tests.inventory.conftest import Stock, demand, make_locations, make_variant, soon, stock_up

from torg.inventory import StockPromised, StockTooLow, UnknownLevel, UnknownVariants, hold, receive, verify
from torg.inventory.model import Receipt
from torg.inventory.store import reads
from torg.inventory.supplies import (
    Arrival,
    MoreThanSent,
    NotExpected,
    NotOnItsWay,
    Rest,
    SameLocation,
    SupplyState,
    Wanted,
    arrive,
    close,
    order_goods,
    send,
    supplies,
)
from torg.kernel.access import SYSTEM, Actor, ActorKind, Grant, RightMissing
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id
from torg.markets import UnknownLocation
from torg.permissions import Permission


async def figures(tx: Transaction, variant: UUID, place: str) -> tuple[int, int, int]:
    """On hand, damaged, incoming."""
    level = await reads.level(tx, variant, place)
    return (level.on_hand, level.damaged, level.incoming) if level else (0, 0, 0)


async def test_what_is_ordered_is_expected_and_arrives_in_parts(tx: Transaction) -> None:
    await make_locations(tx, "a")
    beans, mug = await make_variant(tx), await make_variant(tx)
    wanted = [Wanted(beans, 6), Wanted(mug, 5), Wanted(beans, 4)]
    order = await order_goods(tx, "a", wanted, supplier="Roasters", reference="PO-1", by=SYSTEM)
    assert await figures(tx, beans, "a") == (0, 0, 10)
    some = await arrive(tx, order.id, [Arrival(beans, 3, damaged=1)], version=1, by=SYSTEM)
    assert (some.state, some.version) == (SupplyState.on_its_way, 2)
    assert await figures(tx, beans, "a") == (3, 1, 6)
    done = await arrive(tx, order.id, [Arrival(beans, 6), Arrival(mug, 5)], by=SYSTEM)
    assert done.state is SupplyState.arrived and done.closed_at == tx.now
    assert await figures(tx, beans, "a") == (9, 1, 0)
    with pytest.raises(NotOnItsWay):
        await arrive(tx, order.id, [Arrival(mug, 1)], by=SYSTEM)
    assert await verify(tx, by=SYSTEM) == []


async def test_a_supplier_may_send_too_many_and_nothing_that_was_not_ordered(tx: Transaction) -> None:
    await make_locations(tx, "a")
    beans, mug = await make_variant(tx), await make_variant(tx)
    order = await order_goods(tx, "a", [Wanted(beans, 2)], supplier="Roasters", by=SYSTEM)
    with pytest.raises(NotExpected):
        await arrive(tx, order.id, [Arrival(beans, 1), Arrival(mug, 1)], by=SYSTEM)
    assert await figures(tx, beans, "a") == (0, 0, 2)
    assert (await arrive(tx, order.id, [Arrival(beans, 5)], by=SYSTEM)).state is SupplyState.arrived
    assert await figures(tx, beans, "a") == (5, 0, 0)


async def test_what_a_supplier_does_not_deliver_is_expected_no_more(tx: Transaction) -> None:
    await make_locations(tx, "a")
    beans = await make_variant(tx)
    order = await order_goods(tx, "a", [Wanted(beans, 5)], supplier="Roasters", by=SYSTEM)
    await arrive(tx, order.id, [Arrival(beans, 2)], by=SYSTEM)
    with pytest.raises(Invalid):
        await close(tx, order.id, Rest.lost, by=SYSTEM)
    with pytest.raises(StaleVersion):
        await close(tx, order.id, Rest.not_delivered, version=1, by=SYSTEM)
    closed = await close(tx, order.id, Rest.not_delivered, version=2, by=SYSTEM)
    assert closed.state is SupplyState.closed
    assert await figures(tx, beans, "a") == (2, 0, 0)
    assert await verify(tx, by=SYSTEM) == []


async def test_a_transfer_leaves_one_shelf_and_is_expected_at_the_other(tx: Transaction) -> None:
    beans = await stock_up(tx, a=10)
    await make_locations(tx, "b")
    sent = await send(tx, "a", "b", [Wanted(beans, 6)], by=SYSTEM)
    assert await figures(tx, beans, "a") == (4, 0, 0)
    assert await figures(tx, beans, "b") == (0, 0, 6)
    with pytest.raises(MoreThanSent):
        await arrive(tx, sent.id, [Arrival(beans, 6, damaged=1)], by=SYSTEM)
    await arrive(tx, sent.id, [Arrival(beans, 4)], by=SYSTEM)
    await close(tx, sent.id, Rest.returned, by=SYSTEM)
    assert await figures(tx, beans, "a") == (6, 0, 0)
    assert await figures(tx, beans, "b") == (4, 0, 0)
    assert await verify(tx, by=SYSTEM) == []


async def test_what_is_promised_is_not_sent_away(tx: Transaction) -> None:
    beans = await stock_up(tx, a=3)
    await make_locations(tx, "b")
    await hold(tx, new_id(), [demand(beans, 2, "a")], expires_at=soon(tx), by=SYSTEM)
    with pytest.raises(StockPromised):
        await send(tx, "a", "b", [Wanted(beans, 2)], by=SYSTEM)
    with pytest.raises(StockTooLow):
        await send(tx, "a", "b", [Wanted(beans, 4)], by=SYSTEM)
    with pytest.raises(SameLocation):
        await send(tx, "a", "a", [Wanted(beans, 1)], by=SYSTEM)
    with pytest.raises(UnknownLevel):
        await send(tx, "b", "a", [Wanted(beans, 1)], by=SYSTEM)
    with pytest.raises(UnknownLocation):
        async with tx.savepoint():
            await send(tx, "a", "nowhere", [Wanted(beans, 1)], by=SYSTEM)
    with pytest.raises(UnknownVariants):
        async with tx.savepoint():
            await order_goods(tx, "a", [Wanted(new_id(), 1)], supplier="S", by=SYSTEM)
    assert await figures(tx, beans, "a") == (3, 0, 0)


async def test_a_store_receives_what_is_sent_to_it_and_no_other_store_sees_it(world: Database) -> None:
    def staff(store: str) -> Actor:
        words = frozenset({str(Permission.stock_read), str(Permission.stock_adjust)})
        return Actor(ActorKind.staff, new_id().hex, grants=(Grant(words, stores=frozenset({store})),))

    oslo, bergen, berlin = staff("oslo"), staff("bergen"), staff("berlin")

    async def story(tx: Transaction) -> None:
        beans = await make_variant(tx)
        await receive(tx, [Receipt(beans, "oslo", 5)], document="note", by=SYSTEM)
        sent = await send(tx, "oslo", "bergen", [Wanted(beans, 3)], by=oslo)
        for wrong in (oslo, berlin):
            with pytest.raises(RightMissing):
                await arrive(tx, sent.id, [Arrival(beans, 3)], by=wrong)
        assert [s.id for s in (await supplies(tx, by=oslo)).items] == [sent.id]
        assert [s.id for s in (await supplies(tx, by=bergen)).items] == [sent.id]
        assert (await supplies(tx, by=berlin)).items == []
        await arrive(tx, sent.id, [Arrival(beans, 3)], by=bergen)
        assert await figures(tx, beans, "bergen") == (3, 0, 0)

    await world.run(story)


async def test_a_cart_and_a_transfer_never_get_the_same_unit(database: Database, stock: Stock) -> None:
    beans = await stock(a=20, b=0)

    async def cart(tx: Transaction) -> str:
        try:
            await hold(tx, new_id(), [demand(beans, 1, "a")], expires_at=soon(tx), by=SYSTEM)
        except Exception as refused:
            return type(refused).__name__
        return "held"

    async def transfer(tx: Transaction) -> str:
        try:
            await send(tx, "a", "b", [Wanted(beans, 1)], by=SYSTEM)
        except (StockPromised, StockTooLow):
            return "kept"
        return "sent"

    works = [database.run(cart if number % 2 else transfer) for number in range(60)]
    outcomes = await asyncio.gather(*works)
    assert outcomes.count("held") + outcomes.count("sent") == 20
    assert set(outcomes) <= {"held", "sent", "kept", "OutOfStock"}
    assert await database.read(lambda tx: verify(tx, by=SYSTEM)) == []


async def test_two_who_receive_the_same_goods_receive_them_once(database: Database, stock: Stock) -> None:
    beans = await stock(a=5, b=0)
    sent = await database.run(lambda tx: send(tx, "a", "b", [Wanted(beans, 5)], by=SYSTEM))

    async def receive_all(tx: Transaction) -> None:
        await arrive(tx, sent.id, [Arrival(beans, 5)], by=SYSTEM)

    answers = await asyncio.gather(*(database.run(receive_all) for _ in range(4)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", *["NotOnItsWay"] * 3]
    assert await database.read(lambda tx: figures(tx, beans, "b")) == (5, 0, 0)


async def test_transfers_the_opposite_way_do_not_block_each_other(database: Database, stock: Stock) -> None:
    beans = await stock(a=50, b=50)

    async def swap(tx: Transaction, number: int) -> None:
        source, target = ("a", "b") if number % 2 else ("b", "a")
        sent = await send(tx, source, target, [Wanted(beans, 1)], by=SYSTEM)
        await arrive(tx, sent.id, [Arrival(beans, 1)], by=SYSTEM)

    await asyncio.gather(*(database.run(lambda tx, n=n: swap(tx, n)) for n in range(40)))  # type: ignore[misc]  # bound on purpose
    assert await database.read(lambda tx: figures(tx, beans, "a")) == (50, 0, 0)
    assert await database.read(lambda tx: verify(tx, by=SYSTEM)) == []
