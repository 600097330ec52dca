"""The practice retailer's stores: where they are, when they are closed, and what they are called."""

from datetime import date

import holidays

from torg.demo.markets import CHANNELS, LOCATIONS, MARKETS, STORES
from torg.kernel.i18n import LANGUAGES
from torg.markets import ChannelKind, LocationKind

CITIES = {
    *("oslo", "bergen", "stockholm", "goteborg", "kobenhavn", "aarhus"),
    *("berlin", "hamburg", "london", "new-york", "tokyo", "singapore"),
}
EVES = {"12-24", "12-31"}  # open shorter by custom, not by law


def test_there_are_two_warehouses_and_a_store_with_a_till_in_each_of_twelve_cities() -> None:
    assert {store.code for store in STORES} == CITIES
    assert [place.kind for place in LOCATIONS].count(LocationKind.warehouse) == 2
    tills = {channel.store for channel in CHANNELS if channel.kind is ChannelKind.till}
    assert tills == CITIES


def test_every_market_has_a_web_shop_an_app_and_a_store_and_every_kind_of_channel_is_somewhere() -> None:
    for market in MARKETS:
        kinds = {channel.kind for channel in CHANNELS if channel.market == market.code}
        assert kinds >= {ChannelKind.web, ChannelKind.app, ChannelKind.till}
    assert {channel.kind for channel in CHANNELS} == set(ChannelKind)


def test_a_days_closing_is_a_public_holiday_of_its_country() -> None:
    regions = {"berlin": "BE", "hamburg": "HH", "london": "ENG"}
    # by custom, by the law on opening hours, or on a Sunday anyway, though not in the law on holidays
    other = {"Easter Sunday", "Whit Sunday", "Midsummer Eve", "Danish Constitution Day"}
    for store in STORES:
        public = holidays.country_holidays(
            store.address.country, subdiv=regions.get(store.code), years=range(2025, 2029)
        )
        assert len(store.special_days) >= 3
        for day in store.special_days:
            known = date.fromisoformat(day.date) in public or day.date[5:] in EVES
            assert known or day.reason["en"] in other, (store.code, day)


def test_names_of_stores_and_of_their_holidays_are_told_in_every_language() -> None:
    for store in STORES:
        assert set(store.name) == set(LANGUAGES)
        assert store.name["ja"] != store.name["en"]
        for day in store.special_days:
            assert set(day.reason) == set(LANGUAGES)
            assert all(day.reason.values())


def test_stores_stand_where_their_country_is() -> None:
    boxes = {
        "NO": (58, 72, 4, 31),
        "SE": (55, 69, 11, 24),
        "DK": (54, 58, 8, 15),
        "DE": (47, 55, 6, 15),
        "GB": (50, 59, -8, 2),
        "US": (40, 41, -75, -73),
        "JP": (35, 36, 139, 140),
        "SG": (1, 2, 103, 104),
    }
    for place in LOCATIONS:
        south, north, west, east = boxes[place.country]
        assert south < place.latitude_e6 / 1e6 < north
        assert west < place.longitude_e6 / 1e6 < east
