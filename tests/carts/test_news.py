"""Two devices on one cart, each at a server process of its own: what one does the other sees, and no edit is lost."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest
from tests.live import Live, live

from torg.settings import Settings

PATIENCE = 20


@pytest.fixture(scope="module")
def servers(world_url: str, world_folder: Path) -> Iterator[tuple[Live, Live]]:
    wanted = Settings(
        environment="demo", data=world_folder, database_url=world_url, secret="s" * 40, log_level="error"
    )
    with ExitStack() as stack:
        stack.enter_context(live("worker", wanted))
        yield stack.enter_context(live("server", wanted)), stack.enter_context(live("server", wanted))


def listen(url: str, token: str) -> "Queue[tuple[str, Any]]":
    """What a device is told about the cart; the last is that the answer has ended."""
    told: Queue[tuple[str, Any]] = Queue()

    def read() -> None:
        event = ""
        headers = {"Torg-Token": token}
        with httpx.stream("GET", f"{url}/news?seconds=60", headers=headers, timeout=PATIENCE) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: "):
                    told.put((event, json.loads(line[6:])))
        told.put(("ended", None))

    threading.Thread(target=read, daemon=True).start()
    return told


def until(told: "Queue[tuple[str, Any]]", version: int) -> None:
    while told.get(timeout=PATIENCE)[1]["version"] < version:
        pass


def test_two_devices_at_two_servers_see_each_others_changes_and_lose_none(servers: tuple[Live, Live]) -> None:
    here, there = (f"{server.url}/api/v1" for server in servers)
    page = httpx.get(f"{here}/channels/web-no/products", params={"limit": 100}).json()
    mug, beans, *_ = [p["variants"][0]["id"] for p in page["items"] if p["availability"] == "in_stock"]
    cart = httpx.post(f"{here}/carts", json={"channel": "web-no", "lines": [{"variant": mug}]}).json()
    path, headers = f"/carts/{cart['id']}", {"Torg-Token": cart["token"]}
    code = httpx.post(f"{here}{path}/hand-over", headers=headers).json()
    assert code["link"].split("/")[-1] not in code["qr"] and code["qr"].startswith("<svg")
    other = httpx.post(f"{there}/cart-hand-overs", json={"code": code["link"].split("/")[-1]}).json()
    second = {"Torg-Token": other["token"]}
    phone, laptop = listen(f"{here}{path}", cart["token"]), listen(f"{there}{path}", other["token"])
    assert phone.get(timeout=PATIENCE) == laptop.get(timeout=PATIENCE)
    changed = httpx.post(f"{there}{path}/lines", json={"variant": beans}, headers=second).json()
    until(phone, changed["version"])
    # Both change the line from the version that they saw: one is told the present version, looks, and does it again.
    line = f"{path}/lines/{cart['lines'][0]['id']}"
    seen = changed["version"]
    first = httpx.patch(f"{here}{line}", json={"quantity": 2, "version": seen}, headers=headers)
    late = httpx.patch(f"{there}{line}", json={"note": "for Kari", "version": seen}, headers=second)
    assert (first.status_code, late.status_code, late.json()["facts"]["present"]) == (200, 409, seen + 1)
    again = {"note": "for Kari", "version": seen + 1}
    assert httpx.patch(f"{there}{line}", json=again, headers=second).status_code == 200
    until(phone, seen + 2)
    until(laptop, seen + 2)
    kept = httpx.get(f"{here}{path}", headers=headers).json()
    assert (kept["lines"][0]["quantity"], kept["lines"][0]["note"], len(kept["lines"])) == (2, "for Kari", 2)
    assert httpx.get(f"{here}{path}/news").status_code == 404
