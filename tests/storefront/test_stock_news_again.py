"""Stock on pages that lost their connection: they come again, to any process, and are told only what they missed."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Queue

import pytest
from tests.live import Live, live
from tests.storefront.test_stock_news import PATIENCE, get, stock

from torg import inventory
from torg.inventory.events import level_name
from torg.kernel import live as kernel_live
from torg.kernel.database import Database
from torg.kernel.ids import parse
from torg.settings import Settings

News = tuple[str, str, int]
PATH = "/api/v1/channels/web-no/stock-news"


@pytest.fixture(scope="module")
def servers(world_url: str, world_folder: Path) -> Iterator[tuple[Live, Live]]:
    wanted = Settings(
        environment="demo", data=world_folder, database_url=world_url, secret="s" * 40, log_level="error"
    )
    with ExitStack() as stack:
        stack.enter_context(live("worker", wanted))
        yield stack.enter_context(live("server", wanted)), stack.enter_context(live("server", wanted))


class Page:
    """A page that can lose its connection and come again, to the same process or another, as browsers do."""

    def __init__(self, *variants: str) -> None:
        self.path = f"{PATH}?seconds=60&" + "&".join(f"variants={variant}" for variant in variants)
        self.id: bytes | None = None
        self.told: Queue[News | None] = Queue()
        self._socket: socket.socket | None = None

    def come(self, server: Live) -> list[News]:
        """Open the stream; tells what is said before the page only waits for news."""
        self.told = Queue()
        self._socket = socket.create_connection(("127.0.0.1", server.settings.port), timeout=PATIENCE)
        known = b"Last-Event-ID: " + self.id + b"\r\n" if self.id is not None else b""
        head = f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()
        self._socket.sendall(head + known + b"\r\n")
        threading.Thread(target=self._read, args=(self._socket, self.told), daemon=True).start()
        found = []
        while (news := self.told.get(timeout=PATIENCE)) is not None:
            found.append(news)
        return found

    def news(self) -> News:
        """What is said next."""
        found = self.told.get(timeout=PATIENCE)
        assert found is not None
        return found

    def lose(self) -> None:
        """Lose the connection; what comes later is not heard."""
        assert self._socket is not None
        self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self, connection: socket.socket, told: "Queue[News | None]") -> None:
        begins = False
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            for line in lines:  # the sizes of chunks stand between them, and say nothing to us
                if line.startswith(b"id: "):
                    self.id = line[4:].strip()
                    if begins:
                        told.put(None)
                        begins = False
                elif line.startswith(b"data: "):
                    news = json.loads(line[6:])
                    told.put((news["variant"], news["location"], news["sellable"]))
                elif line.startswith(b": these are all"):
                    begins = True


async def in_feed(world: Database) -> None:
    """Wait until every fact has its place in the feed."""
    end = time.monotonic() + PATIENCE
    while await world.read(lambda tx: tx.one(int, "SELECT count(*) FROM outbox")):
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def variants(server: Live) -> list[str]:
    page = get(f"{server.url}/api/v1/channels/web-no/products", limit=100).json()
    return [p["variants"][0]["id"] for p in page["items"] if p["availability"] == "in_stock"][:2]


async def prepared(servers: tuple[Live, Live], world: Database) -> list[str]:
    """Two variants, each with nine in Oslo and Bergen, and everybody has heard of it."""
    found = variants(servers[0])
    for variant in found:
        for place in ("oslo", "bergen"):
            await stock(world, variant, place, 9)
    await in_feed(world)
    return found


async def test_a_page_that_comes_again_elsewhere_is_told_what_it_missed_and_nothing_else(
    servers: tuple[Live, Live], world: Database
) -> None:
    one, other = await prepared(servers, world)
    page = Page(one, other)
    everything = page.come(servers[0])
    assert {(one, "oslo", 9), (one, "bergen", 9), (other, "oslo", 9), (other, "bergen", 9)} <= set(everything)
    page.lose()
    await stock(world, one, "oslo", 8)
    await stock(world, one, "oslo", 6)
    await stock(world, other, "bergen", 5)
    await in_feed(world)
    assert sorted(page.come(servers[1])) == sorted([(one, "oslo", 6), (other, "bergen", 5)])
    await stock(world, one, "bergen", 3)
    while (news := page.news()) != (one, "bergen", 3):
        assert news[:2] == (one, "bergen")  # the correction's own steps may be told one by one
    page.lose()
    await in_feed(world)
    assert page.come(servers[0]) == []


async def test_what_is_in_the_feed_only_later_is_told_then(
    servers: tuple[Live, Live], world: Database
) -> None:
    one, other = await prepared(servers, world)
    page = Page(one, other)
    page.come(servers[0])
    for wanted in range(8, 2, -1):  # comes again at once, whether or not the change has reached the feed
        page.lose()
        await stock(world, other, "oslo", wanted)
        told = page.come(servers[wanted % 2])
        while (other, "oslo", wanted) not in told:
            told.append(page.news())
        assert {news[:2] for news in told} == {(other, "oslo")}


async def test_a_process_that_was_killed_knows_what_was_missed_meanwhile(
    servers: tuple[Live, Live], world: Database
) -> None:
    one, other = await prepared(servers, world)
    page = Page(one, other)
    page.come(servers[0])
    page.lose()
    servers[0].kill()
    await stock(world, other, "oslo", 2)
    await in_feed(world)
    servers[0].start()
    assert page.come(servers[0]) == [(other, "oslo", 2)]


async def test_an_id_that_says_nothing_is_answered_with_everything(
    servers: tuple[Live, Live], world: Database
) -> None:
    one, other = await prepared(servers, world)
    page = Page(one, other)
    everything = page.come(servers[0])
    assert page.id is not None
    position, question = page.id.split(b"-")
    wrong = [
        b"",
        b"x",
        b"-1",
        b"-" + question,
        b"%d-%b" % (int(position) + 10**9, question),
        b"9" * 30 + b"-" + question,
        position + b"-" + b"0" * len(question),
        position,
        b"\xb3-" + question,
    ]
    for id in wrong:
        again = Page(one, other)
        again.id = id
        assert again.come(servers[0]) == everything, id
    narrower = Page(one)
    narrower.id = page.id
    assert {news[0] for news in narrower.come(servers[0])} == {one}


async def test_what_changed_too_long_ago_is_not_remembered(
    servers: tuple[Live, Live], world: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_live, "BACK", 3)
    (one, _), places = await prepared(servers, world), ("oslo", "bergen", "stockholm", "goteborg")
    hub = kernel_live.Live(world, inventory.TOPICS)
    try:
        async with hub.listen([f"variant:{parse('var', one).hex}"]) as listener:
            begun = hub.position
            assert hub.changed_since(begun) == frozenset()
            assert hub.changed_since(begun - 4) is None
            for number, place in enumerate(places[:2], 1):
                await stock(world, one, place, 9 + number)
                while place not in {
                    getattr(event, "location", "") for _, event in await listener.news(PATIENCE)
                }:
                    pass
            await in_feed(world)
            assert hub.changed_since(begun) == frozenset(
                level_name(parse("var", one), place) for place in places[:2]
            )
            for place in places[2:]:
                await stock(world, one, place, 5)
            async with asyncio.timeout(PATIENCE):
                while hub.changed_since(begun) is not None:
                    await listener.news(0.1)
    finally:
        await hub.close()
