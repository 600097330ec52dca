"""Changing a sales channel, and closing or reopening it."""

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.markets import rules, snapshot, store
from torg.markets.events import ChannelChanged, ChannelSwitched
from torg.markets.model import Channel, ChannelSettings
from torg.permissions import Permission


class ChannelChange(Struct, frozen=True):
    """What to change; what is left out stays. Market, kind and store are what the channel is, and stay for
    ever.
    """

    name: str | UnsetType = UNSET
    locations: tuple[str, ...] | UnsetType = UNSET
    settings: ChannelSettings | UnsetType = UNSET


async def change_channel(
    tx: Transaction, code: str, change: ChannelChange, *, version: int | None, by: Actor
) -> Channel:
    """Change a channel's name, locations or settings; a version that is not the present one is refused."""
    by.must(Permission.channels_write, channel=code)
    before = await _lock(tx, code, version)
    given = {name: getattr(change, name) for name in change.__struct_fields__}
    after = replace(before, **{name: value for name, value in given.items() if value is not UNSET})
    if after == before:
        return before
    known = await snapshot.load_atlas(tx)
    problems = rules.channel_problems(
        after, markets=known.markets, sellers=known.sellers, stores=known.stores, locations=known.locations
    )
    if found := tuple(problems):
        raise Invalid.of(*found)
    saved = await store.save_channel(tx, before, after)
    tx.database.forget(snapshot.NAME)
    tx.record(ChannelChanged(channel=code, version=saved.version))
    await audit.write(tx, by, "channel.changed", code, before=before, after=saved)
    return saved


async def close_channel(tx: Transaction, code: str, *, version: int | None, by: Actor) -> Channel:
    """Stop selling through a channel; carts and orders in it stay readable. Closing it twice is the same as
    once.
    """
    return await _switch(tx, code, active=False, version=version, by=by)


async def reopen_channel(tx: Transaction, code: str, *, version: int | None, by: Actor) -> Channel:
    """Sell through a closed channel again; reopening an open one changes nothing."""
    return await _switch(tx, code, active=True, version=version, by=by)


async def _switch(tx: Transaction, code: str, *, active: bool, version: int | None, by: Actor) -> Channel:
    by.must(Permission.channels_write, channel=code)
    before = await _lock(tx, code, version)
    if before.active is active:
        return before
    saved = await store.save_channel(tx, before, replace(before, active=active))
    tx.database.forget(snapshot.NAME)
    tx.record(ChannelSwitched(channel=code, active=active, version=saved.version))
    await audit.write(tx, by, "channel.reopened" if active else "channel.closed", code)
    return saved


async def _lock(tx: Transaction, code: str, version: int | None) -> Channel:
    channel = await store.lock_channel(tx, code)
    if version is not None and version != channel.version:
        raise StaleVersion(given=version, present=channel.version)
    return channel
