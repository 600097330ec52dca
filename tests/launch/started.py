"""A command of Torg that was started as people start it, and everything that it started in turn."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil

from torg.settings import ROOT


class Started:
    """A command that stays, and what it said."""

    def __init__(self, command: str, folder: Path, *arguments: str, **environ: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TORG_")}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "torg", command, "--data", str(folder), *arguments],
            env={**clean, "PYTHONPATH": str(ROOT / "src"), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            # What runs in a shell's background ignores Ctrl-C and hands that on; this one is to hear it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        self.me = psutil.Process(self.process.pid)
        self.seen: set[psutil.Process] = set()
        self.port = 0

    def until_ready(self, waiting_for: str = "worker") -> float:
        """Wait for the line that says so, then for a last child; gives the seconds that the line took."""
        assert self.process.stdout is not None and self.process.stderr is not None
        begun = time.monotonic()
        for line in self.process.stdout:
            if found := re.match(r"ready http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                seconds = time.monotonic() - begun
                assert eventually(lambda: self.child(waiting_for))
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

    def children(self, what: str) -> list[psutil.Process]:
        """All its children whose command line ends in these words."""
        return [
            child for child in self.me.children() if " ".join(child.cmdline()).endswith(f"process {what}")
        ]

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


def eventually(check: Callable[[], object], seconds: float = 20.0) -> bool:
    """Whether a call comes true within a while; a refused connection counts as not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if check():
                return True
        except (OSError, http.client.HTTPException, LookupError, psutil.NoSuchProcess):
            pass
        time.sleep(0.1)
    return False


def slowness() -> float:
    """How much slower than promised a machine may be that runs other tests at the same time."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return max(1.0, load)
