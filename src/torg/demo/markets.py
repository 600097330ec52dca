"""The practice retailer's sellers, markets and sales channels; its places stand in `stores`.

Invented companies, whose numbers have right check digits and belong to nobody we know of. Filling twice changes
nothing.
"""

from collections.abc import Iterator

from torg.demo.stores import BERLIN, LOCATIONS, NEW_YORK, OSLO, STOCKHOLM, STORES, TOKYO
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.i18n import LANGUAGES, words
from torg.markets import (
    Channel,
    ChannelKind,
    ChannelSettings,
    Market,
    Scheme,
    Seller,
    TaxDisplay,
    TaxRegistration,
    add_location,
    add_market,
    add_seller,
    add_store,
    load_atlas,
    open_channel,
)

SELLERS = (
    Seller("torg-nordic", "Torg Nordic AS", "316737579", (TaxRegistration("NO", "316737579MVA"),), OSLO),
    Seller(
        "torg-se",
        "Torg Sverige AB",
        "559923-2708",
        (
            TaxRegistration("SE", "SE559923270801"),
            TaxRegistration("DK", "DK95379931"),
            TaxRegistration("SE", "SE559923270801", Scheme.oss),
        ),
        STOCKHOLM,
    ),
    Seller(
        "torg-de",
        "Torg Deutschland GmbH",
        "Charlottenburg HRB 209317 B",
        (
            TaxRegistration("DE", "DE938874915"),
            TaxRegistration("GB", "GB958508773"),
            TaxRegistration("DE", "DE938874915", Scheme.oss),
        ),
        BERLIN,
    ),
    Seller(
        "torg-jp",
        "トルグジャパン株式会社",
        "9254095937187",
        (TaxRegistration("JP", "9254095937187"), TaxRegistration("SG", "201938165G")),
        TOKYO,
    ),
    Seller("torg-us", "Torg USA Inc.", "98-5118923", (TaxRegistration("US", "98-5118923"),), NEW_YORK),
)


def _market(code: str, currency: str, languages: tuple[str, ...], seller: str) -> Market:
    name = {language: words(language).country(code) for language in LANGUAGES}
    return Market(code, name, (code,), currency, languages, TaxDisplay.including, seller)


MARKETS = (
    _market("NO", "NOK", ("nb", "en"), "torg-nordic"),
    _market("SE", "SEK", ("sv", "en"), "torg-se"),
    _market("DK", "DKK", ("da", "en"), "torg-se"),
    _market("DE", "EUR", ("de", "en"), "torg-de"),
    _market("GB", "GBP", ("en",), "torg-de"),
    Market(
        code="US",
        name={language: words(language).country("US") for language in LANGUAGES},
        countries=("US",),
        currency="USD",
        languages=("en",),
        tax_display=TaxDisplay.excluding,
        seller="torg-us",
        region="NY",
        postal_code="10012",
    ),
    _market("JP", "JPY", ("ja", "en"), "torg-jp"),
    _market("SG", "SGD", ("en",), "torg-jp"),
)


def _channel(
    code: str, kind: ChannelKind, name: str, market: str, locations: tuple[str, ...], store: str | None = None
) -> Channel:
    seller = next(m.seller for m in MARKETS if m.code == market)
    settings = ChannelSettings()
    return Channel(code, kind, name, market, seller, store, locations, settings, active=True, version=1)


# What each market is called among the channels, and where its goods are sent from, the first that has them.
SOURCES = {
    "NO": ("Norway", ("lager-oslo", "oslo", "bergen")),
    "SE": ("Sweden", ("lager-oslo", "stockholm", "goteborg")),
    "DK": ("Denmark", ("lager-hamburg", "lager-oslo", "kobenhavn", "aarhus")),
    "DE": ("Germany", ("lager-hamburg", "berlin", "hamburg")),
    "GB": ("United Kingdom", ("lager-hamburg", "london")),
    "US": ("New York", ("new-york",)),
    "JP": ("Japan", ("tokyo",)),
    "SG": ("Singapore", ("singapore",)),
}
EVERYWHERE = tuple(SOURCES)
WAYS = (
    (ChannelKind.web, "Web shop", EVERYWHERE),
    (ChannelKind.app, "App", EVERYWHERE),
    (ChannelKind.marketplace, "Marketplace", ("SE", "DE", "GB", "US", "JP", "SG")),
    (ChannelKind.social, "Social shop", ("NO", "DK", "GB", "US", "JP", "SG")),
    (ChannelKind.chat, "Chat", ("NO", "SE", "DE", "JP")),
    (ChannelKind.phone, "Phone orders", ("NO", "SE", "DK", "DE", "GB")),
    (ChannelKind.email, "E-mail orders", ("NO", "DE")),
    (ChannelKind.field_sales, "Field sales", ("NO", "SE")),
    (ChannelKind.agent, "AI agents", ("NO", "DE", "GB", "US", "JP")),
)
"""Each way to sell, and where there is it."""


def _channels() -> Iterator[Channel]:
    for kind, name, markets in WAYS:
        for market in markets:
            called, locations = SOURCES[market]
            code = f"{kind.value.replace('_', '-')}-{market.lower()}"
            yield _channel(code, kind, f"{name} {called}", market, locations)
    for store in STORES:
        others = tuple(place for place in SOURCES[store.market][1] if place != store.code)
        yield _channel(
            f"till-{store.code}",
            ChannelKind.till,
            f"Till {store.called('en').removeprefix('Torg ')}",
            store.market,
            (store.code, *others),
            store.code,
        )


CHANNELS = tuple(_channels())


__all__ = ["CHANNELS", "LOCATIONS", "MARKETS", "NEW_YORK", "OSLO", "SELLERS", "SOURCES", "STORES", "fill"]


async def fill(tx: Transaction) -> None:
    """Enter what is not there yet."""
    known = await load_atlas(tx)
    for seller in SELLERS:
        if seller.code not in known.sellers:
            await add_seller(tx, seller, by=SYSTEM)
    for market in MARKETS:
        if market.code not in known.markets:
            await add_market(tx, market, by=SYSTEM)
    for location in LOCATIONS:
        if location.code not in known.locations:
            await add_location(tx, location, by=SYSTEM)
    for store in STORES:
        if store.code not in known.stores:
            await add_store(tx, store, by=SYSTEM)
    for channel in CHANNELS:
        if channel.code not in known.channels:
            await open_channel(tx, channel, by=SYSTEM)
