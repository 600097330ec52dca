"""Where and as whom a retailer sells: sellers, markets, stock locations, stores with opening hours, sales
channels.

Owns the tables `sellers`, `markets`, `locations`, `stores`, `channels`, `channel_locations`. Promises that a
code, once made, is always found again; that everything a channel points to exists; and that the `Atlas` costs
no statement when it is warm and is never more than a second old. Publishes `channel.opened`,
`channel.changed`, `channel.switched`, `seller.changed`, `market.changed`, `location.changed`, `store.changed`.
"""

from torg.markets.calendar import after, public_holidays, working
from torg.markets.change import ChannelChange, change_channel, close_channel, reopen_channel
from torg.markets.correct import (
    LocationChange,
    MarketChange,
    SellerChange,
    StoreChange,
    change_location,
    change_market,
    change_seller,
    change_store,
)
from torg.markets.distance import NEAR, Point, metres, nearest, point
from torg.markets.events import (
    ChannelChanged,
    ChannelOpened,
    ChannelSwitched,
    LocationChanged,
    MarketChanged,
    SellerChanged,
    StoreChanged,
)
from torg.markets.model import (
    CartHold,
    Channel,
    ChannelKind,
    ChannelSettings,
    Code,
    CodeTaken,
    KeepWhen,
    Location,
    LocationKind,
    Market,
    Opening,
    Seller,
    SiteAddress,
    SpecialDay,
    Store,
    TaxDisplay,
    UnknownChannel,
    UnknownLocation,
    UnknownMarket,
    UnknownSeller,
    UnknownStore,
    WeeklyOpening,
)
from torg.markets.open import open_channel
from torg.markets.opening import OpenState, spans, state
from torg.markets.set_up import add_location, add_market, add_seller, add_store
from torg.markets.snapshot import Atlas, ChannelClosed, atlas, load_atlas
from torg.markets.taxation import EU, MarketTax, Scheme, TaxRegistration

__all__ = [
    "EU",
    "NEAR",
    "Atlas",
    "CartHold",
    "Channel",
    "ChannelChange",
    "ChannelChanged",
    "ChannelClosed",
    "ChannelKind",
    "ChannelOpened",
    "ChannelSettings",
    "ChannelSwitched",
    "Code",
    "CodeTaken",
    "KeepWhen",
    "Location",
    "LocationChange",
    "LocationChanged",
    "LocationKind",
    "Market",
    "MarketChange",
    "MarketChanged",
    "MarketTax",
    "OpenState",
    "Opening",
    "Point",
    "Scheme",
    "Seller",
    "SellerChange",
    "SellerChanged",
    "SiteAddress",
    "SpecialDay",
    "Store",
    "StoreChange",
    "StoreChanged",
    "TaxDisplay",
    "TaxRegistration",
    "UnknownChannel",
    "UnknownLocation",
    "UnknownMarket",
    "UnknownSeller",
    "UnknownStore",
    "WeeklyOpening",
    "add_location",
    "add_market",
    "add_seller",
    "add_store",
    "after",
    "atlas",
    "change_channel",
    "change_location",
    "change_market",
    "change_seller",
    "change_store",
    "close_channel",
    "load_atlas",
    "metres",
    "nearest",
    "open_channel",
    "point",
    "public_holidays",
    "reopen_channel",
    "spans",
    "state",
    "working",
]
