"""The embedded server starts, survives, and leaves nothing behind."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from torg.kernel import postgres
from torg.kernel.postgres import DataFolderInUse, EmbeddedServer, PostgresFailed
from torg.settings import ROOT


@pytest.fixture(scope="module")
def folder(lasting_place: Path) -> Path:
    """A data folder whose path has spaces and a percent sign in it."""
    return lasting_place / "a folder of 100%"


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(folder, max_connections=30)
    server.start()
    yield server
    server.stop()


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_the_database_sorts_and_folds_case_as_a_debian_server_does(server: EmbeddedServer) -> None:
    assert one(server.url, "SELECT current_setting('server_encoding')") == "UTF8"
    assert one(server.url, "SELECT lower('ÆØÅ')") == "æøå"
    assert one(server.url, "SELECT 'Z' < 'a' AND 'z' < 'å'") is True
    assert one(server.url, "SELECT current_setting('max_connections')") == "30"
    assert one(server.url, "SELECT current_setting('fsync')") == "on"


def test_only_its_owner_can_reach_it(server: EmbeddedServer) -> None:
    assert one(server.url, "SELECT current_setting('listen_addresses')") == ""
    socket_folder = Path(str(one(server.url, "SELECT current_setting('unix_socket_directories')")))
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700


def test_a_running_server_is_found_and_a_stopped_one_is_not(folder: Path) -> None:
    server = EmbeddedServer(folder)
    url = server.start()
    assert postgres.running(folder) == url
    server.stop()
    assert postgres.running(folder) is None


def test_a_second_start_on_the_same_folder_says_who_has_it(server: EmbeddedServer, folder: Path) -> None:
    server.claim("process 7, http://127.0.0.1:8000")
    with pytest.raises(DataFolderInUse, match=r"process 7, http://127\.0\.0\.1:8000"):
        EmbeddedServer(folder).start()
    assert one(server.url, "SELECT 1") == 1


def test_a_killed_server_is_launched_again_and_has_lost_nothing(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
        connection.commit()
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.launch()
    assert one(server.url, "SELECT count(*) > 0 FROM kept") is True


def test_a_lock_file_that_names_a_foreign_process_is_taken_over(folder: Path) -> None:
    server = EmbeddedServer(folder)
    server.start()
    text = (server.cluster / "postmaster.pid").read_text()
    server.stop()
    (server.cluster / "postmaster.pid").write_text(text.replace(text.splitlines()[0], str(os.getpid()), 1))
    server.start()
    assert one(server.url, "SELECT 1") == 1
    server.stop()


def test_a_cluster_that_was_not_finished_is_made_anew(place: Path) -> None:
    (place / "postgres.unfinished").mkdir(parents=True)
    (place / "postgres.unfinished" / "half").write_text("x")
    server = EmbeddedServer(place, durable=False)
    server.start()
    assert one(server.url, "SELECT 1") == 1
    server.stop()
    assert not (place / "postgres.unfinished").exists()


def test_a_cluster_of_another_version_is_refused_and_left_alone(place: Path) -> None:
    (place / "postgres").mkdir()
    (place / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(PostgresFailed, match="PostgreSQL 16"):
        EmbeddedServer(place).start()
    assert (place / "postgres" / "PG_VERSION").read_text() == "16\n"


def test_a_long_path_gets_a_short_socket(place: Path) -> None:
    server = EmbeddedServer(place / ("long" * 30), durable=False)
    url = server.start()
    assert one(url, "SELECT 1") == 1
    assert postgres.running(place / ("long" * 30)) == url
    server.stop()


def test_it_is_not_tied_to_a_thread_that_ends(place: Path) -> None:
    caught: list[BaseException] = []

    def start() -> None:
        try:
            EmbeddedServer(place).start()
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(caught[0])


STARTER = """
import sys, time
from pathlib import Path
from torg.kernel.postgres import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.start()
print(server.process.pid, flush=True)
time.sleep(60)
"""


def test_a_killed_starter_leaves_no_server_and_the_next_start_takes_over(place: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(place)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    with psycopg.connect(postgres.address(place / "run")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        connection.commit()
    starter.kill()
    starter.wait()
    starter.stdout.close()
    server = EmbeddedServer(place)
    server.start()
    assert one(server.url, "SELECT n FROM kept") == 1
    server.stop()
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)
