"""The statements themselves: the guard under the lock, and the way they are sent where tables are distributed."""

from uuid import UUID

import psycopg
import pytest
from tests.inventory.conftest import demand, soon, stock_up

from torg.catalog import specials
from torg.inventory import (
    OutOfStock,
    Receipt,
    allocate,
    availability,
    give_back,
    hold,
    receive,
    release,
    ship,
    verify,
)
from torg.inventory.buffers import known_buffers
from torg.inventory.model import Cause, Deltas, Move
from torg.inventory.rules import bucket
from torg.inventory.store import ledger, reads
from torg.kernel.access import SYSTEM
from torg.kernel.database import TALLY, Tally, Transaction
from torg.kernel.ids import new_id


async def test_a_level_that_cannot_give_what_is_asked_is_left_out_and_writes_no_movement(
    tx: Transaction,
) -> None:
    variant = await stock_up(tx, a=2, b=2)
    moves = [Move(variant, "a", Deltas(reserved=3)), Move(variant, "b", Deltas(reserved=2))]
    moved = await ledger.move(tx, moves, ledger.Entry(Cause.reserved, "test"))
    assert [(level.location, level.available, level.sequence) for level in moved] == [("b", 0, 2)]
    kept = await reads.level(tx, variant, "a")
    assert kept is not None and (kept.reserved, kept.sequence) == (0, 1)


@pytest.mark.parametrize(
    "deltas",
    [Deltas(on_hand=-3), Deltas(reserved=-1), Deltas(allocated=-1), Deltas(allocated=3), Deltas(damaged=-1)],
)
async def test_the_table_itself_refuses_what_would_be_below_zero_or_promised_twice(
    tx: Transaction, deltas: Deltas
) -> None:
    variant = await stock_up(tx, a=2)
    with pytest.raises(psycopg.errors.CheckViolation):
        async with tx.savepoint():
            await ledger.move(tx, [Move(variant, "a", deltas)], ledger.Entry(Cause.adjusted, "test"))
    assert await verify(tx, by=SYSTEM) == []


async def test_where_tables_are_distributed_each_bucket_has_a_statement_of_its_own(tx: Transaction) -> None:
    tx.database.forget("spread.distributed")
    assert await tx.database.cached("spread.distributed", _yes, seconds=60)
    variants = [await stock_up(tx, a=5, b=5) for _ in range(6)]
    buckets = len({bucket(variant) for variant in variants})
    order, tally = new_id(), Tally()
    await specials(tx.database)
    await known_buffers(tx.database)  # kept for a second, like the atlas
    TALLY.set(tally)
    await hold(tx, order, [demand(v, 7, "a", "b") for v in variants], expires_at=soon(tx), by=SYSTEM)
    TALLY.set(None)
    assert tally.statements == 2 * buckets
    with pytest.raises(OutOfStock) as refused:
        wanted = [demand(v, 4, "a", "b") for v in variants]
        await hold(tx, new_id(), wanted, expires_at=soon(tx), by=SYSTEM)
    assert refused.value.facts["count"] == 6
    assert len(await allocate(tx, order)) == 12
    await ship(tx, order, [(variant, "a", 5) for variant in variants])
    await give_back(tx, order, [(variants[0], "b", 1)], cause="test")
    await release(tx, order, "test")
    await receive(tx, [Receipt(variants[0], "a", 1)], document="D", by=SYSTEM)
    assert [(await _available(tx, v)) for v in variants] == [(1, 5)] + [(0, 5)] * 5
    assert await verify(tx, by=SYSTEM) == []
    tx.database.forget("spread.distributed")


async def _yes(tx: Transaction) -> bool:
    return True


async def _available(tx: Transaction, variant: UUID) -> tuple[int, ...]:
    found = await availability(tx, [variant], ["a", "b"])
    return tuple(found[variant].get(place, 0) for place in ("a", "b"))
