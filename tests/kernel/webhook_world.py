"""What tests of webhooks do again and again: let things happen, deliver, and look at what became of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch
from uuid import UUID

from torg.kernel.access import SYSTEM
from torg.kernel.access.vault import Vault
from torg.kernel.database import Database
from torg.kernel.drain import drain
from torg.kernel.jobs import Work
from torg.kernel.ports import Ports
from torg.kernel.webhooks import SUBSCRIPTIONS, Dispatcher, Door, deliveries, endpoints
from torg.kernel.webhooks.deliveries import Sent
from torg.kernel.webhooks.model import Endpoint
from torg.settings import Settings

from .relay_events import BallThrown

SECRET = "0123456789abcdef0123456789abcdef"
DOOR = Door(Vault(SECRET), allow_private=True)
STRICT = Door(Vault(SECRET))


async def empty(database: Database) -> None:
    """No endpoints, no events; the subscription stands at the feed's end."""
    async with database.transaction() as tx:
        for table in ("webhook_endpoints", "outbox", "feed", "event_streams", "subscriptions"):
            await tx.execute(f"DELETE FROM {table}")
        await tx.execute("UPDATE feed_head SET position = 0")
    await drain(database, SUBSCRIPTIONS)


def work(database: Database, *, allow_private: bool = True, secret: str = SECRET) -> Work:
    return Work(database, Settings(secret=secret, webhook_allow_private=allow_private), Ports())


async def make(database: Database, url: str, *types: str) -> endpoints.Made:
    """An endpoint, with the secret that is shown once."""
    return await database.run(
        lambda tx: endpoints.create(tx, DOOR, url=url, description="test", types=types, by=SYSTEM)
    )


async def subscribe(database: Database, url: str, *types: str) -> Endpoint:
    return (await make(database, url, *types)).endpoint


async def state_of(database: Database, endpoint: Endpoint) -> Endpoint:
    return await database.read(lambda tx: endpoints.load(tx, endpoint.id, by=SYSTEM))


async def happen(database: Database, *balls: str) -> None:
    """Let things happen and reach the outbox of the webhooks."""
    for ball in balls:
        async with database.transaction() as tx:
            tx.record(BallThrown(ball=ball, number=1))
    await drain(database, SUBSCRIPTIONS)


async def deliver(database: Database, **how: Any) -> int:
    return await Dispatcher(work(database, **how)).deliver_due()


async def sent(database: Database, endpoint: Endpoint) -> list[Sent]:
    """All deliveries with their calls, oldest first."""
    listed = await database.read(lambda tx: deliveries.list_deliveries(tx, endpoint.id, by=SYSTEM, limit=100))

    def load(id: UUID) -> Any:
        return database.read(lambda tx: deliveries.load(tx, endpoint.id, id, by=SYSTEM))

    return [await load(delivery.id) for delivery in reversed(listed)]


async def only_call(database: Database, endpoint: Endpoint) -> Any:
    (delivery,) = await sent(database, endpoint)
    (call,) = delivery.calls
    return call


@asynccontextmanager
async def instant(seconds: float = 1.0) -> AsyncIterator[None]:
    """Let a call take at most a moment."""
    with patch("torg.kernel.webhooks.sending.TOTAL", seconds):
        yield
