"""Goods come in and figures are set right; the ledger tells why there are so many."""

from uuid import UUID

import pytest
from tests.inventory.conftest import demand, make_locations, make_variant, soon, stock_up

from torg.inventory import (
    Reason,
    Receipt,
    StockAdjusted,
    StockChanged,
    StockPromised,
    StockReceived,
    StockTooHigh,
    StockTooLow,
    UnknownLevel,
    UnknownVariants,
    adjust,
    hold,
    receive,
    recount,
    verify,
)
from torg.inventory.store import reads
from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, Grant, RightMissing, SignInNeeded
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import new_id
from torg.markets import UnknownLocation


async def ledger(tx: Transaction, variant: UUID, place: str) -> list[tuple[str, int, int]]:
    found = await reads.movements(tx, variant, place, before=10**9, most=100)
    return [(entry.cause.value, entry.on_hand, entry.on_hand_after) for entry in found]


async def test_the_ledger_tells_why_there_are_so_many(tx: Transaction) -> None:
    variant = await stock_up(tx, a=40)
    await receive(tx, [Receipt(variant, "a", 10)], document="DN-7", by=SYSTEM)
    await adjust(tx, variant, "a", 2, reason=Reason.stolen, by=SYSTEM)
    await adjust(tx, variant, "a", 1, reason=Reason.damaged, by=SYSTEM, note="dropped")
    await adjust(tx, variant, "a", 3, reason=Reason.found, by=SYSTEM)
    assert await ledger(tx, variant, "a") == [
        ("adjusted", 3, 50),
        ("damaged", -1, 47),
        ("adjusted", -2, 48),
        ("received", 10, 50),
        ("received", 40, 40),
    ]
    older = await reads.movements(tx, variant, "a", before=4, most=2)
    assert [(entry.sequence, entry.on_hand_after) for entry in older] == [(3, 48), (2, 50)]
    assert (older[1].document, older[1].actor) == ("DN-7", "system")
    found = await reads.level(tx, variant, "a")
    assert found is not None
    assert (found.on_hand, found.damaged, found.sequence) == (50, 1, 5)
    assert await verify(tx, by=SYSTEM) == []


async def test_a_receipt_of_many_lines_is_summed_a_level_and_told(tx: Transaction) -> None:
    beans, mug = await make_variant(tx), await stock_up(tx, a=1)
    await make_locations(tx, "b")
    lines = [Receipt(beans, "a", 3), Receipt(mug, "a", 2), Receipt(beans, "a", 4), Receipt(beans, "b", 1)]
    told = len(tx.recorded)
    after = await receive(tx, lines, document="DN-8", by=SYSTEM)
    assert sorted((m.variant_id, m.location, m.on_hand) for m in after) == sorted(
        [(beans, "a", 7), (mug, "a", 3), (beans, "b", 1)]
    )
    events = tx.recorded[told:]
    assert len([e for e in events if isinstance(e, StockChanged)]) == 3
    assert sorted(e.quantity for e in events if isinstance(e, StockReceived)) == [1, 2, 7]


async def test_unknown_variants_and_locations_are_refused_and_nothing_is_received(tx: Transaction) -> None:
    variant = await stock_up(tx, a=1)
    with pytest.raises(UnknownVariants):
        async with tx.savepoint():
            lines = [Receipt(variant, "a", 5), Receipt(new_id(), "a", 5)]
            await receive(tx, lines, document="DN", by=SYSTEM)
    with pytest.raises(UnknownLocation):
        async with tx.savepoint():
            lines = [Receipt(variant, "a", 5), Receipt(variant, "atlantis", 5)]
            await receive(tx, lines, document="DN", by=SYSTEM)
    with pytest.raises(StockTooHigh):
        async with tx.savepoint():
            await receive(tx, [Receipt(variant, "a", 1_000_000_000)], document="DN", by=SYSTEM)
    assert await ledger(tx, variant, "a") == [("received", 1, 1)]


async def test_an_adjustment_takes_no_more_than_there_is_or_than_is_not_promised(tx: Transaction) -> None:
    variant = await stock_up(tx, a=3)
    await hold(tx, new_id(), [demand(variant, 2, "a")], expires_at=soon(tx), by=SYSTEM)
    before = await reads.level(tx, variant, "a")
    with pytest.raises(StockTooLow):
        await adjust(tx, variant, "a", 4, reason=Reason.lost, by=SYSTEM)
    with pytest.raises(StockPromised):
        await adjust(tx, variant, "a", 2, reason=Reason.lost, by=SYSTEM)
    with pytest.raises(StockTooLow):
        await adjust(tx, variant, "a", 1, reason=Reason.scrapped, by=SYSTEM)
    assert await reads.level(tx, variant, "a") == before


async def test_an_adjustment_of_a_level_that_moved_on_is_refused(tx: Transaction) -> None:
    variant = await stock_up(tx, a=3)
    await receive(tx, [Receipt(variant, "a", 1)], document="DN", by=SYSTEM)
    with pytest.raises(StaleVersion) as stale:
        await adjust(tx, variant, "a", -1, reason=Reason.correction, by=SYSTEM, version=1)
    assert stale.value.facts == {"given": 1, "present": 2}
    after = await adjust(tx, variant, "a", -1, reason=Reason.correction, by=SYSTEM, version=2)
    assert (after.on_hand, after.sequence) == (3, 3)


async def test_goods_can_be_found_where_none_ever_were_but_not_lost_there(tx: Transaction) -> None:
    variant = await make_variant(tx)
    await make_locations(tx, "a")
    with pytest.raises(UnknownLevel):
        await adjust(tx, variant, "a", 1, reason=Reason.lost, by=SYSTEM)
    found = await adjust(tx, variant, "a", 2, reason=Reason.found, by=SYSTEM)
    assert found.on_hand == 2
    assert StockAdjusted(variant_id=variant, location="a", quantity=2, reason=Reason.found) in tx.recorded


async def test_a_balance_that_others_changed_is_found_and_set_right(tx: Transaction) -> None:
    variant = await stock_up(tx, a=5)
    await tx.execute("UPDATE levels SET on_hand = 7 WHERE variant_id = %(v)s", v=variant)
    (difference,) = await verify(tx, by=SYSTEM)
    assert (difference.figure, difference.balance, difference.ledger) == ("on_hand", 7, 5)
    assert await recount(tx, by=SYSTEM) == [difference]
    assert await verify(tx, by=SYSTEM) == []
    found = await reads.level(tx, variant, "a")
    assert found is not None and found.on_hand == 5


async def test_stock_is_changed_only_by_whom_the_location_allows(tx: Transaction) -> None:
    variant = await stock_up(tx, a=5)
    elsewhere = Actor(
        ActorKind.staff, "stf", (Grant(frozenset({"stock:adjust"}), stores=frozenset({"oslo"})),)
    )
    with pytest.raises(SignInNeeded):
        await receive(tx, [Receipt(variant, "a", 1)], document="DN", by=VISITOR)
    with pytest.raises(SignInNeeded):
        await adjust(tx, variant, "a", 1, reason=Reason.lost, by=VISITOR)
    with pytest.raises((RightMissing, UnknownLocation)):
        await adjust(tx, variant, "a", 1, reason=Reason.lost, by=elsewhere)
    with pytest.raises(RightMissing):
        await verify(tx, by=elsewhere)
    found = await reads.level(tx, variant, "a")
    assert found is not None and found.sequence == 1
