"""Reading and writing what channels leave to others."""

from collections.abc import Mapping

from torg.inventory import rights
from torg.inventory.buffers import store
from torg.inventory.buffers.store import ChannelBuffer
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import StaleVersion
from torg.markets import atlas
from torg.permissions import Permission

CACHED = "inventory.buffers"


async def known_buffers(database: Database) -> Mapping[str, Mapping[str, int]]:
    """How many units each channel leaves to others, by location, as of at most a second ago."""
    return await database.cached(CACHED, store.by_channel, tables=store.TABLES)


async def buffers(tx: Transaction, channel: str, *, by: Actor) -> list[ChannelBuffer]:
    """What a channel leaves to others at the locations that the actor may look at."""
    places = await rights.seen(tx, Permission.stock_read, by)
    (await atlas(tx.database)).channel(channel)
    return [one for one in await store.of_channel(tx, channel) if one.location in places]


async def keep_back(
    tx: Transaction, channel: str, location: str, units: int, *, by: Actor, version: int | None = None
) -> ChannelBuffer:
    """Have a channel leave so many units of every variant to others at a location; in force within a second.

    `version` is the one that the change was decided on; without it whatever stands there is replaced.
    """
    await rights.must(tx, Permission.stock_adjust, [location], by)
    (await atlas(tx.database)).channel(channel)
    kept = await store.put(tx, channel, location, units, version)
    if kept is None:
        raise StaleVersion(given=version, present=await store.version(tx, channel, location))
    await audit.write(tx, by, "channel-buffer.set", channel, location=location, units=units)
    tx.database.forget(CACHED)
    return kept
