"""`./torg demo` as people use it: it starts, survives what kills its parts, and leaves nobody behind."""

import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tests.launch.started import Started, eventually, slowness

pytestmark = pytest.mark.slow


def start(folder: Path, *arguments: str, **environ: str) -> Started:
    """A demo with one server process."""
    return Started("demo", folder, *arguments, **{"TORG_SERVER_PROCESSES": "1", **environ})


@pytest.fixture(scope="module")
def folder(lasting_place: Path) -> Path:
    """One data folder for the whole file, made by whichever test is first."""
    return lasting_place / "data of the demo"


@pytest.fixture
def demo(folder: Path) -> Iterator[Started]:
    demo = start(folder, "--port", "0")
    demo.until_ready()
    yield demo
    if demo.process.poll() is None:
        demo.stop()


def test_it_answers_and_ctrl_c_stops_everything(demo: Started) -> None:
    assert demo.get("/health/ready") == 200
    assert demo.get("/health/live") == 200
    demo.stop(signal.SIGINT)
    assert demo.process.returncode == 0
    assert demo.left_behind() == []


def test_a_second_start_answers_within_five_seconds(demo: Started, folder: Path) -> None:
    demo.stop()
    again = start(folder, "--port", "0")
    seconds = again.until_ready()
    again.stop()
    assert seconds < 5 * slowness(), f"{seconds:.1f} s"


def test_the_secret_is_kept_and_closed(demo: Started, folder: Path) -> None:
    secret = (folder / "secret").read_text()
    assert len(secret.strip()) >= 32
    assert (folder / "secret").stat().st_mode & 0o777 == 0o600
    demo.stop()
    again = start(folder, "--port", "0")
    again.until_ready()
    again.stop()
    assert (folder / "secret").read_text() == secret


@pytest.mark.parametrize("what", ["server", "worker", "postgres"])
def test_a_killed_part_is_started_again(demo: Started, what: str) -> None:
    killed = demo.child(what)
    killed.kill()
    assert eventually(lambda: demo.child(what).pid != killed.pid and demo.get("/health/ready") == 200)
    assert "is started again" in demo.stop()
    assert demo.left_behind() == []


def test_a_killed_demo_leaves_nobody_and_the_next_start_goes_on(demo: Started, folder: Path) -> None:
    demo.stop(signal.SIGKILL)
    again = start(folder, "--port", "0")
    again.until_ready()
    assert again.get("/health/ready") == 200
    assert demo.left_behind() == []
    again.stop()
    assert again.left_behind() == []


def test_everything_killed_at_once_is_recovered_by_the_next_start(demo: Started, folder: Path) -> None:
    for process in [demo.me, *demo.family()]:
        with suppress(psutil.NoSuchProcess):  # it died with its parent
            process.kill()
    demo.process.communicate(timeout=30)
    again = start(folder, "--port", "0")
    again.until_ready()
    assert again.get("/health/ready") == 200
    again.stop()


def test_a_second_demo_on_the_same_folder_is_told_where_the_first_is(demo: Started, folder: Path) -> None:
    second = start(folder, "--port", "0")
    with pytest.raises(
        AssertionError, match=rf"already runs on the data folder .*http://127\.0\.0\.1:{demo.port}"
    ):
        second.until_ready()
    assert second.process.wait() == 1
    assert demo.get("/health/ready") == 200


def test_a_port_that_is_taken_is_named_and_no_other_is_chosen(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = start(folder, "--port", str(port))
        with pytest.raises(AssertionError, match=f"port {port} of 127.0.0.1 cannot be used .*--port 0"):
            demo.until_ready()
        assert demo.process.wait() == 1


def test_the_port_of_a_running_demo_is_taken(demo: Started, place: Path) -> None:
    second = start(place / "other", "--port", str(demo.port))
    with pytest.raises(AssertionError, match=f"port {demo.port} of 127.0.0.1 cannot be used"):
        second.until_ready()
    assert not (place / "other").exists()


def test_a_full_disk_is_refused_before_anything_is_made(place: Path) -> None:
    demo = start(place / "new", "--port", "0", TORG_MINIMUM_FREE_MEGABYTES="9000000")
    with pytest.raises(AssertionError, match=r"only [0-9]+ MB are free"):
        demo.until_ready()
    assert not (place / "new").exists()


def test_wrong_settings_are_all_named(place: Path) -> None:
    demo = start(place / "new", TORG_LOG_LEVEL="loud", TORG_SESSION_HOURS="0")
    with pytest.raises(AssertionError, match=r"(?s)TORG_LOG_LEVEL.*TORG_SESSION_HOURS"):
        demo.until_ready()
    assert not (place / "new").exists()
