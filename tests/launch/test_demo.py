"""`./torg demo` as people use it: it starts, survives what kills its parts, and leaves nobody behind."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from torg.settings import ROOT

pytestmark = pytest.mark.slow


class Demo:
    """A demo that was started by the command line, and what it said."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TORG_")}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "torg", "demo", "--data", str(folder), *arguments],
            env={**clean, "TORG_SERVER_PROCESSES": "1", "PYTHONPATH": str(ROOT / "src"), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        self.me = psutil.Process(self.process.pid)
        self.seen: set[psutil.Process] = set()
        self.port = 0

    def until_ready(self) -> float:
        """Wait for the line that says so; gives the seconds it took."""
        assert self.process.stdout is not None and self.process.stderr is not None
        begun = time.monotonic()
        for line in self.process.stdout:
            if found := re.match(r"ready http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                seconds = time.monotonic() - begun
                assert eventually(lambda: self.child("worker"))
                self.family()
                return seconds
        raise AssertionError(self.process.stderr.read())

    def family(self) -> set[psutil.Process]:
        """Everything that it started; who was seen once is remembered."""
        self.seen |= set(self.me.children(recursive=True))
        return self.seen

    def child(self, what: str) -> psutil.Process:
        """The child whose command line ends in these words, or is PostgreSQL."""
        for child in self.me.children():
            words = " ".join(child.cmdline())
            if child.name() == what or words.endswith(f"process {what}"):
                return child
        raise LookupError(what)

    def get(self, path: str) -> int:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status

    def stop(self, how: signal.Signals = signal.SIGTERM) -> str:
        """Send a signal and wait for the end; gives what it said on the way."""
        self.family()
        self.process.send_signal(how)
        _output, said = self.process.communicate(timeout=60)
        return said

    def left_behind(self, seconds: float = 15.0) -> list[psutil.Process]:
        """Who of its family still lives after a while."""
        _gone, alive = psutil.wait_procs(self.seen, timeout=seconds)
        return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def folder(lasting_place: Path) -> Path:
    """One data folder for the whole file, made by whichever test is first."""
    return lasting_place / "data of the demo"


@pytest.fixture
def demo(folder: Path) -> Iterator[Demo]:
    demo = Demo(folder, "--port", "0")
    demo.until_ready()
    yield demo
    if demo.process.poll() is None:
        demo.stop()


def eventually(check: object, seconds: float = 20.0) -> bool:
    """Whether a call comes true within a while; a refused connection counts as not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if check():  # type: ignore[operator]  # any callable
                return True
        except (OSError, http.client.HTTPException, LookupError, psutil.NoSuchProcess):
            pass
        time.sleep(0.1)
    return False


def test_it_answers_and_ctrl_c_stops_everything(demo: Demo) -> None:
    assert demo.get("/health/ready") == 200
    assert demo.get("/health/live") == 200
    demo.stop(signal.SIGINT)
    assert demo.process.returncode == 0
    assert demo.left_behind() == []


def test_a_second_start_answers_within_five_seconds(demo: Demo, folder: Path) -> None:
    demo.stop()
    again = Demo(folder, "--port", "0")
    seconds = again.until_ready()
    again.stop()
    assert seconds < 5 * _slowness(), f"{seconds:.1f} s"


def test_the_secret_is_kept_and_closed(demo: Demo, folder: Path) -> None:
    secret = (folder / "secret").read_text()
    assert len(secret.strip()) >= 32
    assert (folder / "secret").stat().st_mode & 0o777 == 0o600
    demo.stop()
    again = Demo(folder, "--port", "0")
    again.until_ready()
    again.stop()
    assert (folder / "secret").read_text() == secret


@pytest.mark.parametrize("what", ["server", "worker", "postgres"])
def test_a_killed_part_is_started_again(demo: Demo, what: str) -> None:
    killed = demo.child(what)
    killed.kill()
    assert eventually(lambda: demo.child(what).pid != killed.pid and demo.get("/health/ready") == 200)
    assert "is started again" in demo.stop()
    assert demo.left_behind() == []


def test_a_killed_demo_leaves_nobody_and_the_next_start_goes_on(demo: Demo, folder: Path) -> None:
    demo.stop(signal.SIGKILL)
    again = Demo(folder, "--port", "0")
    again.until_ready()
    assert again.get("/health/ready") == 200
    assert demo.left_behind() == []
    again.stop()
    assert again.left_behind() == []


def test_everything_killed_at_once_is_recovered_by_the_next_start(demo: Demo, folder: Path) -> None:
    for process in [demo.me, *demo.family()]:
        with suppress(psutil.NoSuchProcess):  # it died with its parent
            process.kill()
    demo.process.communicate(timeout=30)
    again = Demo(folder, "--port", "0")
    again.until_ready()
    assert again.get("/health/ready") == 200
    again.stop()


def test_a_second_demo_on_the_same_folder_is_told_where_the_first_is(demo: Demo, folder: Path) -> None:
    second = Demo(folder, "--port", "0")
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
        demo = Demo(folder, "--port", str(port))
        with pytest.raises(AssertionError, match=f"port {port} of 127.0.0.1 cannot be used .*--port 0"):
            demo.until_ready()
        assert demo.process.wait() == 1


def test_the_port_of_a_running_demo_is_taken(demo: Demo, place: Path) -> None:
    second = Demo(place / "other", "--port", str(demo.port))
    with pytest.raises(AssertionError, match=f"port {demo.port} of 127.0.0.1 cannot be used"):
        second.until_ready()
    assert not (place / "other").exists()


def test_a_full_disk_is_refused_before_anything_is_made(place: Path) -> None:
    demo = Demo(place / "new", "--port", "0", TORG_MINIMUM_FREE_MEGABYTES="9000000")
    with pytest.raises(AssertionError, match=r"only [0-9]+ MB are free"):
        demo.until_ready()
    assert not (place / "new").exists()


def test_wrong_settings_are_all_named(place: Path) -> None:
    demo = Demo(place / "new", TORG_LOG_LEVEL="loud", TORG_SESSION_HOURS="0")
    with pytest.raises(AssertionError, match=r"(?s)TORG_LOG_LEVEL.*TORG_SESSION_HOURS"):
        demo.until_ready()
    assert not (place / "new").exists()


def _slowness() -> float:
    """How much slower than promised a machine may be that runs other tests at the same time."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return max(1.0, load)
