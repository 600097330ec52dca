"""What Torg tells of itself: logs without secrets, metrics over processes, one trace to the job; and health."""

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar, Request, get
from litestar.params import FromPath
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from torg.kernel import health, problems
from torg.kernel.database import Database, Transaction
from torg.kernel.drain import drain
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import Work, defer, job
from torg.kernel.telemetry import logger, logs, metrics, scrape, span, tracing
from torg.kernel.telemetry.metrics import exposition
from torg.kernel.telemetry.requests import Requests
from torg.settings import ROOT

from .relay_events import BallThrown

TRACED: list[str | None] = []
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@get("/things/{number:int}")
async def thing(request: Request[Any, Any, Any], number: FromPath[int]) -> str:
    if number == 500:
        raise ZeroDivisionError("a secret detail")
    database: Database = request.app.state.database

    async def work(tx: Transaction) -> None:
        tx.record(BallThrown(ball="traced", number=number))

    trace = request.scope.get("torg.trace")
    await database.run(work, trace=trace if isinstance(trace, str) else None)
    return "done"


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(
        [thing, *scrape.ROUTES, *health.ROUTES],
        exception_handlers=problems.HANDLERS,
        logging_config=None,
    )
    app.state.database = database
    app.asgi_handler = Requests(app.asgi_handler, proxies=1)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar's own words for ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://torg") as client:
        client.app = app  # type: ignore[attr-defined]  # for tests that drain it
        yield client


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log, as JSON lines."""
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    logs.configure_logs(json=True, level="DEBUG", stream=stream)
    yield stream
    root.handlers, root.level = before, level


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """The spans that were recorded."""
    exporter = InMemorySpanExporter()
    tracing.trace_with(SimpleSpanProcessor(exporter), "test")
    yield exporter
    tracing.stop_tracing()


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_what_is_bound_and_hides_what_must_not_be_read(lines: io.StringIO) -> None:
    with logs.bound_contextvars(request="req_1", actor="stf_1"):
        logger("torg.test").info("signed in", password="hunter2", where={"token": "t", "city": "Oslo"})
    (line,) = told(lines)
    assert (line["event"], line["request"], line["actor"], line["level"]) == (
        "signed in",
        "req_1",
        "stf_1",
        "info",
    )
    assert line["password"] == logs.BLOT
    assert line["where"] == {"token": logs.BLOT, "city": "Oslo"}
    assert "hunter2" not in lines.getvalue()


def test_a_library_s_line_takes_the_same_road(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("slow by %s", "a lot", extra={"card": "4111"})
    (line,) = told(lines)
    assert (line["event"], line["logger"], line["level"]) == ("slow by a lot", "some.library", "warning")
    assert "4111" not in lines.getvalue()


def test_a_traceback_tells_the_place_and_no_local_variables(lines: io.StringIO) -> None:
    def fail(card_number: str) -> None:
        raise ValueError("no good")

    try:
        fail("4111-1111")
    except ValueError as error:
        logger("torg.test").error("failed", exc_info=error)
    assert "no good" in lines.getvalue() and "fail" in lines.getvalue()
    assert "4111-1111" not in lines.getvalue()


async def test_every_answer_has_a_request_id_that_the_log_knows(
    client: httpx.AsyncClient, lines: io.StringIO
) -> None:
    for path, status in (("/things/1", 200), ("/things/500", 500), ("/nowhere", 404)):
        answer = await client.get(path)
        request_id = answer.headers["x-request-id"]
        assert answer.status_code == status
        (line,) = [line for line in told(lines) if line.get("request") == request_id and "route" in line]
        assert line["status"] == status
        if status != 200:
            assert answer.json()["request_id"] == request_id
    assert told(lines)[-1]["route"] == "(none)"


async def test_requests_are_measured_by_route_with_their_statements(client: httpx.AsyncClient) -> None:
    before = metrics().statements.labels("/things/{number}")._value.get()
    for number in range(3):
        await client.get(f"/things/{number}")
    assert metrics().statements.labels("/things/{number}")._value.get() == before + 3
    text = (await client.get("/metrics")).text
    assert 'torg_request_seconds_count{method="GET",route="/things/{number}",status="200"}' in text
    assert "torg_feed_position " in text and "torg_outbox_waiting " in text
    assert 'torg_database_connections{pool="write",state="used"}' in text


async def test_metrics_are_not_told_to_strangers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"X-Forwarded-For": "8.8.8.8"})
    assert answer.status_code == 401
    assert "torg_" not in answer.text


def test_metrics_of_several_processes_are_added_up(tmp_path: Path) -> None:
    count = (
        "import sys, pathlib\n"
        "from torg.kernel.telemetry import metrics\n"
        "from torg.kernel.telemetry.metrics import exposition, share_metrics\n"
        "share_metrics(pathlib.Path(sys.argv[1]))\n"
        "metrics().moved.inc(5)\n"
        "metrics().pool.labels('write', 'used').set(3)\n"
        "print(exposition().decode())\n"
    )
    command = [sys.executable, "-c", count, str(tmp_path)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    first, second = [
        subprocess.run(command, capture_output=True, check=True, text=True, env=environ).stdout
        for _ in range(2)
    ]
    assert "torg_events_moved_total 5.0" in first
    assert "torg_events_moved_total 10.0" in second
    assert 'torg_database_connections{pool="write",state="used"} 3.0' in second  # the first has ended


@job("test.traced")
async def traced(work: Work) -> None:
    """Remember the trace in which it runs."""
    TRACED.append(tracing.TRACE.get())


async def on_ball(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Defer a job for every ball."""
    for _ in events:
        await defer(tx, traced)


async def test_a_request_its_event_and_its_job_are_one_trace(
    client: httpx.AsyncClient, database: Database, spans: InMemorySpanExporter
) -> None:
    follow = Subscription(name="test.traced", types=(BallThrown,), handle=on_ball, from_start=False)
    await drain(database, [follow])
    TRACED.clear()
    answer = await client.get("/things/7", headers={"traceparent": CALLER})
    assert answer.status_code == 200
    await drain(database, [follow])
    (trace,) = TRACED
    assert trace is not None and trace.split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
    of_this_trace = [
        one.name
        for one in spans.get_finished_spans()
        if one.context and f"{one.context.trace_id:032x}" in trace
    ]
    assert of_this_trace == ["GET /things/{number}", "test.traced", "test.traced"]


async def test_without_a_collector_nothing_is_traced(client: httpx.AsyncClient, database: Database) -> None:
    await client.get("/things/8", headers={"traceparent": CALLER})
    with span("nothing") as nothing:
        assert nothing is None and tracing.TRACE.get() is None
    newest = "SELECT trace FROM outbox ORDER BY id DESC LIMIT 1"
    assert await database.read(lambda tx: tx.all(dict, newest)) == [{"trace": None}]


async def test_a_process_is_ready_while_its_database_answers_and_it_is_not_drained(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/health/live")).json() == {"ok": True, "checks": []}
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    health.drain(client.app)  # type: ignore[attr-defined]  # put there by the fixture
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert [check["name"] for check in answer.json()["checks"] if not check["ok"]] == ["draining"]
    assert (await client.get("/things/1")).status_code == 200


async def test_a_process_whose_database_is_of_another_version_is_not_ready(database: Database) -> None:
    async with database.transaction() as tx:
        before = await tx.one(str, "SELECT version_num FROM alembic_version")
        await tx.execute("UPDATE alembic_version SET version_num = '2020-01-01-0000'")
    try:
        found = await health.ready(database)
    finally:
        async with database.transaction() as tx:
            await tx.execute("UPDATE alembic_version SET version_num = %(v)s", v=before)
    assert not found.ok and "2020-01-01-0000" in found.checks[0].detail


async def test_a_process_whose_database_is_away_says_so_soon() -> None:
    database = await Database.open("postgresql://nobody@127.0.0.1:1/nowhere", wait=0.2)
    try:
        async with asyncio.timeout(5):
            found = await health.ready(database)
    finally:
        await database.close()
    assert not found.ok and found.checks[0].detail == "The database does not answer."


def test_the_exposition_is_read_without_a_folder_too() -> None:
    assert b"torg_request_seconds" in exposition()


async def test_what_a_job_tells_belongs_to_the_trace_of_what_caused_it(
    database: Database, spans: InMemorySpanExporter
) -> None:
    with span("cause", parent=CALLER):
        async with database.transaction() as tx:
            tx.record(BallThrown(ball="told", number=1))
    with span("unrelated"):
        await database.read(lambda tx: tx.one(int, "SELECT 1"))
    newest = "SELECT trace FROM outbox ORDER BY id DESC LIMIT 1"
    (row,) = await database.read(lambda tx: tx.all(dict, newest))
    assert row["trace"].split("-")[1] == CALLER.split("-")[1]
