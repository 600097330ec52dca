"""Stock on open pages, told by a real server and a real worker: how it stands, what changes, again after a break."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest
from tests.live import Live, live

from torg.inventory import Reason, Receipt, StockChanged, adjust, load_stock, receive
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.ids import new_id, parse
from torg.kernel.live import Listener
from torg.settings import Settings

PATIENCE = 20


@pytest.fixture(scope="module")
def server(world_url: str, world_folder: Path) -> Iterator[Live]:
    wanted = Settings(
        environment="demo", data=world_folder, database_url=world_url, secret="s" * 40, log_level="error"
    )
    with ExitStack() as stack:
        stack.enter_context(live("worker", wanted))
        yield stack.enter_context(live("server", wanted))


@contextmanager
def listening(url: str, *variants: str, seconds: int = 60) -> Iterator["Queue[Any]"]:
    """What a page is told, as it comes; None when the answer has ended."""
    told: Queue[Any] = Queue()
    path = f"{url}/api/v1/channels/web-no/stock-news"
    stop = threading.Event()

    def read() -> None:
        try:
            params: dict[str, Any] = {"variants": list(variants), "seconds": seconds}
            with httpx.stream("GET", path, params=params, timeout=PATIENCE) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                for line in answer.iter_lines():
                    if line.startswith("data: "):
                        told.put(json.loads(line[6:]))
                    elif line.startswith(": these are all"):
                        told.put("all")
                    if stop.is_set():
                        return
        except httpx.TransportError:
            pass  # the server was killed: the page comes again
        told.put(None)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        stop.set()


def standing(told: "Queue[Any]") -> dict[str, int]:
    """What a page is told when it comes."""
    found = {}
    while (news := told.get(timeout=PATIENCE)) != "all":
        found[news["location"]] = news["sellable"]
    return found


def get(url: str, **params: Any) -> httpx.Response:
    return httpx.get(url, params=params)


async def a_variant(server: Live) -> str:
    page = get(f"{server.url}/api/v1/channels/web-no/products", limit=100).json()
    found: str = next(p["variants"][0]["id"] for p in page["items"] if p["availability"] == "in_stock")
    return found


async def stock(world: Database, variant: str, location: str, on_hand: int) -> None:
    """Set a level by a correction."""
    id = parse("var", variant)

    async def work(tx: Any) -> None:
        (level,) = await receive(tx, [Receipt(id, location, 1)], document="note", by=SYSTEM)
        by = on_hand - level.on_hand
        if by:
            await adjust(tx, id, location, by, reason=Reason.correction, by=SYSTEM)

    await world.run(work)


async def test_a_page_is_told_how_stock_stands_and_every_change(server: Live, world: Database) -> None:
    variant = await a_variant(server)
    await stock(world, variant, "oslo", 7)
    with listening(server.url, variant) as told, listening(server.url, variant) as other:
        assert standing(told)["oslo"] == standing(other)["oslo"] == 7
        await stock(world, variant, "oslo", 5)
        for page in (told, other):
            news = page.get(timeout=PATIENCE)
            while news["sellable"] != 5:  # the correction's own steps may be told one by one
                news = page.get(timeout=PATIENCE)
            assert news == {"variant": variant, "location": "oslo", "sellable": 5}


async def test_a_page_is_told_of_goods_that_come_in_with_many_others(server: Live, world: Database) -> None:
    variant = await a_variant(server)
    await stock(world, variant, "oslo", 3)
    with listening(server.url, variant) as told:
        assert standing(told)["oslo"] == 3
        receipts = [Receipt(parse("var", variant), place, 6) for place in ("oslo", "bergen")]
        await world.run(lambda tx: load_stock(tx, receipts, document="a lorry", by=SYSTEM))
        news = told.get(timeout=PATIENCE)
        while news["location"] != "oslo":
            news = told.get(timeout=PATIENCE)
        assert news == {"variant": variant, "location": "oslo", "sellable": 9}


async def test_a_page_is_not_told_again_what_it_knows(server: Live, world: Database) -> None:
    variant = await a_variant(server)
    await stock(world, variant, "oslo", 12)
    with listening(server.url, variant) as told:
        assert standing(told)["oslo"] == 12
        await stock(world, variant, "oslo", 12)  # one in, one out
        await stock(world, variant, "oslo", 13)
        news: list[int] = []
        while not news or news[-1] != 13:
            one = told.get(timeout=PATIENCE)
            news += [one["sellable"]] if one["location"] == "oslo" else []
        assert 12 not in news


async def test_a_page_that_comes_again_has_missed_nothing(server: Live, world: Database) -> None:
    variant = await a_variant(server)
    await stock(world, variant, "bergen", 9)
    with listening(server.url, variant) as told:
        assert standing(told)["bergen"] == 9
        server.kill()
        while told.get(timeout=PATIENCE) is not None:
            pass
    await stock(world, variant, "bergen", 4)
    server.start()
    with listening(server.url, variant) as told:
        assert standing(told)["bergen"] == 4


async def test_a_server_that_stops_lets_its_pages_go(server: Live) -> None:
    variant = await a_variant(server)
    with listening(server.url, variant) as told:
        standing(told)
        server.stop()
        assert told.get(timeout=PATIENCE) is None
    server.start()


async def test_an_answer_ends_when_its_time_is_over(server: Live) -> None:
    variant = await a_variant(server)
    with listening(server.url, variant, seconds=0) as told:
        standing(told)
        assert told.get(timeout=PATIENCE) is None


async def test_unknown_variants_and_channels_tell_nothing(server: Live) -> None:
    path = f"{server.url}/api/v1/channels/{{}}/stock-news"
    with listening(server.url, f"var_{new_id().hex}", seconds=0) as told:
        assert standing(told) == {}
    assert get(path.format("nowhere"), variants="var_" + "0" * 32).status_code == 404
    assert get(path.format("web-no")).status_code in {400, 422}
    assert get(path.format("web-no"), variants="x").status_code in {404, 422}


async def test_only_the_last_of_several_facts_about_a_level_is_fetched() -> None:
    variant = new_id()

    def changed(location: str, available: int) -> StockChanged:
        return StockChanged(
            variant_id=variant, location=location, on_hand=9, available=available, movement=available
        )

    listener = Listener(frozenset({"x"}))
    for position, event in enumerate([changed("a", 1), changed("b", 2), changed("a", 3)]):
        listener.tell(position, event)
    news = await listener.news(0.1)
    assert [(position, e.location, e.available) for position, e in news if isinstance(e, StockChanged)] == [
        (1, "b", 2),
        (2, "a", 3),
    ]
    assert await listener.news(0.01) == []


async def test_hundreds_of_open_pages_leave_room_for_who_comes_to_buy(server: Live) -> None:
    variant = await a_variant(server)
    path = f"/api/v1/channels/web-no/stock-news?variants={variant}&seconds=60"
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    with ExitStack() as stack:
        for _ in range(300):
            page = socket.create_connection(("127.0.0.1", server.settings.port), timeout=PATIENCE)
            stack.enter_context(page)
            page.sendall(request)
        page.settimeout(PATIENCE)
        assert page.recv(4096).startswith(b"HTTP/1.1 200")
        assert get(f"{server.url}/api/v1/channels/web-no/products", limit=1).status_code == 200
