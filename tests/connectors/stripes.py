"""Two Stripes as programs of their own: our simulator, and `localstripe` of other makers."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.live import ROOT, free_port

SECRET = "whsec_of_the_tests"
KEY = "sk_test_of_the_tests"
# Their own start listens to the whole network and keeps its books in a place that all would share.
THEIRS = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda store: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


class Stripe:
    """A running one, and what a test tells it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def play(self, path: str, **asked: Any) -> Any:
        """Let customers, banks and the network do something."""
        answer = httpx.post(f"{self.url}/{path}", json=asked)
        answer.raise_for_status()
        return answer.json()

    def events(self) -> list[tuple[dict[str, str], bytes]]:
        """What it has to tell since it was asked last, as headers and bodies."""
        return [({"stripe-signature": header}, body.encode()) for header, body in self.play("_events")]

    def books(self) -> list[dict[str, Any]]:
        """Its payment intents, newest first."""
        found: list[dict[str, Any]] = self.play("_books")
        return found


@contextmanager
def running(command: list[str], port: int, where: Path, **environ: str) -> Iterator[Stripe]:
    """A program that listens on a port, ended at the end."""
    process = subprocess.Popen(command, cwd=where, env={**os.environ, **environ}, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", timeout=1)
                break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.05)
        yield Stripe(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def simulator() -> Iterator[Stripe]:
    """Our Stripe."""
    port = free_port()
    with running([sys.executable, "-m", "tests.simulators.stripe", str(port), SECRET], port, ROOT) as stripe:
        yield stripe


@contextmanager
def localstripe() -> Iterator[Stripe]:
    """Their Stripe, with nothing in it."""
    port = free_port()
    command = [sys.executable, "-c", THEIRS, str(port)]
    with (
        tempfile.TemporaryDirectory(prefix="torg-localstripe-") as folder,
        running(command, port, Path(folder)) as it,
    ):
        yield it
