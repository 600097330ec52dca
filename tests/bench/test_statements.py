"""The statements that a purchase is said to need are those that PostgreSQL was sent.

The test gateway stands for another computer, though it keeps its charges in the same database: its own are not counted.
"""

import itertools
import re
import time
from pathlib import Path

import pytest
import uvloop
from bench import shopping
from bench.client import Caller
from bench.stage import stage

TIMES = 3
SENT = re.compile(r"\[(\d+)\] LOG:  (?:execute [^:]*|statement):\s*([^\n]*)")
NOT_COUNTED = re.compile(r"BEGIN|COMMIT|ROLLBACK|\w+ \w+ test_gateway_")
OURS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'torg'"


@pytest.mark.slow
def test_the_driver_counts_what_the_database_was_sent() -> None:
    with stage() as stood:
        with stood.hurried():
            stood.fill()
            stood.do(shopping.stock_up)
        stood.add_server()
        goods = uvloop.run(shopping.look_around(stood.port))

        async def buy(times: int) -> None:
            caller = Caller(stood.port)
            once = shopping.purchase(itertools.cycle(goods.variants), goods.method)
            for _ in range(times):
                await once(caller)
            await caller.close()

        log = Path(stood.settings.data) / "postgres.log"
        uvloop.run(buy(1))
        stood.connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        stood.connection.execute("SELECT pg_reload_conf()")
        uvloop.run(buy(1))  # the server's connections hear of it between two statements
        time.sleep(0.5)  # a request is counted when its answer has been sent
        begun, told = log.stat().st_size, stood.statements()
        uvloop.run(buy(TIMES))
        time.sleep(0.5)
        servers = {str(row[0]) for row in stood.connection.execute(OURS)}
        sent = SENT.findall(log.read_bytes()[begun:].decode())
        counted = stood.statements() - told
    received = [text for process, text in sent if process in servers and not NOT_COUNTED.match(text)]
    assert counted > 10 * TIMES
    assert counted == len(received), sorted(received)
