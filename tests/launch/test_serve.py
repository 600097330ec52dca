"""`./torg serve` and `./torg worker`: several processes on one port, one embedded database for both commands."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.launch.started import Started, eventually

pytestmark = pytest.mark.slow

SECRET = "s" * 40


@pytest.fixture
def server(place: Path) -> Iterator[Started]:
    """Two server processes on a migrated database of their own."""
    migrate = [sys.executable, "-P", "-m", "torg", "migrate", "--data", str(place / "data")]
    subprocess.run(migrate, check=True, capture_output=True)
    server = Started("serve", place / "data", "--port", "0", TORG_SERVER_PROCESSES="2", TORG_SECRET=SECRET)
    server.until_ready("server")
    assert eventually(lambda: len(server.children("server")) == 2)
    yield server
    if server.process.poll() is None:
        server.stop()


def test_several_processes_share_the_port_and_one_that_dies_is_not_missed(server: Started) -> None:
    assert eventually(lambda: server.get("/health/ready") == 200)
    first, second = server.children("server")
    first.kill()
    assert eventually(lambda: server.get("/health/ready") == 200)
    assert eventually(
        lambda: len({child.pid for child in server.children("server")} - {first.pid, second.pid}) == 1
    )
    server.stop()
    assert server.left_behind() == []


def test_a_worker_joins_the_database_that_a_server_started(server: Started, place: Path) -> None:
    worker = Started("worker", place / "data", TORG_SECRET=SECRET)
    assert eventually(lambda: worker.children("worker"))
    worker.family()
    worker.stop()
    assert worker.process.returncode == 0
    assert worker.left_behind() == []
    assert server.get("/health/ready") == 200


def test_a_database_of_another_version_is_not_served(place: Path) -> None:
    refused = Started("serve", place / "data", "--port", "0", TORG_SECRET=SECRET)
    with pytest.raises(AssertionError, match=r"the database is at nothing, .* run \./torg migrate first"):
        refused.until_ready("server")
    assert refused.process.wait() == 1
    assert refused.left_behind() == []
