"""What the same machine does without us: a bare server, and bare PostgreSQL that writes the rows of one purchase.

One purchase is made over the API, with no worker behind it, and the rows that it has left in every table are read back.
pgbench then writes such rows, with ids of their own, into tables with the same columns and indices in one transaction,
and moves two levels of stock. It is the ceiling, not a competitor: nothing is read, checked, priced or promised.
"""

import asyncio
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from bench import copies, shopping
from bench.client import Caller
from bench.measure import Meter, expect, run
from bench.stage import Stage
from psycopg import sql

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
LEVELS = """
CREATE SEQUENCE bare.count CACHE 100;
CREATE TABLE bare.levels (LIKE levels INCLUDING ALL EXCLUDING GENERATED, place bigint);
INSERT INTO bare.levels SELECT *, row_number() OVER () FROM levels;
CREATE UNIQUE INDEX ON bare.levels (place);
CREATE TABLE bare.streams (LIKE event_streams INCLUDING ALL, place bigint);
INSERT INTO bare.streams SELECT *, row_number() OVER () FROM event_streams WHERE aggregate LIKE 'stock:%%';
CREATE UNIQUE INDEX ON bare.streams (place);
ANALYZE bare.levels, bare.streams;
"""
BEGIN = """
\\set one random(1, {half})
\\set two random({half} + 1, 2 * {half})
SELECT n, lpad(to_hex(n), 12, '0') AS hex, substr(lpad(to_hex(n), 12, '0'), 1, 8) || '-' ||
    substr(lpad(to_hex(n), 12, '0'), 9) AS id FROM nextval('bare.count') AS n \\gset
BEGIN;
UPDATE bare.levels SET allocated = allocated + 1, on_hand = on_hand + 1, sequence = sequence + 2 WHERE place = :one;
UPDATE bare.levels SET allocated = allocated + 1, on_hand = on_hand + 1, sequence = sequence + 2 WHERE place = :two;
UPDATE bare.streams SET last_sequence = last_sequence + 1 WHERE place IN (:one, :two);
"""
GAPS = {
    "id": ":id::text",
    "hex": ":hex::text",
    "number": ":n::text",
    "count": ":n::text",
    "stamp": r"E'2026-01-01 00\x3a00\x3a00'",
}
TYPES = """
SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
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


def purchase_script(stage: Stage) -> str:
    """Buy once and read what that has written, as a script for pgbench; the tables are made at once."""
    connection = stage.connection
    goods = uvloop.run(shopping.look_around(stage.port))
    since = copies.Mark.now(connection)
    pair = goods.variants[:2]
    uvloop.run(_buy(stage.port, goods))
    (template,) = copies.read(connection, since, [[shopping.uuid(each) for each in pair]])
    connection.execute("CREATE SCHEMA bare")
    connection.execute(LEVELS)
    row = connection.execute(
        "SELECT least((SELECT count(*) FROM bare.levels), count(*)) FROM bare.streams"
    ).fetchone()
    assert row is not None
    lines = [BEGIN.format(half=row[0] // 2)]
    known = copies.columns(connection)
    for table, rows in template.rows.items():
        name = sql.Identifier(table)
        connection.execute(sql.SQL("CREATE TABLE bare.{} (LIKE {} INCLUDING ALL)").format(name, name))
        types: dict[str, str] = dict(connection.execute(TYPES, (table,)).fetchall())
        values = (
            ", ".join(
                _value(template, field, types[column])
                for field, column in zip(each.split("\t"), known[table], strict=True)
            )
            for each in rows
        )
        columns = ", ".join(f'"{column}"' for column in known[table])
        lines.append(f"INSERT INTO bare.{table} ({columns}) VALUES ({'), ('.join(values)});")  # noqa: S608  # its own script
    return "\n".join([*lines, "COMMIT;", ""])


async def _buy(port: int, goods: shopping.Goods) -> None:
    caller = Caller(port)
    await shopping.purchase(goods.variants[:2], goods.method)(caller)
    await caller.close()


def _value(template: copies.Template, field: str, type: str) -> str:
    """A field of COPY as an expression; colons are written so that pgbench takes none for the name of a variable."""
    if field == r"\N":
        return "NULL"
    pieces = []
    for place, piece in enumerate(field.split("\0")):
        if place % 2:
            kind, _, number = piece.partition(" ")
            base, step = template.figures[int(number)] if kind == "figure" else (0, 0)
            pieces.append(f"({base} + {step} * :n)::text" if kind == "figure" else GAPS[kind])
        elif piece:
            pieces.append("E'" + piece.replace("'", "''").replace(":", r"\x3a") + "'")
    return f"({' || '.join(pieces) or chr(39) * 2})::{type}"


def bare_orders(url: str, script: str, seconds: float) -> float:
    """Bare orders a second of the same PostgreSQL, at eight connections."""
    with tempfile.TemporaryDirectory(prefix="torg-pgbench-") as folder:
        file = Path(folder) / "order.sql"
        file.write_text(script, encoding="utf-8")
        command = [
            str(binaries() / "pgbench"),
            "--no-vacuum",
            "--client=8",
            "--jobs=2",
            "--protocol=prepared",
        ]
        command += [f"--time={max(1, round(seconds))}", f"--file={file}", url]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([0-9.]+)", told.stdout)
    if told.returncode != 0 or found is None:
        raise RuntimeError(f"pgbench failed: {told.stderr[-2000:]}")
    return round(float(found[1]), 1)
