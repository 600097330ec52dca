"""The practice retailer's places: two warehouses and twelve stores, where they stand and when they are open.

Streets that exist, the cities' real coordinates and time zones, the hours that are customary there, and the days on
which each country keeps its shops closed (`holidays.toml`).
"""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from torg.kernel.i18n import LANGUAGES
from torg.markets import Location, LocationKind, Opening, SiteAddress, SpecialDay, Store, WeeklyOpening

EASTER: Final = {
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
    2028: date(2028, 4, 16),
}
QUIET: Final = frozenset({"NO", "DK", "DE"})
"""Countries whose shops are closed on public holidays by law or custom."""

WEEKDAYS: Final = range(1, 6)
Hours = tuple[str, str]


def _address(line: str, postal_code: str, city: str, country: str, region: str | None = None) -> SiteAddress:
    return SiteAddress(lines=(line,), postal_code=postal_code, city=city, country=country, region=region)


OSLO = _address("Karl Johans gate 22", "0159", "Oslo", "NO")
BERGEN = _address("Torgallmenningen 8", "5014", "Bergen", "NO")
STOCKHOLM = _address("Drottninggatan 53", "111 21", "Stockholm", "SE")
GOTEBORG = _address("Kungsgatan 42", "411 15", "Göteborg", "SE")
KOBENHAVN = _address("Købmagergade 46", "1150", "København K", "DK")
AARHUS = _address("Ryesgade 21", "8000", "Aarhus C", "DK")
BERLIN = _address("Rosenthaler Straße 40", "10178", "Berlin", "DE")
HAMBURG = _address("Spitalerstraße 12", "20095", "Hamburg", "DE")
LONDON = _address("21 Neal Street", "WC2H 9PU", "London", "GB")
NEW_YORK = _address("525 Broadway", "10012", "New York", "US", "NY")
TOKYO = _address("神宮前4丁目12-10", "150-0001", "東京都渋谷区", "JP")
SINGAPORE = _address("333A Orchard Road", "238897", "Singapore", "SG")
ALFASET = _address("Alfasetveien 11", "0668", "Oslo", "NO")
ALTENWERDER = _address("Altenwerder Hauptstraße 4", "21129", "Hamburg", "DE")


def _location(
    code: str, kind: LocationKind, address: SiteAddress, zone: str, latitude: int, longitude: int
) -> Location:
    name = f"Lager {address.city}" if kind is LocationKind.warehouse else f"Torg {_city(code, '', address)}"
    return Location(code, kind, name, address.country, zone, address, latitude, longitude, address.region)


def _city(code: str, language: str, address: SiteAddress) -> str:
    return CITIES.get(code, {}).get(language) or CITIES.get(code, {}).get("here") or address.city


# What a city is called where it is not called as on its own letters.
CITIES: Final[dict[str, dict[str, str]]] = {
    "oslo": {"ja": "オスロ"},
    "bergen": {"ja": "ベルゲン"},
    "stockholm": {"ja": "ストックホルム"},
    "goteborg": {"en": "Gothenburg", "ja": "ヨーテボリ"},
    "kobenhavn": {
        "here": "København",
        "sv": "Köpenhamn",
        "en": "Copenhagen",
        "de": "Kopenhagen",
        "ja": "コペンハーゲン",
    },
    "aarhus": {"here": "Aarhus", "sv": "Århus", "ja": "オーフス"},
    "berlin": {"ja": "ベルリン"},
    "hamburg": {"ja": "ハンブルク"},
    "london": {"ja": "ロンドン"},
    "new-york": {"ja": "ニューヨーク"},
    "tokyo": {"here": "Tokyo", "de": "Tokio", "ja": "東京"},
    "singapore": {"de": "Singapur", "ja": "シンガポール"},
}
_STORE: Final = LocationKind.store
_WAREHOUSE: Final = LocationKind.warehouse

LOCATIONS: Final = (
    _location("lager-oslo", _WAREHOUSE, ALFASET, "Europe/Oslo", 59_928_600, 10_849_400),
    _location("lager-hamburg", _WAREHOUSE, ALTENWERDER, "Europe/Berlin", 53_507_100, 9_916_200),
    _location("oslo", _STORE, OSLO, "Europe/Oslo", 59_913_000, 10_741_500),
    _location("bergen", _STORE, BERGEN, "Europe/Oslo", 60_392_000, 5_322_100),
    _location("stockholm", _STORE, STOCKHOLM, "Europe/Stockholm", 59_332_600, 18_064_500),
    _location("goteborg", _STORE, GOTEBORG, "Europe/Stockholm", 57_704_700, 11_966_300),
    _location("kobenhavn", _STORE, KOBENHAVN, "Europe/Copenhagen", 55_680_700, 12_576_100),
    _location("aarhus", _STORE, AARHUS, "Europe/Copenhagen", 56_153_700, 10_206_800),
    _location("berlin", _STORE, BERLIN, "Europe/Berlin", 52_524_100, 13_402_300),
    _location("hamburg", _STORE, HAMBURG, "Europe/Berlin", 53_551_200, 10_003_300),
    _location("london", _STORE, LONDON, "Europe/London", 51_514_200, -125_400),
    _location("new-york", _STORE, NEW_YORK, "America/New_York", 40_722_700, -73_998_600),
    _location("tokyo", _STORE, TOKYO, "Asia/Tokyo", 35_667_500, 139_709_000),
    _location("singapore", _STORE, SINGAPORE, "Asia/Singapore", 1_301_600, 103_837_200),
)


@cache
def _holidays() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("holidays.toml").read_text(encoding="utf-8"))


def special_days(country: str, store: str) -> tuple[SpecialDay, ...]:
    """The days on which a store's week does not count, in the order of the calendar."""
    days = {day.date: day for day in _special_days(country, store)}  # two holidays may fall on one day
    return tuple(day for _, day in sorted(days.items()))


def _special_days(country: str, store: str) -> Iterator[SpecialDay]:
    for holiday in _holidays().values():
        closed = {country, store} & set(holiday.get("closed", ()))
        short = holiday.get("short", {}).get(country)
        if closed or short:
            hours = () if closed else (Opening(*short.split("-")),)
            for day in _dates(holiday["when"]):
                yield SpecialDay(day.isoformat(), hours, holiday["names"])


def _dates(when: str | list[str]) -> list[date]:
    if isinstance(when, list):
        return [date.fromisoformat(day) for day in when]
    if when.startswith("easter"):
        return [sunday + timedelta(days=int(when.removeprefix("easter"))) for sunday in EASTER.values()]
    return [date.fromisoformat(f"{year}-{when}") for year in EASTER]


def _week(weekday: Hours, saturday: Hours, sunday: Hours | None = None) -> tuple[WeeklyOpening, ...]:
    days = [WeeklyOpening(day, *weekday) for day in WEEKDAYS] + [WeeklyOpening(6, *saturday)]
    return (*days, WeeklyOpening(7, *sunday)) if sunday else tuple(days)


def _store(code: str, hours: tuple[WeeklyOpening, ...], phone: str) -> Store:
    location = next(location for location in LOCATIONS if location.code == code)
    return Store(
        code=code,
        name={language: f"Torg {_city(code, language, location.address)}" for language in LANGUAGES},
        location=code,
        market=location.country,
        address=location.address,
        time_zone=location.time_zone,
        opening_hours=hours,
        special_days=special_days(location.country, code),
        closed_on_holidays=location.country in QUIET,
        phone=phone,
        email=f"{code}@torg.example",
    )


TEN_TO_SIX: Final = ("10:00", "18:00")
TEN_TO_SEVEN: Final = ("10:00", "19:00")
TEN_TO_EIGHT: Final = ("10:00", "20:00")
ELEVEN_TO_FIVE: Final = ("11:00", "17:00")
TEN_TO_TEN: Final = ("10:00", "22:00")

STORES: Final = (
    _store("oslo", _week(TEN_TO_EIGHT, TEN_TO_SIX), "+47 22 00 00 22"),
    _store("bergen", _week(TEN_TO_SEVEN, TEN_TO_SIX), "+47 55 00 00 08"),
    _store("stockholm", _week(TEN_TO_SEVEN, TEN_TO_SIX, ELEVEN_TO_FIVE), "+46 8 465 004 53"),
    _store("goteborg", _week(TEN_TO_SEVEN, ("10:00", "17:00"), ("11:00", "16:00")), "+46 31 390 06 42"),
    _store("kobenhavn", _week(TEN_TO_SEVEN, TEN_TO_SIX, ("11:00", "16:00")), "+45 33 00 00 46"),
    _store("aarhus", _week(TEN_TO_SIX, ("10:00", "16:00")), "+45 86 00 00 21"),
    _store("berlin", _week(TEN_TO_EIGHT, TEN_TO_EIGHT), "+49 30 000040"),
    _store("hamburg", _week(TEN_TO_EIGHT, TEN_TO_EIGHT), "+49 40 000012"),
    _store("london", _week(TEN_TO_EIGHT, TEN_TO_EIGHT, ("12:00", "18:00")), "+44 20 7946 0021"),
    _store("new-york", _week(TEN_TO_EIGHT, TEN_TO_EIGHT, ("11:00", "19:00")), "+1 212 555 0125"),
    _store("tokyo", _week(("11:00", "20:00"), TEN_TO_EIGHT, TEN_TO_EIGHT), "+81 3-0000-1210"),
    _store("singapore", _week(TEN_TO_TEN, TEN_TO_TEN, TEN_TO_TEN), "+65 6000 0333"),
)
