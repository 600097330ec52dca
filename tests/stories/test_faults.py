"""What breaks outside a request: the database goes away and comes back, and nothing is lost, doubled or hangs."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.live import Live, live

from torg.kernel import migrate
from torg.kernel.postgres import EmbeddedServer
from torg.settings import Settings


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedServer]:
    """A durable PostgreSQL of its own, which the test may kill."""
    with tempfile.TemporaryDirectory(prefix="torg-faults-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedServer(Path(folder))
        migrate.upgrade(server.start())
        yield server
        server.stop()


@pytest.fixture(scope="module")
def torg(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server process on that database."""
    settings = Settings(
        environment="demo",
        data=tmp_path_factory.mktemp("faults"),
        database_url=postgres.url,
        secret="s" * 40,
        log_level="error",
        rate_limit_visitor=1_000_000,
    )
    with live("server", settings) as process:
        yield process


def kill(postgres: EmbeddedServer) -> None:
    """End the database as a power cut would."""
    assert postgres.process is not None
    os.kill(postgres.process.pid, signal.SIGKILL)
    postgres.process.wait(30)


async def register(client: httpx.AsyncClient, number: int) -> httpx.Response:
    """Ask for a sign-in code: a write that anybody may send."""
    body = {"email": f"somebody-{number}@example.org"}
    return await client.post(
        "/api/v1/me/codes", json=body, headers={"Idempotency-Key": f"code-for-{number:06}"}
    )


async def patiently(client: httpx.AsyncClient, number: int) -> httpx.Response:
    """Repeat a call that was answered 503 under its key, as a good client does."""
    for _ in range(5):
        answer = await register(client, number)
        if answer.status_code != 503:
            break
        await asyncio.sleep(0.5)
    return answer


def test_a_database_that_goes_away_and_comes_back_loses_nothing(postgres: EmbeddedServer, torg: Live) -> None:
    async def story() -> None:
        async with httpx.AsyncClient(base_url=torg.url, timeout=30) as client:
            assert (await register(client, 0)).status_code < 300
            under_way = [asyncio.create_task(register(client, number)) for number in range(1, 21)]
            await asyncio.sleep(0.02)
            kill(postgres)
            for answer in await asyncio.gather(*under_way):
                assert answer.status_code in {200, 201, 202, 204, 503}, answer.text
            away = await register(client, 21)
            assert away.status_code == 503
            assert away.headers["content-type"] == "application/problem+json"
            assert (await client.get("/health/ready")).status_code == 503
            postgres.launch()
            for number in range(22):
                again = await patiently(client, number)
                assert again.status_code < 300, again.text
            assert (await client.get("/health/ready")).status_code == 200

    asyncio.run(story())
