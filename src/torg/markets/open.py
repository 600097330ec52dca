"""Opening a new sales channel."""

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid
from torg.markets import rules, snapshot, store
from torg.markets.events import ChannelOpened
from torg.markets.model import Channel
from torg.permissions import Permission


async def open_channel(tx: Transaction, channel: Channel, *, by: Actor) -> Channel:
    """Open a sales channel in a market; its code is its name for ever."""
    by.must(Permission.channels_write)
    known = await snapshot.load_atlas(tx)
    problems = rules.channel_problems(
        channel, markets=known.markets, sellers=known.sellers, stores=known.stores, locations=known.locations
    )
    if found := tuple(problems):
        raise Invalid.of(*found)
    await store.add(tx, channel)
    tx.database.forget(snapshot.NAME)
    tx.record(ChannelOpened(channel=channel.code, kind=channel.kind.value, market=channel.market))
    await audit.write(tx, by, "channel.opened", channel.code, after=channel)
    return channel
