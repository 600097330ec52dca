"""What keeps a seller, market, location, store or channel from being right: all of it, field by field.

Pure. Codes of countries come from ISO 3166-1, of currencies from ISO 4217, time zones from the IANA database,
and tax and company numbers are checked digit by digit where the country's scheme is known.
"""

import itertools
import re
from collections.abc import Container, Iterable, Iterator
from datetime import date
from functools import cache
from zoneinfo import available_timezones

import pycountry
import stdnum.exceptions
from stdnum import get_cc_module

from torg.kernel.errors import FieldProblem
from torg.kernel.i18n import LANGUAGES
from torg.kernel.money import CURRENCIES
from torg.markets.model import (
    Channel,
    ChannelKind,
    Location,
    Market,
    Opening,
    Seller,
    SiteAddress,
    Store,
    WeeklyOpening,
)
from torg.markets.opening import minutes
from torg.markets.taxation import registration_problems

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
MESSAGES = {
    "ends-before-it-begins": "This ends before it begins.",
    "not-a-scheme-there": "This country has no such scheme.",
    "out-of-range": "The number is too small or too large.",
    "overlap": "This overlaps another span of the same day.",
    "required": "This field is required.",
    "till-without-store": "A till stands in a store: name it.",
    "twice": "This stands here twice.",
    "unknown-country": "ISO 3166-1 knows no such country.",
    "unknown-currency": "ISO 4217 knows no such currency.",
    "unknown-language": "The platform does not speak this language.",
    "unknown-location": "There is no such location.",
    "unknown-market": "There is no such market.",
    "unknown-region": "ISO 3166-2 knows no such region of the country.",
    "unknown-seller": "There is no such seller.",
    "unknown-store": "There is no such store.",
    "unknown-time-zone": "The IANA database knows no such time zone.",
    "wrong-company-number": "This is not a company number of the country.",
    "wrong-date": "A date is written 2026-12-24.",
    "wrong-tax-number": "This is not a tax number of the country.",
    "wrong-time": "A time is written 09:00, the end of the day 24:00.",
}
NORTH, EAST = 90_000_000, 180_000_000
COMPANY_NUMBERS = {
    "NO": "orgnr",
    "SE": "orgnr",
    "DK": "cvr",
    "FI": "ytunnus",
    "JP": "cn",
    "US": "ein",
    "SG": "uen",
}

Problems = Iterator[FieldProblem]


@cache
def countries() -> frozenset[str]:
    """Every country of ISO 3166-1, by its two letters."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def regions() -> frozenset[str]:
    """Every region of ISO 3166-2, country first: `US-NY`."""
    return frozenset(region.code for region in pycountry.subdivisions)


@cache
def time_zones() -> frozenset[str]:
    """Every time zone of the IANA database."""
    return frozenset(available_timezones())


def seller_problems(seller: Seller) -> Problems:
    """What is wrong with a seller."""
    yield from _text(seller.legal_name, "legal_name")
    yield from _address(seller.address, "address")
    if not _is_number(
        seller.address.country, COMPANY_NUMBERS.get(seller.address.country), seller.registration_number
    ):
        yield _problem("registration_number", "wrong-company-number")
    for field, code in registration_problems(seller.registrations, countries()):
        yield _problem(field, code)


def market_problems(market: Market, sellers: Container[str]) -> Problems:
    """What is wrong with a market, given the sellers that exist."""
    yield from _names(market.name)
    yield from _countries(market.countries)
    if market.currency not in CURRENCIES:
        yield _problem("currency", "unknown-currency")
    yield from _languages(market.languages)
    if market.seller not in sellers:
        yield _problem("seller", "unknown-seller")
    if market.region is not None and market.countries and _region_unknown(market.country, market.region):
        yield _problem("region", "unknown-region")


def location_problems(location: Location) -> Problems:
    """What is wrong with a location."""
    yield from _text(location.name, "name")
    yield from _address(location.address, "address")
    if location.country not in countries():
        yield _problem("country", "unknown-country")
    elif location.region is not None and _region_unknown(location.country, location.region):
        yield _problem("region", "unknown-region")
    yield from _time_zone(location.time_zone)
    for field, degrees, most in (
        ("latitude_e6", location.latitude_e6, NORTH),
        ("longitude_e6", location.longitude_e6, EAST),
    ):
        if abs(degrees) > most:
            yield _problem(field, "out-of-range")


def store_problems(store: Store, locations: Container[str], markets: Container[str]) -> Problems:
    """What is wrong with a store, given the locations and markets that exist."""
    yield from _names(store.name)
    yield from _address(store.address, "address")
    yield from _time_zone(store.time_zone)
    if store.location not in locations:
        yield _problem("location", "unknown-location")
    if store.market not in markets:
        yield _problem("market", "unknown-market")
    yield from _week(store.opening_hours)
    for index, special in enumerate(store.special_days):
        field = f"special_days.{index}"
        if not _is_date(special.date):
            yield _problem(f"{field}.date", "wrong-date")
        yield from _hours(special.hours, f"{field}.hours")
        for language in special.reason:
            if language not in LANGUAGES:
                yield _problem(f"{field}.reason.{language}", "unknown-language")
    dates = [special.date for special in store.special_days]
    if len(set(dates)) < len(dates):
        yield _problem("special_days", "twice")


def channel_problems(
    channel: Channel,
    *,
    markets: Container[str],
    sellers: Container[str],
    stores: Container[str],
    locations: Container[str],
) -> Problems:
    """What is wrong with a sales channel, given what it may point to."""
    if channel.market not in markets:
        yield _problem("market", "unknown-market")
    if channel.seller not in sellers:
        yield _problem("seller", "unknown-seller")
    if channel.store is None and channel.kind is ChannelKind.till:
        yield _problem("store", "till-without-store")
    if channel.store is not None and channel.store not in stores:
        yield _problem("store", "unknown-store")
    for index, location in enumerate(channel.locations):
        if location not in locations:
            yield _problem(f"locations.{index}", "unknown-location")
        elif location in channel.locations[:index]:
            yield _problem(f"locations.{index}", "twice")


def _problem(field: str, code: str) -> FieldProblem:
    return FieldProblem(field=field, code=code, message=MESSAGES[code])


def _address(address: SiteAddress, field: str) -> Problems:
    if address.country not in countries():
        yield _problem(f"{field}.country", "unknown-country")
    elif address.region is not None and _region_unknown(address.country, address.region):
        yield _problem(f"{field}.region", "unknown-region")


def _region_unknown(country: str, region: str) -> bool:
    return f"{country}-{region}" not in regions()


def _time_zone(name: str) -> Problems:
    if name not in time_zones():
        yield _problem("time_zone", "unknown-time-zone")


def _text(text: str, field: str) -> Problems:
    if not text.strip():
        yield _problem(field, "required")


def _names(name: dict[str, str]) -> Problems:
    for language, text in name.items():
        if language not in LANGUAGES:
            yield _problem(f"name.{language}", "unknown-language")
        elif not text.strip():
            yield _problem(f"name.{language}", "required")
    if not name:
        yield _problem("name", "required")


def _countries(codes: tuple[str, ...]) -> Problems:
    if not codes:
        yield _problem("countries", "required")
    for index, code in enumerate(codes):
        if code not in countries():
            yield _problem(f"countries.{index}", "unknown-country")
        elif code in codes[:index]:
            yield _problem(f"countries.{index}", "twice")


def _languages(codes: tuple[str, ...]) -> Problems:
    if not codes:
        yield _problem("languages", "required")
    for index, code in enumerate(codes):
        if code not in LANGUAGES:
            yield _problem(f"languages.{index}", "unknown-language")
        elif code in codes[:index]:
            yield _problem(f"languages.{index}", "twice")


def _week(week: tuple[WeeklyOpening, ...]) -> Problems:
    for index, hours in enumerate(week):
        if not 1 <= hours.weekday <= 7:
            yield _problem(f"opening_hours.{index}.weekday", "out-of-range")
    for weekday in range(1, 8):
        spans = [(index, hours) for index, hours in enumerate(week) if hours.weekday == weekday]
        yield from _spans((f"opening_hours.{index}", hours.opens, hours.closes) for index, hours in spans)


def _hours(hours: tuple[Opening, ...], field: str) -> Problems:
    yield from _spans((f"{field}.{index}", span.opens, span.closes) for index, span in enumerate(hours))


def _spans(spans: Iterable[tuple[str, str, str]]) -> Problems:
    right: list[tuple[int, int, str]] = []
    for field, opens, closes in spans:
        wrong = [part for part, clock in (("opens", opens), ("closes", closes)) if not CLOCK.fullmatch(clock)]
        for part in wrong:
            yield _problem(f"{field}.{part}", "wrong-time")
        if wrong:
            continue
        if minutes(closes) <= minutes(opens):
            yield _problem(f"{field}.closes", "ends-before-it-begins")
        else:
            right.append((minutes(opens), minutes(closes), field))
    right.sort()
    for (_, ends, _), (begins, _, field) in itertools.pairwise(right):
        if begins < ends:
            yield _problem(f"{field}.opens", "overlap")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_number(country: str, scheme: str | None, number: str) -> bool:
    """Whether the number's check digits are right; a country without a known scheme takes any number that is
    not empty.
    """
    module = get_cc_module(country.lower(), scheme) if scheme else None
    if module is None:
        return bool(number.strip())
    try:
        module.validate(number)
    except stdnum.exceptions.ValidationError:
        return False
    return True
