"""The HTTP face of markets: what a client needs to know of a channel and of stores; staff run the channels."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Response
from msgspec import UNSET, Meta, Struct, UnsetType

from torg.kernel.http import Body, Call, FromPath, Open, Page, QueryParameter, read, write
from torg.markets import (
    NEAR,
    Atlas,
    Channel,
    ChannelChange,
    ChannelKind,
    ChannelSettings,
    Code,
    Location,
    Market,
    Opening,
    Seller,
    SiteAddress,
    SpecialDay,
    Store,
    TaxDisplay,
    WeeklyOpening,
    atlas,
    change_channel,
    close_channel,
    nearest,
    open_channel,
    point,
    reopen_channel,
    state,
)
from torg.markets.fields import Version
from torg.permissions import Permission

TAGS = ["markets"]

ChannelName = Annotated[str, Meta(min_length=1, max_length=100)]
LocationCodes = Annotated[
    tuple[Code, ...], Meta(max_length=100, description="Where stock is sold from, in order.")
]
MarketQuery = Annotated[str | None, QueryParameter(max_length=40, description="Only this market's stores.")]
Near = Annotated[
    str | None,
    QueryParameter(
        pattern=NEAR, max_length=30, description="Where somebody is: latitude and longitude in degrees."
    ),
]


class ChannelView(Struct, frozen=True):
    """What a client of a sales channel needs before it shows anything."""

    code: str
    kind: ChannelKind
    market: str
    market_name: str
    currency: str
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    tax_display: TaxDisplay
    store: str | None
    guest_checkout: bool

    @classmethod
    def of(cls, channel: Channel, market: Market, language: str) -> "ChannelView":
        """The channel as its customers may know it."""
        return cls(
            code=channel.code,
            kind=channel.kind,
            market=market.code,
            market_name=market.called(language),
            currency=market.currency,
            countries=market.countries,
            languages=market.languages,
            tax_display=market.tax_display,
            store=channel.store,
            guest_checkout=channel.settings.guest_checkout,
        )


class StoreView(Struct, frozen=True):
    """A store as customers see it; `open_now` and `until` hold for the moment of the answer.

    `distance_m` is told to who has said where she is.
    """

    code: str
    name: str
    market: str
    address: SiteAddress
    time_zone: str
    latitude_e6: int
    longitude_e6: int
    phone: str | None
    email: str | None
    opening_hours: tuple[WeeklyOpening, ...]
    special_days: tuple[SpecialDay, ...]
    closed_on_holidays: bool
    open_now: bool
    until: datetime | None
    today: tuple[Opening, ...]
    version: int
    distance_m: int | None = None

    @classmethod
    def of(
        cls, store: Store, location: Location, at: datetime, language: str, distance_m: int | None = None
    ) -> "StoreView":
        """The store at a moment, in a language."""
        now = state(store, at)
        return cls(
            code=store.code,
            name=store.called(language),
            market=store.market,
            address=store.address,
            time_zone=store.time_zone,
            latitude_e6=location.latitude_e6,
            longitude_e6=location.longitude_e6,
            phone=store.phone,
            email=store.email,
            opening_hours=store.opening_hours,
            special_days=store.special_days,
            closed_on_holidays=store.closed_on_holidays,
            open_now=now.open,
            until=now.until,
            today=now.today,
            version=store.version,
            distance_m=distance_m,
        )


class ChannelConfiguration(Struct, frozen=True):
    """A sales channel as staff see it."""

    code: str
    kind: ChannelKind
    name: str
    market: str
    seller: str
    store: str | None
    locations: tuple[str, ...]
    settings: ChannelSettings
    active: bool
    version: int

    @classmethod
    def of(cls, channel: Channel) -> "ChannelConfiguration":
        """All of the channel."""
        return cls(**{name: getattr(channel, name) for name in cls.__struct_fields__})


class NewChannel(Struct, frozen=True, forbid_unknown_fields=True):
    """A sales channel to open."""

    code: Code
    kind: ChannelKind
    name: ChannelName
    market: Code
    seller: Code
    store: Code | None = None
    locations: LocationCodes = ()
    settings: ChannelSettings = ChannelSettings()


class ChannelPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a channel; what is left out stays."""

    name: ChannelName | UnsetType = UNSET
    locations: LocationCodes | UnsetType = UNSET
    settings: ChannelSettings | UnsetType = UNSET
    version: Version | None = None


class ChannelSwitch(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision to close or reopen a channel."""

    version: Version | None = None


@read("/channels/{code:str}", permission=Open.public, summary="A sales channel, for its clients", tags=TAGS)
async def read_channel(call: Call, code: FromPath[str]) -> ChannelView:
    """Market, currency, countries and languages of an open channel."""
    known = await atlas(call.database)
    channel = known.selling(code)
    return ChannelView.of(channel, known.market(channel.market), call.language)


@read("/stores", permission=Open.public, summary="Stores with opening hours", tags=TAGS)
async def list_stores(call: Call, market: MarketQuery = None, near: Near = None) -> Page[StoreView]:
    """All stores, or a market's, with whether each is open now in its own time zone; the nearest first if asked."""
    known = await atlas(call.database)
    stores = known.stores_of(known.market(market).code) if market else tuple(known.stores.values())
    if near is None:
        return Page([_store(call, known, store) for store in stores])
    here = point("near", near)
    placed = ((store, known.location(store.location)) for store in stores)
    return Page([_store(call, known, store, metres) for store, metres in nearest(placed, here)])


@read("/stores/{code:str}", permission=Open.public, summary="A store", tags=TAGS)
async def read_store(call: Call, code: FromPath[str]) -> StoreView:
    """A store's address, hours and whether it is open now."""
    known = await atlas(call.database)
    return _store(call, known, known.store(code))


@read("/channels", permission=Permission.channels_read, summary="All sales channels", tags=TAGS)
async def list_channels(call: Call) -> Page[ChannelConfiguration]:
    """Every channel that the caller may see, closed ones too."""
    call.actor.must(Permission.channels_read, anywhere=True)
    mine = call.actor.channels(Permission.channels_read)
    channels = (await atlas(call.database)).channels.values()
    return Page([ChannelConfiguration.of(c) for c in channels if mine is None or c.code in mine])


@read(
    "/channels/{code:str}/configuration",
    permission=Permission.channels_read,
    summary="A sales channel, for staff",
    tags=TAGS,
)
async def read_configuration(call: Call, code: FromPath[str]) -> ChannelConfiguration:
    """Everything about a channel: settings, locations in order, version."""
    call.actor.must(Permission.channels_read, channel=code)
    return ChannelConfiguration.of((await atlas(call.database)).channel(code))


@write(
    "POST", "/channels", permission=Permission.channels_write, summary="Open a channel", tags=TAGS, status=201
)
async def create_channel(call: Call, data: Body[NewChannel]) -> Response[ChannelConfiguration]:
    """Open a sales channel; its code is its name for ever."""
    channel = Channel(**_fields(data), active=True, version=1)
    return await call.write(
        lambda tx: open_channel(tx, channel, by=call.actor), view=ChannelConfiguration.of, status=201
    )


@write(
    "PATCH",
    "/channels/{code:str}",
    permission=Permission.channels_write,
    summary="Change a channel",
    tags=TAGS,
)
async def patch_channel(
    call: Call, code: FromPath[str], data: Body[ChannelPatch]
) -> Response[ChannelConfiguration]:
    """Change a channel's name, locations or settings."""
    change = ChannelChange(name=data.name, locations=data.locations, settings=data.settings)
    return await call.write(
        lambda tx: change_channel(tx, code, change, version=data.version, by=call.actor),
        view=ChannelConfiguration.of,
    )


@write(
    "POST",
    "/channels/{code:str}/close",
    permission=Permission.channels_write,
    summary="Stop selling through a channel",
    tags=TAGS,
)
async def close(call: Call, code: FromPath[str], data: Body[ChannelSwitch]) -> Response[ChannelConfiguration]:
    """Close a channel; carts and orders in it stay readable."""
    return await call.write(
        lambda tx: close_channel(tx, code, version=data.version, by=call.actor), view=ChannelConfiguration.of
    )


@write(
    "POST",
    "/channels/{code:str}/reopen",
    permission=Permission.channels_write,
    summary="Sell through a closed channel again",
    tags=TAGS,
)
async def reopen(
    call: Call, code: FromPath[str], data: Body[ChannelSwitch]
) -> Response[ChannelConfiguration]:
    """Reopen a closed channel."""
    return await call.write(
        lambda tx: reopen_channel(tx, code, version=data.version, by=call.actor), view=ChannelConfiguration.of
    )


@read("/markets", permission=Permission.channels_read, summary="All markets", tags=TAGS)
async def list_markets(call: Call) -> Page[Market]:
    """Every market with its countries, currency, languages and tax display."""
    call.actor.must(Permission.channels_read, anywhere=True)
    return Page(list((await atlas(call.database)).markets.values()))


@read("/sellers", permission=Permission.channels_read, summary="All sellers", tags=TAGS)
async def list_sellers(call: Call) -> Page[Seller]:
    """Every legal entity that sells."""
    call.actor.must(Permission.channels_read, anywhere=True)
    return Page(list((await atlas(call.database)).sellers.values()))


@read("/locations", permission=Permission.channels_read, summary="All stock locations", tags=TAGS)
async def list_locations(call: Call) -> Page[Location]:
    """Every place that holds stock."""
    call.actor.must(Permission.channels_read, anywhere=True)
    return Page(list((await atlas(call.database)).locations.values()))


def _store(call: Call, known: Atlas, store: Store, metres: int | None = None) -> StoreView:
    now = call.database.clock.now()
    return StoreView.of(store, known.location(store.location), now, call.language, metres)


def _fields(data: Struct) -> dict[str, Any]:
    return {name: getattr(data, name) for name in data.__struct_fields__}


ROUTES = [
    read_channel,
    list_stores,
    read_store,
    list_channels,
    read_configuration,
    create_channel,
    patch_channel,
    close,
    reopen,
    list_markets,
    list_sellers,
    list_locations,
]
