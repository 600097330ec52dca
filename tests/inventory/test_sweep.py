"""The sweep at size: tens of thousands of holds whose time has run out, while others buy from the same level."""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

import pytest
from tests.inventory.conftest import Stock, demand

from torg.inventory import expire, hold, rules, verify
from torg.inventory.store import reads
from torg.inventory.sweep import AT_ONCE
from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id

# As they would stand there had each been kept by itself: a hold for each unit, and its level and ledger to match.
KEPT = """
WITH kept AS (
    INSERT INTO soft_holds (bucket, order_id, id, line_id, variant_id, location, quantity, holder, state, expires_at,
                            held_at, moved_at)
    SELECT %(bucket)s, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), %(variant)s, 'a', 1, 'cart:' || n,
           'held', %(at)s, %(at)s, %(at)s
    FROM generate_series(1, %(many)s) AS n
), moved AS (
    UPDATE levels SET reserved = reserved + %(many)s, sequence = sequence + 1
    WHERE bucket = %(bucket)s AND variant_id = %(variant)s AND location = 'a' RETURNING sequence
)
INSERT INTO movements (bucket, variant_id, location, sequence, cause, on_hand, reserved, allocated, damaged, incoming,
                       actor, at)
SELECT %(bucket)s, %(variant)s, 'a', sequence, 'reserved', 0, %(many)s, 0, 0, 0, 'system', %(at)s FROM moved
"""


async def keep_many(database: Database, variant: UUID, many: int) -> None:
    bucket = rules.bucket(variant)
    await database.run(lambda tx: tx.execute(KEPT, bucket=bucket, variant=variant, many=many, at=tx.now))


async def swept(database: Database) -> int:
    """Sweep until nothing is due; tells in how many transactions."""
    batches = 0
    while True:
        ended = await database.run(lambda tx: expire(tx, most=AT_ONCE))
        assert ended <= AT_ONCE
        if not ended:
            return batches
        batches += 1


async def buying(database: Database, variant: UUID, over: asyncio.Event) -> list[float]:
    """How long each purchase waited that was made while the sweep ran."""

    async def buy(tx: Transaction) -> None:
        until = tx.now + timedelta(minutes=15)
        await hold(tx, new_id(), [demand(variant, 1, "a")], expires_at=until, by=SYSTEM)

    waited = []
    while not over.is_set():
        began = time.perf_counter()
        await database.run(buy)
        waited.append(time.perf_counter() - began)
    return waited


async def sweep_while_others_buy(database: Database, variant: UUID) -> tuple[int, list[float]]:
    over = asyncio.Event()

    async def sweep() -> int:
        try:
            return await swept(database)
        finally:
            over.set()

    buyers = asyncio.gather(*(buying(database, variant, over) for _ in range(4)))
    batches, waits = await asyncio.gather(sweep(), buyers)
    return batches, sorted(wait for each in waits for wait in each)


async def test_what_has_expired_on_one_level_is_swept_in_parts_while_others_buy_from_it(
    database: Database, stock: Stock, clock: FixedClock
) -> None:
    variant = await stock(a=10_000)
    await keep_many(database, variant, 3_000)
    clock.move(minutes=1)
    batches, waits = await sweep_while_others_buy(database, variant)
    level = await database.read(lambda tx: reads.level(tx, variant, "a"))
    assert (batches, level and level.reserved) == (15, len(waits))
    assert await database.run(lambda tx: verify(tx, by=SYSTEM)) == []


@pytest.mark.slow
async def test_tens_of_thousands_of_expired_holds_are_swept_while_others_buy(
    database: Database, stock: Stock, clock: FixedClock
) -> None:
    variant = await stock(a=200_000)
    await keep_many(database, variant, 20_000)
    clock.move(minutes=1)
    batches, waits = await sweep_while_others_buy(database, variant)
    level = await database.read(lambda tx: reads.level(tx, variant, "a"))
    assert (batches, level and level.reserved) == (100, len(waits))
    assert await database.run(lambda tx: verify(tx, by=SYSTEM)) == []
