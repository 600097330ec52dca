"""What channels leave to others: SQL in, model out."""

from msgspec import Struct

from torg.kernel.database import Transaction

TABLES = ("channel_buffers",)

ALL = "SELECT channel, location, units, version FROM channel_buffers"

OF_CHANNEL = ALL + " WHERE channel = %(channel)s ORDER BY location"

PUT = """
INSERT INTO channel_buffers AS b (channel, location, units)
SELECT %(channel)s, %(location)s, %(units)s WHERE coalesce(%(given)s::int, 0) = 0 OR EXISTS (
    SELECT FROM channel_buffers WHERE channel = %(channel)s AND location = %(location)s)
ON CONFLICT (channel, location) DO UPDATE SET units = excluded.units, version = b.version + 1
WHERE %(given)s::int IS NULL OR b.version = %(given)s
RETURNING channel, location, units, version
"""

VERSION = "SELECT version FROM channel_buffers WHERE channel = %(channel)s AND location = %(location)s"


class ChannelBuffer(Struct, frozen=True):
    """So many units of every variant a channel leaves to others at a location."""

    channel: str
    location: str
    units: int
    version: int


async def by_channel(tx: Transaction) -> dict[str, dict[str, int]]:
    """All of them: units by channel and location."""
    found: dict[str, dict[str, int]] = {}
    for one in await tx.all(ChannelBuffer, ALL):
        found.setdefault(one.channel, {})[one.location] = one.units
    return found


async def of_channel(tx: Transaction, channel: str) -> list[ChannelBuffer]:
    """Those of one channel, by location."""
    return await tx.all(ChannelBuffer, OF_CHANNEL, channel=channel)


async def put(
    tx: Transaction, channel: str, location: str, units: int, given: int | None
) -> ChannelBuffer | None:
    """Write one; None when `given` is not its present version (0: there is none yet)."""
    return await tx.find(ChannelBuffer, PUT, channel=channel, location=location, units=units, given=given)


async def version(tx: Transaction, channel: str, location: str) -> int:
    """The present version; 0 where none was written."""
    return await tx.find(int, VERSION, channel=channel, location=location) or 0
