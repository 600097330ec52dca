"""Series of numbers stay whole when processes are killed with a number in their hands, and a broken one is found."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.kernel.eventually import eventually
from tests.orders.conftest import Till
from tests.orders.test_documents import buy, forget, of

from torg import orders
from torg.__main__ import main
from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.orders.documents import Document, DocumentKind, check, issue, settle

ROOT = Path(__file__).parents[2]
WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def receipt(database: Database, order: orders.Order) -> Document:
    return await database.run(
        lambda tx: issue(tx, order.order_id, DocumentKind.receipt, by=SYSTEM), repeatable=True
    )


async def test_numbers_of_killed_processes_are_given_to_who_waits_for_them(
    till: Till, database: Database, database_url: str, clock: FixedClock
) -> None:
    bought = [await buy(till) for _ in range(4)]
    await till.settle()
    await database.run(forget)
    first = await receipt(database, bought[0])
    for dying, waiting in ((bought[1], bought[2]), (bought[1], bought[3])):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(
                "-m",
                "tests.orders.taking_numbers",
                database_url,
                str(dying.order_id),
                clock.now().isoformat(),
            ),
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}/src"},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        taken = (await process.stdout.readline()).decode().strip()
        assert taken > str(first.number)
        late = asyncio.create_task(receipt(database, waiting))
        await eventually(lambda: database.read(lambda tx: tx.one(int, WAITING)), 60)
        process.kill()
        assert await process.wait() == -signal.SIGKILL
        assert (await late).number == taken
        assert await of(database, dying) == []
    assert (await receipt(database, bought[1])).place == 4
    assert all(one.whole for one in await database.read(check))


BROKEN = (
    ("DELETE FROM documents WHERE place = 2", 1, "1 numbers missing, 0 given twice"),
    (
        "UPDATE documents SET place = 1, number = number WHERE place = 2",
        1,
        "1 numbers missing, 1 given twice",
    ),
    ("UPDATE document_series SET last = 4", 1, "1 numbers missing, 0 given twice"),
    ("UPDATE document_series SET last = 3", 0, "without gaps"),
)


async def test_a_gap_and_a_number_that_was_given_twice_are_found_from_the_terminal(
    till: Till, database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DATABASE_URL": database_url, "SECRET": "s" * 40, "DATA": str(tmp_path)}.items():
        monkeypatch.setenv(f"TORG_{name}", value)
    bought = [await buy(till) for _ in range(3)]
    await till.settle()
    for broken, code, said in BROKEN:
        await database.run(forget)
        await database.run(lambda tx: settle(tx, [one.order_id for one in bought]))
        async with database.transaction() as tx:
            await tx.execute(broken)
        told = await asyncio.to_thread(gaps)
        assert (told.exit_code, said in told.output) == (code, True), told.output
        assert f"1 series, {code} with gaps" in told.output


def gaps() -> Result:
    return CliRunner().invoke(main, ["orders", "gaps"])
