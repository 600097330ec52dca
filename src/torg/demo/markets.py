"""The practice retailer's sellers, markets, warehouses, stores and sales channels.

Invented companies (their numbers have right check digits and belong to nobody we know of) at streets that
exist, with the cities' real coordinates, time zones and customary opening hours. Filling twice changes
nothing.
"""

from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.i18n import LANGUAGES, words
from torg.markets import (
    Channel,
    ChannelKind,
    ChannelSettings,
    Location,
    LocationKind,
    Market,
    Opening,
    Seller,
    SiteAddress,
    SpecialDay,
    Store,
    TaxDisplay,
    WeeklyOpening,
    add_location,
    add_market,
    add_seller,
    add_store,
    load_atlas,
    open_channel,
)

WEEKDAYS = range(1, 6)


def _address(line: str, postal_code: str, city: str, country: str, region: str | None = None) -> SiteAddress:
    return SiteAddress(lines=(line,), postal_code=postal_code, city=city, country=country, region=region)


OSLO = _address("Karl Johans gate 22", "0159", "Oslo", "NO")
BERGEN = _address("Torgallmenningen 8", "5014", "Bergen", "NO")
STOCKHOLM = _address("Drottninggatan 53", "111 21", "Stockholm", "SE")
BERLIN = _address("Rosenthaler Straße 40", "10178", "Berlin", "DE")
NEW_YORK = _address("525 Broadway", "10012", "New York", "US", "NY")
TOKYO = _address("神宮前4丁目12-10", "150-0001", "東京都渋谷区", "JP")
SINGAPORE = _address("333A Orchard Road", "238897", "Singapore", "SG")

SELLERS = (
    Seller("torg-nordic", "Torg Nordic AS", "316737579", {"NO": "316737579MVA"}, OSLO),
    Seller(
        "torg-se", "Torg Sverige AB", "559923-2708", {"SE": "SE559923270801", "DK": "DK95379931"}, STOCKHOLM
    ),
    Seller(
        "torg-de",
        "Torg Deutschland GmbH",
        "Charlottenburg HRB 209317 B",
        {"DE": "DE938874915", "GB": "GB958508773"},
        BERLIN,
    ),
    Seller(
        "torg-jp",
        "トルグジャパン株式会社",
        "9254095937187",
        {"JP": "9254095937187", "SG": "201938165G"},
        TOKYO,
    ),
    Seller("torg-us", "Torg USA Inc.", "98-5118923", {"US": "98-5118923"}, NEW_YORK),
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


def _location(
    code: str, kind: LocationKind, name: str, address: SiteAddress, zone: str, latitude: int, longitude: int
) -> Location:
    return Location(code, kind, name, address.country, zone, address, latitude, longitude, address.region)


LOCATIONS = (
    _location(
        "lager-oslo",
        LocationKind.warehouse,
        "Lager Oslo",
        _address("Alfasetveien 11", "0668", "Oslo", "NO"),
        "Europe/Oslo",
        59_928_600,
        10_849_400,
    ),
    _location(
        "lager-hamburg",
        LocationKind.warehouse,
        "Lager Hamburg",
        _address("Altenwerder Hauptstraße 4", "21129", "Hamburg", "DE"),
        "Europe/Berlin",
        53_507_100,
        9_916_200,
    ),
    _location("oslo", LocationKind.store, "Torg Oslo", OSLO, "Europe/Oslo", 59_913_000, 10_741_500),
    _location("bergen", LocationKind.store, "Torg Bergen", BERGEN, "Europe/Oslo", 60_392_000, 5_322_100),
    _location(
        "stockholm",
        LocationKind.store,
        "Torg Stockholm",
        STOCKHOLM,
        "Europe/Stockholm",
        59_332_600,
        18_064_500,
    ),
    _location("berlin", LocationKind.store, "Torg Berlin", BERLIN, "Europe/Berlin", 52_524_100, 13_402_300),
    _location(
        "new-york", LocationKind.store, "Torg New York", NEW_YORK, "America/New_York", 40_722_700, -73_998_600
    ),
    _location("tokyo", LocationKind.store, "Torg Tokyo", TOKYO, "Asia/Tokyo", 35_667_500, 139_709_000),
    _location(
        "singapore", LocationKind.store, "Torg Singapore", SINGAPORE, "Asia/Singapore", 1_301_600, 103_837_200
    ),
)

CITIES = {
    "oslo": {"ja": "オスロ"},
    "bergen": {"ja": "ベルゲン"},
    "stockholm": {"ja": "ストックホルム"},
    "berlin": {"ja": "ベルリン"},
    "new-york": {"ja": "ニューヨーク"},
    "tokyo": {"de": "Tokio", "ja": "東京"},
    "singapore": {"de": "Singapur", "ja": "シンガポール"},
}
CHRISTMAS_EVE = {
    "nb": "Julaften",
    "sv": "Julafton",
    "da": "Juleaften",
    "en": "Christmas Eve",
    "de": "Heiligabend",
    "ja": "クリスマスイブ",
}
CHRISTMAS = {
    "nb": "Første juledag",
    "sv": "Juldagen",
    "da": "Juledag",
    "en": "Christmas Day",
    "de": "Erster Weihnachtstag",
    "ja": "クリスマス",
}
NEW_YEAR = {
    "nb": "Første nyttårsdag",
    "sv": "Nyårsdagen",
    "da": "Nytårsdag",
    "en": "New Year's Day",
    "de": "Neujahr",
    "ja": "元日",
}
HOLIDAYS = (
    SpecialDay("2026-12-24", (Opening("10:00", "14:00"),), CHRISTMAS_EVE),
    SpecialDay("2026-12-25", (), CHRISTMAS),
    SpecialDay("2027-01-01", (), NEW_YEAR),
)
NEW_YEAR_ONLY = (SpecialDay("2027-01-01", (), NEW_YEAR),)


def _week(
    weekday: tuple[str, str], saturday: tuple[str, str], sunday: tuple[str, str] | None
) -> tuple[WeeklyOpening, ...]:
    days = [WeeklyOpening(day, *weekday) for day in WEEKDAYS] + [WeeklyOpening(6, *saturday)]
    return (*days, WeeklyOpening(7, *sunday)) if sunday else tuple(days)


def _store(
    code: str,
    market: str,
    hours: tuple[WeeklyOpening, ...],
    phone: str,
    special_days: tuple[SpecialDay, ...] = HOLIDAYS,
) -> Store:
    location = next(location for location in LOCATIONS if location.code == code)
    cities = CITIES[code]
    name = {
        language: f"Torg {cities[language]}" if language in cities else location.name
        for language in LANGUAGES
    }
    return Store(
        code=code,
        name=name,
        location=code,
        market=market,
        address=location.address,
        time_zone=location.time_zone,
        opening_hours=hours,
        special_days=special_days,
        phone=phone,
        email=f"{code}@torg.example",
    )


STORES = (
    _store("oslo", "NO", _week(("10:00", "20:00"), ("10:00", "18:00"), None), "+47 22 00 00 22"),
    _store("bergen", "NO", _week(("10:00", "19:00"), ("10:00", "18:00"), None), "+47 55 00 00 08"),
    _store(
        "stockholm", "SE", _week(("10:00", "19:00"), ("10:00", "18:00"), ("11:00", "17:00")), "+46 8 00 00 53"
    ),
    _store("berlin", "DE", _week(("10:00", "20:00"), ("10:00", "20:00"), None), "+49 30 000040"),
    _store(
        "new-york", "US", _week(("10:00", "20:00"), ("10:00", "20:00"), ("11:00", "19:00")), "+1 212 555 0125"
    ),
    _store(
        "tokyo",
        "JP",
        _week(("11:00", "20:00"), ("10:00", "20:00"), ("10:00", "20:00")),
        "+81 3-0000-1210",
        NEW_YEAR_ONLY,
    ),
    _store(
        "singapore",
        "SG",
        _week(("10:00", "22:00"), ("10:00", "22:00"), ("10:00", "22:00")),
        "+65 6000 0333",
        NEW_YEAR_ONLY,
    ),
)


def _channel(
    code: str, kind: ChannelKind, name: str, market: str, locations: tuple[str, ...], store: str | None = None
) -> Channel:
    seller = next(m.seller for m in MARKETS if m.code == market)
    settings = ChannelSettings(cart_hold_minutes=0) if kind is ChannelKind.till else ChannelSettings()
    return Channel(code, kind, name, market, seller, store, locations, settings, active=True, version=1)


NORWAY = ("lager-oslo", "oslo", "bergen")

CHANNELS = (
    _channel("web-no", ChannelKind.web, "Web shop Norway", "NO", NORWAY),
    _channel("web-se", ChannelKind.web, "Web shop Sweden", "SE", ("lager-oslo", "stockholm")),
    _channel("web-dk", ChannelKind.web, "Web shop Denmark", "DK", ("lager-hamburg", "lager-oslo")),
    _channel("web-de", ChannelKind.web, "Web shop Germany", "DE", ("lager-hamburg", "berlin")),
    _channel("web-gb", ChannelKind.web, "Web shop United Kingdom", "GB", ("lager-hamburg",)),
    _channel("web-us", ChannelKind.web, "Web shop New York", "US", ("new-york",)),
    _channel("web-jp", ChannelKind.web, "Web shop Japan", "JP", ("tokyo",)),
    _channel("web-sg", ChannelKind.web, "Web shop Singapore", "SG", ("singapore",)),
    _channel("app-sg", ChannelKind.app, "App Singapore", "SG", ("singapore",)),
    _channel("till-oslo", ChannelKind.till, "Till Oslo", "NO", ("oslo", "lager-oslo", "bergen"), "oslo"),
    _channel("till-berlin", ChannelKind.till, "Till Berlin", "DE", ("berlin", "lager-hamburg"), "berlin"),
    _channel("agent-no", ChannelKind.agent, "AI agents Norway", "NO", NORWAY),
    _channel("phone-no", ChannelKind.phone, "Phone orders Norway", "NO", NORWAY),
)


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
