"""Thousands of levels on one document: a handful of statements, the same ledger as line by line."""

import asyncio

import pytest
from tests.inventory.conftest import demand, make_locations, make_variant, soon, stock_up

from torg.inventory import (
    LoadedLevel,
    Receipt,
    StockLoaded,
    StockTooHigh,
    UnknownVariants,
    hold,
    load_stock,
    receive,
    verify,
)
from torg.inventory.rules import bucket
from torg.inventory.store import reads
from torg.kernel.access import SYSTEM, VISITOR, SignInNeeded
from torg.kernel.database import TALLY, Database, Tally, Transaction
from torg.kernel.ids import new_id
from torg.markets import UnknownLocation


async def test_a_load_makes_levels_adds_to_levels_and_is_in_the_ledger(tx: Transaction) -> None:
    beans, mug = await make_variant(tx), await stock_up(tx, a=10)
    await make_locations(tx, "b")
    await hold(tx, new_id(), [demand(mug, 4, "a")], expires_at=soon(tx), by=SYSTEM)
    told = len(tx.recorded)
    lines = [Receipt(beans, "a", 3), Receipt(mug, "a", 2), Receipt(beans, "a", 4), Receipt(beans, "b", 1)]
    assert await load_stock(tx, lines, document="OPENING", by=SYSTEM) == 3
    events = [event for event in tx.recorded[told:] if isinstance(event, StockLoaded)]
    assert len(events) == len(tx.recorded[told:]) == len({bucket(beans), bucket(mug)})
    assert sorted(
        (level for event in events for level in event.levels), key=lambda one: (one.variant_id, one.location)
    ) == sorted(
        [
            LoadedLevel(beans, "a", 7, 7, 1),
            LoadedLevel(beans, "b", 1, 1, 1),
            LoadedLevel(mug, "a", 12, 8, 3),
        ],
        key=lambda one: (one.variant_id, one.location),
    )
    (newest, *_) = await reads.movements(tx, mug, "a", before=10**9, most=5)
    assert (newest.cause.value, newest.on_hand, newest.on_hand_after, newest.document) == (
        "received",
        2,
        12,
        "OPENING",
    )
    assert await verify(tx, by=SYSTEM) == []


async def test_a_load_takes_as_many_statements_for_one_level_as_for_hundreds(tx: Transaction) -> None:
    variants = [await make_variant(tx) for _ in range(100)]
    await make_locations(tx, "a", "b", "c")
    counts = []
    await load_stock(tx, [Receipt(variants[0], "a", 1)], document="FIRST", by=SYSTEM)
    await tx.flush()
    for lines in (
        [Receipt(variants[0], "a", 1)],
        [Receipt(variant, place, 2) for variant in variants for place in ("a", "b", "c")],
    ):
        tally = Tally()
        token = TALLY.set(tally)
        try:
            await load_stock(tx, lines, document="MANY", by=SYSTEM)
            await tx.flush()
        finally:
            TALLY.reset(token)
        counts.append(tally.statements)
    assert counts == [4, 4]
    assert await verify(tx, by=SYSTEM) == []


async def test_a_load_with_one_wrong_line_receives_nothing(tx: Transaction) -> None:
    variant = await stock_up(tx, a=1)
    with pytest.raises(UnknownVariants):
        lines = [Receipt(variant, "a", 5), Receipt(new_id(), "a", 5)]
        await load_stock(tx, lines, document="DN", by=SYSTEM)
    with pytest.raises(UnknownLocation):
        async with tx.savepoint():
            lines = [Receipt(variant, "a", 5), Receipt(variant, "atlantis", 5)]
            await load_stock(tx, lines, document="DN", by=SYSTEM)
    with pytest.raises(StockTooHigh):
        async with tx.savepoint():
            await load_stock(tx, [Receipt(variant, "a", 1_000_000_000)], document="DN", by=SYSTEM)
    with pytest.raises(ValueError, match="unit"):
        await load_stock(tx, [Receipt(variant, "a", 0)], document="DN", by=SYSTEM)
    with pytest.raises(SignInNeeded):
        await load_stock(tx, [Receipt(variant, "a", 1)], document="DN", by=VISITOR)
    level = await reads.level(tx, variant, "a")
    assert level is not None
    assert (level.on_hand, level.sequence) == (1, 1)


async def test_loads_and_receipts_at_once_add_up(database: Database) -> None:
    async def prepare(tx: Transaction) -> list[Receipt]:
        await make_locations(tx, "a", "b")
        variants = [await make_variant(tx) for _ in range(5)]
        return [Receipt(variant, place, 1) for variant in variants for place in ("a", "b")]

    lines = await database.run(prepare)
    await asyncio.gather(
        *(database.run(lambda tx: load_stock(tx, lines[::-1], document="LOAD", by=SYSTEM)) for _ in range(6)),
        *(database.run(lambda tx: receive(tx, lines, document="DN", by=SYSTEM)) for _ in range(6)),
    )

    async def balances(tx: Transaction) -> set[tuple[int, int]]:
        levels = [await reads.level(tx, line.variant_id, line.location) for line in lines]
        return {(level.on_hand, level.sequence) for level in levels if level is not None}

    assert await database.read(balances) == {(12, 12)}
    assert await database.read(lambda tx: verify(tx, by=SYSTEM)) == []
