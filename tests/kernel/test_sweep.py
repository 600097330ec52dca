"""Stored answers of writes are kept for their time, and no longer."""

from datetime import timedelta

from torg.kernel import idempotency
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.idempotency import Answer, Claim


async def test_an_answer_is_forgotten_after_its_time_and_not_before(
    database: Database, clock: FixedClock
) -> None:
    claim = Claim("staff", "kept-for-a-while", idempotency.fingerprint("POST", "/x", b""))
    await database.run(lambda tx: idempotency.settle(tx, claim, Answer(201, b"{}")))
    clock.move(seconds=idempotency.KEPT.total_seconds())
    await database.run(idempotency.forget)
    assert await database.read(lambda tx: idempotency.find(tx, claim)) == Answer(201, b"{}", replayed=True)
    clock.at += timedelta(seconds=1)
    assert await database.run(idempotency.forget) == 1
    assert await database.read(lambda tx: idempotency.find(tx, claim)) is None
