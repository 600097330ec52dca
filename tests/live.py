"""A server process of its own, for tests that need what only a real one does: many connections, kills, real sockets."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from torg.settings import Settings

ROOT = Path(__file__).parents[1]


class Live:
    """A running server or worker process."""

    def __init__(self, kind: str, settings: Settings) -> None:
        self.kind = kind
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def start(self, wait: float = 120.0) -> None:
        """Start the process; a server is waited for until it is ready."""
        environ = {**os.environ, **self.settings.environ(), "PYTHONPATH": str(ROOT / "src")}
        command = [sys.executable, "-m", "torg", "process", self.kind]
        self.process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL)
        end = time.monotonic() + wait
        while self.kind == "server":
            try:
                if httpx.get(f"{self.url}/health/live", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # not listening yet: tried again until the deadline below
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the {self.kind} did not start: {self.process.poll()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the process to end, and wait until it has."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            process.send_signal(how)
            process.wait(30)


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def live(kind: str, settings: Settings) -> Iterator[Live]:
    """A running process, ended at the end of the block."""
    process = Live(kind, msgspec.structs.replace(settings, port=free_port(), host="127.0.0.1"))
    try:
        process.start()
        yield process
    finally:
        process.stop()
