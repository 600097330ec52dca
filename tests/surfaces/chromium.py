"""The machine's own Chromium, and an application on a port for it to visit."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.async_api import Browser, async_playwright

from torg.settings import ROOT

AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
MANIFEST = ROOT / "ui" / "dist" / "manifest.json"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def found() -> str | None:
    """Where a Chromium is on this machine."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@asynccontextmanager
async def on_a_port(app: Any) -> AsyncIterator[str]:
    """The URL of an application, served in this process for as long as the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    serving = asyncio.create_task(server.serve())
    try:
        await _answers(port, serving)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        await serving


async def _answers(port: int, serving: "asyncio.Task[Any]") -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if serving.done():
                raise RuntimeError("the server ended before it answered") from serving.exception()
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise RuntimeError("the server does not answer")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser for as long as the block."""
    async with async_playwright() as programs:
        browser = await programs.chromium.launch(executable_path=found(), args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()
