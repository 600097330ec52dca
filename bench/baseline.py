"""What the same machine does without us: a bare server, and bare PostgreSQL that writes as many rows as one purchase.

The bare tables have the width of ours and one index each; a purchase is one transaction there. It is the ceiling, not a
competitor: nothing is checked, priced or promised.
"""

import asyncio
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import uvloop
from bench.client import Caller
from bench.measure import Meter, expect, run

from torg.kernel.postgres import binaries

BARE = """
import sys, uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from litestar import Litestar, get

@get("/")
async def hello() -> dict[str, str]:
    return {"hello": "world"}

app = Litestar([hello], openapi_config=None, logging_config=None)
server = Server(app, port=int(sys.argv[1]), interface=Interfaces.ASGI, http=HTTPModes.http1, log_enabled=False)
uvloop.run(server.serve())
"""
TABLES = """
CREATE TABLE bare_levels (id int PRIMARY KEY, reserved int NOT NULL, filler text NOT NULL);
INSERT INTO bare_levels SELECT n, 0, repeat('x', 60) FROM generate_series(1, 1000) AS n;
CREATE TABLE bare_orders (id uuid PRIMARY KEY, body text NOT NULL);
CREATE TABLE bare_rows (id uuid, place int, body text NOT NULL, PRIMARY KEY (id, place));
"""
# One order, its fourteen smaller rows (lines, payment, attempt, holds, movements, claims, events) and two levels.
SCRIPT = """
\\set one random(1, 500)
\\set two random(501, 1000)
BEGIN;
UPDATE bare_levels SET reserved = reserved + 1 WHERE id = :one;
UPDATE bare_levels SET reserved = reserved + 1 WHERE id = :two;
WITH made AS (INSERT INTO bare_orders VALUES (gen_random_uuid(), repeat('x', 900)) RETURNING id)
INSERT INTO bare_rows SELECT id, n, repeat('x', 220) FROM made, generate_series(1, 14) AS n;
COMMIT;
"""


def bare_server(seconds: float) -> float:
    """Requests a second of a server that only says hello, at eight callers."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", BARE, str(port)])
    try:
        return uvloop.run(_hello(port, seconds))
    finally:
        process.terminate()
        process.wait(10)


async def _hello(port: int, seconds: float) -> float:
    async def once(caller: Caller) -> None:
        expect(await caller.call("GET", "/"), 200)

    caller = Caller(port)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            await once(caller)
            break
        except OSError:
            await asyncio.sleep(0.1)
    await caller.close()
    load, _ = await run(once, port=port, concurrency=8, seconds=seconds, meter=Meter([]))
    return load.per_s


def bare_orders(url: str, seconds: float) -> float:
    """Bare orders a second of the same PostgreSQL, at eight connections."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES)
    with tempfile.TemporaryDirectory(prefix="torg-pgbench-") as folder:
        script = Path(folder) / "order.sql"
        script.write_text(SCRIPT, encoding="utf-8")
        command = [
            str(binaries() / "pgbench"),
            "--no-vacuum",
            "--client=8",
            "--jobs=2",
            "--protocol=prepared",
        ]
        command += [f"--time={max(1, round(seconds))}", f"--file={script}", url]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"tps = ([0-9.]+)", told)
    if found is None:
        raise RuntimeError(told)
    return round(float(found[1]), 1)
