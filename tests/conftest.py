"""Fixtures that all tests share: one PostgreSQL for the run, a migrated template, a clone of it per test module.

A clone costs some tens of milliseconds, so modules cannot disturb each other; within a module, `tx` is rolled
back and tests that commit make their own things with ids of their own. `TORG_TEST_DATABASE_URL` names a server
to use; otherwise an embedded one is started.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
import pytest
import pytest_asyncio
from litestar import Litestar
from psycopg.conninfo import make_conninfo

from torg import demo
from torg.app import SUBSCRIPTIONS, build, ports
from torg.kernel import migrate
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, Transaction
from torg.kernel.drain import drain
from torg.kernel.postgres import EmbeddedServer
from torg.settings import Settings

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Every test has an id of its own: of several with one id, a run in two processes would do the first only.

    The library that makes a test for each call of the API names them apart, and leaves their ids alike.
    """
    told = item.name.partition("[")[2].removesuffix("]")
    if told and not item.nodeid.endswith("]"):
        item._id = item.id.with_params(told)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tests of one id are a mistake, and none is left out for it unseen."""
    ids = [item.nodeid for item in session.items]
    if len(ids) != len(set(ids)):
        raise pytest.UsageError(f"several tests are called {max(ids, key=ids.count)}")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server on which databases may be created."""
    given = os.environ.get("TORG_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="torg-test-") as folder:
        Path(folder).chmod(0o755)  # the server runs as a user of its own when the tests run as root
        server = EmbeddedServer(Path(folder), max_connections=200, durable=False)
        yield server.start()
        server.stop()


def _create(server_url: str, name: str, template: str = "template1") -> str:
    with psycopg.connect(make_conninfo(server_url, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


def _drop(server_url: str, name: str) -> None:
    with psycopg.connect(make_conninfo(server_url, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of an empty, migrated database that is only cloned."""
    name = f"torg_template_{uuid4().hex[:12]}"
    migrate.upgrade(_create(server_url, name))
    yield name
    _drop(server_url, name)


@pytest.fixture(scope="module")
def database_url(server_url: str, template: str) -> Iterator[str]:
    """An empty, migrated database for this module."""
    name = f"torg_test_{uuid4().hex[:12]}"
    yield _create(server_url, name, template)
    _drop(server_url, name)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at a Friday noon until a test moves it."""
    return FixedClock(NOON)


@pytest_asyncio.fixture
async def database(database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    """The module's database, with a clock that the test moves."""
    database = await Database.open(database_url, clock=clock, pool_size=40)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def tx(database: Database) -> AsyncIterator[Transaction]:
    """A transaction that is rolled back at the end of the test."""

    class Over(Exception):
        pass

    try:
        async with database.transaction() as tx:
            yield tx
            raise Over
    except Over:
        pass


def serving(app: Any) -> httpx.AsyncClient:
    """A client that talks to an ASGI application in this process."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://torg.test")


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """An application between its start and its end, which one task of its own sees through, and a client of it."""
    up, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            up.set()
            await over.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(live())
        await up.wait()
        async with serving(app) as client:
            yield client
        over.set()


async def settle(database: Database, settings: Settings, *, tolerant: bool = False) -> None:
    """Let everything happen that follows from what has happened: events, projections, due jobs."""
    known = ports(settings, database)
    await drain(database, SUBSCRIPTIONS, settings=settings, ports=known, tolerant=tolerant)


@pytest.fixture(scope="session")
def world_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the practice retailer's files are."""
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="session")
def world_template(server_url: str, template: str, world_folder: Path) -> Iterator[str]:
    """The name of a database that holds the practice retailer and is only cloned."""
    name = f"torg_world_{uuid4().hex[:12]}"
    url = _create(server_url, name, template)
    settings = _settings(world_folder, url)

    async def fill() -> None:
        database = await Database.open(url, clock=FixedClock(NOON), pool_size=4)
        try:
            await demo.fill(database, settings, size=demo.Size.small, picture_width=160)
            await settle(database, settings)
        finally:
            await database.close()

    asyncio.run(fill())
    yield name
    _drop(server_url, name)


@pytest.fixture(scope="module")
def world_url(server_url: str, world_template: str) -> Iterator[str]:
    """A database with the practice retailer for this module."""
    name = f"torg_test_{uuid4().hex[:12]}"
    yield _create(server_url, name, world_template)
    _drop(server_url, name)


@pytest_asyncio.fixture
async def world(world_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    """The practice retailer, with a clock that the test moves."""
    database = await Database.open(world_url, clock=clock, pool_size=40)
    yield database
    await database.close()


@pytest.fixture
def world_settings(world_folder: Path, world_url: str) -> Settings:
    """Settings of a demo with the practice retailer in it."""
    return _settings(world_folder, world_url)


@pytest_asyncio.fixture
async def shop(world_settings: Settings, world: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole application with the practice retailer in it."""
    app = build(world_settings, world)
    async with running(app) as client:
        yield client


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings of a demo in a folder of its own."""
    return _settings(tmp_path, database_url)


def _settings(folder: Path, url: str) -> Settings:
    return Settings(
        environment="demo", data=folder, database_url=url, secret="s" * 40, public_url="http://torg.test"
    )


@pytest_asyncio.fixture
async def client(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole application on the module's database."""
    app = build(settings, database)
    async with running(app) as client:
        yield client
