"""Killed at any moment and started again, the import ends in the same state as one that nobody disturbed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from tests.conftest import _create, _drop
from tests.online_retail.conftest import SAMPLE, SECRET, content

# Portions of a few lines, so that there are many moments between them.
SMALL = """
from torg.connectors.online_retail import load
load.GOODS_AT_ONCE, load.CUSTOMERS_AT_ONCE, load.LINES_AT_ONCE = 2, 1, 4
from torg.__main__ import main
main(prog_name="./torg")
"""


@pytest.fixture
def another(server_url: str, template: str) -> Iterator[str]:
    """A database beside the module's, as empty."""
    name = f"torg_test_{uuid4().hex[:12]}"
    yield _create(server_url, name, template)
    _drop(server_url, name)


def started(url: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "TORG_DATABASE_URL": url, "TORG_SECRET": SECRET, "TORG_DATA": str(folder)}
    command = ["import", "online-retail", str(SAMPLE), "--opening-stock", "7"]
    return subprocess.Popen(
        [sys.executable, "-c", SMALL, *command],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def portions_done(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT max(done) FROM imports").fetchone()
    return row[0] or 0 if row else 0


def killed_after(connection: psycopg.Connection, url: str, folder: Path, portions: int) -> bool:
    """Start it and kill it once so many portions are in; False when it was faster."""
    process = started(url, folder)
    while process.poll() is None and portions_done(connection) < portions:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_killed_after_every_few_portions_it_ends_as_if_undisturbed(
    database_url: str, another: str, tmp_path: Path
) -> None:
    assert started(another, tmp_path).wait() == 1  # some lines are refused
    wanted = content(another)
    ((run,),) = wanted["runs"]
    kills = 0
    with psycopg.connect(database_url, autocommit=True) as connection:
        while (done := portions_done(connection)) < run["portions"]:
            kills += killed_after(connection, database_url, tmp_path, done + 1)
    assert kills >= 3
    assert started(database_url, tmp_path).wait() == 1
    assert content(database_url) == wanted
