"""Who sells what where, as every request needs it: one snapshot per process, at most a second old.

A warm atlas costs no statement. Codes on rows of other contexts may be older than the atlas, never newer:
rows are added before anything can point to them and are not deleted, so what a row names is found.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from msgspec import Struct

from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Refused
from torg.markets import store as rows
from torg.markets.model import (
    Channel,
    Location,
    Market,
    Seller,
    Store,
    UnknownChannel,
    UnknownLocation,
    UnknownMarket,
    UnknownSeller,
    UnknownStore,
)

T = TypeVar("T", Seller, Market, Location, Store, Channel)

NAME = "markets.atlas"


class ChannelClosed(Refused):
    """The sales channel exists, but nothing is sold through it at present."""

    code = "channel-closed"
    message = "The sales channel {channel} is closed at present."


class Atlas(Struct, frozen=True):
    """All sellers, markets, locations, stores and channels by code; asking for a code that nobody made is a
    404.
    """

    sellers: Mapping[str, Seller]
    markets: Mapping[str, Market]
    locations: Mapping[str, Location]
    stores: Mapping[str, Store]
    channels: Mapping[str, Channel]

    def seller(self, code: str) -> Seller:
        """The seller with this code."""
        found = self.sellers.get(code)
        if found is None:
            raise UnknownSeller(seller=code[:80])
        return found

    def market(self, code: str) -> Market:
        """The market with this code."""
        found = self.markets.get(code)
        if found is None:
            raise UnknownMarket(market=code[:80])
        return found

    def location(self, code: str) -> Location:
        """The location with this code."""
        found = self.locations.get(code)
        if found is None:
            raise UnknownLocation(location=code[:80])
        return found

    def store(self, code: str) -> Store:
        """The store with this code."""
        found = self.stores.get(code)
        if found is None:
            raise UnknownStore(store=code[:80])
        return found

    def channel(self, code: str) -> Channel:
        """The channel with this code, closed ones too: old orders name them."""
        found = self.channels.get(code)
        if found is None:
            raise UnknownChannel(channel=code[:80])
        return found

    def selling(self, code: str) -> Channel:
        """The channel with this code, for selling now: a closed one is refused."""
        channel = self.channel(code)
        if not channel.active:
            raise ChannelClosed(channel=code)
        return channel

    def stores_of(self, market: str) -> tuple[Store, ...]:
        """The stores of a market, by code."""
        return tuple(store for store in self.stores.values() if store.market == market)


async def atlas(database: Database) -> Atlas:
    """The present snapshot; loaded at most once a second, however many ask."""
    return await database.cached(NAME, load_atlas, tables=rows.TABLES)


async def load_atlas(tx: Transaction) -> Atlas:
    """A fresh snapshot as this transaction sees it, its own changes included."""
    # Channels first: whatever they point to was there before them.
    channels = _by_code(await rows.channels(tx))
    stores = _by_code(await rows.stores(tx))
    locations = _by_code(await rows.locations(tx))
    markets = _by_code(await rows.markets(tx))
    return Atlas(
        sellers=_by_code(await rows.sellers(tx)),
        markets=markets,
        locations=locations,
        stores=stores,
        channels=channels,
    )


def _by_code(things: list[T]) -> Mapping[str, T]:
    return MappingProxyType({thing.code: thing for thing in things})
