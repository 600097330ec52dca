"""Where the goods are sold: what is there is used, what is not is made, so that an empty installation can sell."""

from typing import Final

from msgspec import Struct

from torg.connectors.online_retail.model import CURRENCY, SOURCE, ZONE, Options
from torg.inventory import DeliveryKind, DeliveryMethod, Zone, offer_delivery
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.i18n import LANGUAGES, words
from torg.markets import (
    Atlas,
    Channel,
    ChannelKind,
    ChannelSettings,
    Location,
    LocationKind,
    Market,
    Seller,
    SiteAddress,
    TaxDisplay,
    add_location,
    add_market,
    add_seller,
    load_atlas,
    open_channel,
)
from torg.pricing import (
    DeliveryRate,
    DeliveryStep,
    PriceList,
    add_delivery_rate,
    add_price_list,
    price_lists,
)

COUNTRY: Final = "GB"
# The file does not say where the retailer lives.
SOMEWHERE: Final = SiteAddress(lines=(), postal_code="", city="unknown", country=COUNTRY)
MIDDLE: Final = (54_000_000, -2_000_000)
DELIVERY_NAME: Final = {
    "nb": "Standardlevering",
    "sv": "Standardleverans",
    "da": "Standardlevering",
    "en": "Standard delivery",
    "de": "Standardversand",
    "ja": "通常配送",
}


class Unfit(Exception):
    """What was named to sell through cannot be used for this file."""


class Places(Struct, frozen=True):
    """Where the goods are sold and lie, by code."""

    market: str
    channel: str
    location: str


def chosen(known: Atlas, options: Options) -> Places:
    """The market, channel and location by their codes, whether they exist or not; `Unfit` when they do not fit."""
    market = known.markets.get(options.market)
    if market is not None and market.currency != CURRENCY:
        raise Unfit(
            f"the market {market.code} sells in {market.currency}; this file's prices are in {CURRENCY}"
        )
    channel = known.channels.get(options.channel) if options.channel else _web_shop(known, options.market)
    if channel is not None and channel.market != options.market:
        raise Unfit(f"the sales channel {channel.code} belongs to the market {channel.market}")
    location = options.location or (_warehouse(known, channel) if channel else SOURCE)
    if channel is not None and location not in channel.locations:
        raise Unfit(f"the sales channel {channel.code} sells nothing from the location {location}")
    code = channel.code if channel else options.channel or f"web-{options.market.lower()}"
    return Places(options.market, code, location)


def _web_shop(known: Atlas, market: str) -> Channel | None:
    shops = [
        c for c in known.channels.values() if c.market == market and c.kind is ChannelKind.web and c.active
    ]
    return min(shops, key=lambda channel: channel.code, default=None)


def _warehouse(known: Atlas, channel: Channel) -> str:
    kinds = {code: known.location(code).kind for code in channel.locations}
    if not kinds:
        raise Unfit(f"the sales channel {channel.code} sells from no location")
    return next((code for code in kinds if kinds[code] is LocationKind.warehouse), channel.locations[0])


async def make(tx: Transaction, options: Options) -> Places:
    """Make what is missing: seller, market, warehouse, web shop, delivery, price list."""
    known = await load_atlas(tx)
    places = chosen(known, options)
    if places.market not in known.markets:
        await _market(tx, known, places, options)
    if places.location not in known.locations:
        await add_location(tx, _location(places.location), by=SYSTEM)
    if places.channel not in known.channels:
        await _channel(tx, places)
    if SOURCE not in {prices.code for prices in await price_lists(tx, by=SYSTEM)}:
        prices = PriceList(SOURCE, "Online Retail", CURRENCY, tax_included=False, market=places.market)
        await add_price_list(tx, prices, by=SYSTEM)
    return places


async def _market(tx: Transaction, known: Atlas, places: Places, options: Options) -> None:
    """Goods are sold to traders: prices are shown without tax, as they stand in the file."""
    seller = options.seller or SOURCE
    if seller not in known.sellers:
        await add_seller(tx, Seller(seller, "Online Retail", "unknown", (), SOMEWHERE), by=SYSTEM)
    name = {language: words(language).country(COUNTRY) for language in LANGUAGES}
    market = Market(places.market, name, (COUNTRY,), CURRENCY, ("en",), TaxDisplay.excluding, seller)
    await add_market(tx, market, by=SYSTEM)


def _location(code: str) -> Location:
    return Location(code, LocationKind.warehouse, "Online Retail", COUNTRY, ZONE, SOMEWHERE, *MIDDLE)


async def _channel(tx: Transaction, places: Places) -> None:
    """A web shop that delivers free of charge within the country, as nearly all of the file's orders were."""
    market = (await load_atlas(tx)).market(places.market)
    channel = Channel(
        code=places.channel,
        kind=ChannelKind.web,
        name="Online Retail",
        market=market.code,
        seller=market.seller,
        store=None,
        locations=(places.location,),
        settings=ChannelSettings(),
        active=True,
        version=1,
    )
    await open_channel(tx, channel, by=SYSTEM)
    method = DeliveryMethod(SOURCE, DeliveryKind.ship, DELIVERY_NAME, zones=(Zone(COUNTRY, 2, 5),))
    await offer_delivery(tx, method, by=SYSTEM)
    rate = DeliveryRate(
        SOURCE, "Online Retail", SOURCE, market.code, (COUNTRY,), (DeliveryStep(0),), tax_included=False
    )
    await add_delivery_rate(tx, rate, by=SYSTEM)
