"""Stock news on open pages: how long a change of a level takes to reach every one of a thousand listening clients.

`./torg bench live --clients 1000` opens so many streams on two server processes, changes a level over and over, breaks
half of the streams in the middle of a burst of changes, and asks whether anybody missed anything.
"""

import argparse
import asyncio
import resource
import sys
import time
from functools import partial
from typing import Any, cast
from uuid import UUID

import msgspec
import uvloop
from bench import growing, shopping
from bench.measure import quantile
from bench.stage import Stage, stage
from msgspec import Struct

from torg import inventory
from torg.inventory import MOST_TOLD, Reason
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import public

BEGIN = MOST_TOLD - 1
"""Pages are told of so many units at most, so below that every change shows."""
BURST = 15
"""Changes without a pause: fewer than would bring the level back to where it was."""
PATIENCE = 30.0
OPENING = 50
say = partial(print, file=sys.stderr)


class Figures(Struct):
    """Milliseconds from the commit of a change to its arrival, over all clients and changes.

    `burst_told` is how many messages a client got of a burst of `burst` changes; `missed` how many clients, half of
    which had lost their stream meanwhile, did not know at the end how things stand.
    """

    clients: int
    changes: int
    p50_ms: float
    p95_ms: float
    max_ms: float
    burst: int
    burst_told: float
    missed: int


class Page(asyncio.Protocol):
    """An open page: what it knows of the one level, and when it learned that."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.transport: asyncio.Transport | None = None
        self.known: int | None = None
        self.id = b""
        self.messages = 0
        self.arrived = 0.0
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        head = self.request + (b"Last-Event-ID: " + self.id + b"\r\n" if self.id else b"")
        self.transport.write(head + b"\r\n")

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"id: "):
                self.id = line[4:].strip()
            elif line.startswith(b"data: "):
                self.messages += 1
                self.known = int(msgspec.json.decode(line[6:])["sellable"])
                self.arrived = at

    async def open(self, port: int) -> None:
        """Come, or come again."""
        self._rest = b""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)

    def close(self) -> None:
        """Lose the stream in the middle of whatever it tells."""
        if self.transport is not None:
            self.transport.abort()


class Shelf:
    """The level that changes."""

    def __init__(self, database: Database, variant: UUID) -> None:
        self.database = database
        self.variant = variant
        self.left = BEGIN

    async def change(self) -> float:
        """One unit less, or many more when it was the last; tells when that was committed."""
        by, reason = (1, Reason.lost) if self.left > 1 else (BEGIN - 1, Reason.found)

        async def work(tx: Transaction) -> None:
            await inventory.adjust(tx, self.variant, shopping.WAREHOUSE, by, reason=reason, by=SYSTEM)

        await self.database.run(work)
        self.left += by if reason is Reason.found else -by
        return time.perf_counter()


async def measured(stage: Stage, variant: UUID, clients: int, changes: int) -> Figures:
    """All of it."""
    path = f"/api/v1/channels/{shopping.CHANNEL}/stock-news?variants={public('var', variant)}&seconds=600"
    pages = [Page(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()) for _ in range(clients)]
    await _come(pages, stage.port)
    await _known(pages, BEGIN)
    say(f"{clients:,} pages are open")
    database = await Database.open(stage.url, pool_size=4)
    shelf = Shelf(database, variant)
    took: list[float] = []
    for _ in range(changes):
        committed = await shelf.change()
        await _known(pages, shelf.left)
        took += [1000 * (page.arrived - committed) for page in pages]
        await asyncio.sleep(0.2)
    before = sum(page.messages for page in pages)
    for _ in range(BURST):
        await shelf.change()
    await _known(pages, shelf.left)
    told = (sum(page.messages for page in pages) - before) / clients
    broken = pages[::2]
    for page in broken:
        page.close()
    for _ in range(BURST):
        await shelf.change()
    await _come(broken, stage.port)
    missed = await _known(pages, shelf.left, must=False)
    await database.close()
    for page in pages:
        page.close()
    took.sort()
    return Figures(
        clients=clients,
        changes=changes,
        p50_ms=round(quantile(took, 50), 1),
        p95_ms=round(quantile(took, 95), 1),
        max_ms=round(took[-1], 1),
        burst=BURST,
        burst_told=round(told, 1),
        missed=missed,
    )


async def _come(pages: list[Page], port: int) -> None:
    for first in range(0, len(pages), OPENING):
        await asyncio.gather(*(page.open(port) for page in pages[first : first + OPENING]))


async def _known(pages: list[Page], sellable: int, *, must: bool = True) -> int:
    """Wait until every page knows how many are left; tells how many never learned it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if all(page.known == sellable for page in pages):
            return 0
        await asyncio.sleep(0.01)
    missed = sum(page.known != sellable for page in pages)
    if must:
        raise RuntimeError(f"{missed} of {len(pages)} pages do not know that {sellable} are left")
    return missed


def main() -> None:
    """Measure on a database and servers that are thrown away; a client that missed something ends with exit code 1."""
    parser = argparse.ArgumentParser(prog="./torg bench live", description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000, help="how many streams are open (1000)")
    parser.add_argument("--changes", type=int, default=30, help="how many changes are timed (30)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, and nothing else")
    asked = parser.parse_args()
    if min(asked.clients, asked.changes) < 1:
        parser.error("there is at least one client, and one change")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with stage() as stood:
        say("filling in the practice retailer")
        with stood.hurried():
            stood.fill()
        variant = stood.do(partial(growing.add_offer, units=BEGIN))
        stood.add_server()
        stood.add_server()
        stood.add_worker()
        figures: Any = uvloop.run(measured(stood, variant, asked.clients, asked.changes))
    text = msgspec.json.encode(figures)
    print((text if asked.json else msgspec.json.format(text, indent=2)).decode())
    if figures.missed:
        sys.exit("somebody missed something")


if __name__ == "__main__":
    main()
