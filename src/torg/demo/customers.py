"""The practice retailer's customers: nine who are named in `people`, and thousands who are made up.

Names, towns and streets are drawn from `customers.toml`; all mail goes to `.example`, which nobody owns, and phone
numbers are of the ranges that their countries keep for films. Whoever has the number n is the same every time, down to
where she buys (`kinds`, the first the most): that is what the year in `history` is made from.
"""

import random
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from torg.customers import Address
from torg.demo.markets import CHANNELS
from torg.markets import ChannelKind as K

COUNT: Final = 5_000
MARKETS: Final = {
    "NO": 0.30,
    "SE": 0.18,
    "DK": 0.13,
    "DE": 0.17,
    "GB": 0.09,
    "US": 0.05,
    "JP": 0.05,
    "SG": 0.03,
}
"""Where the customers live."""

STORE_ONLY: Final = 0.20
ONLINE_ONLY: Final = 0.07
"""Who uses one kind of channel only; everybody else, 73 %, uses several."""

COMPANIES: Final = 0.03
FIRST: Final = {K.web: 0.48, K.till: 0.36, K.app: 0.16}
SECOND: Final = {
    K.web: {K.till: 0.70, K.app: 0.22, K.marketplace: 0.04, K.social: 0.04},
    K.till: {K.web: 0.70, K.app: 0.30},
    K.app: {K.till: 0.60, K.web: 0.34, K.social: 0.06},
}
THIRD: Final = {
    K.web: 0.30,
    K.app: 0.25,
    K.till: 0.15,
    K.marketplace: 0.09,
    K.social: 0.07,
    K.phone: 0.06,
    K.chat: 0.04,
    K.agent: 0.03,
    K.email: 0.01,
}
HAS_A_THIRD: Final = 0.35
FILM_NUMBERS: Final = {
    "GB": "+447700900{:03}",
    "SE": "+46701740{:03}",
    "US": "+1212555{:04}",
    "DE": "+491713920{:04}",
}
FILM_RANGES: Final = {"GB": (0, 999), "SE": (605, 699), "US": (100, 199), "DE": (0, 999)}


LETTERS: Final = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "ı": "i"})


class Person(Struct, frozen=True, kw_only=True):
    """A customer as she is made up; `kinds` are the ways in which she buys, the one she likes best first, `least` how
    many orders she has in the year at least."""

    number: int
    email: str
    market: str
    language: str
    given: str
    family: str
    kinds: tuple[K, ...]
    store: str
    address: Address
    phone: str | None = None
    company: str = ""
    least: int = 1

    @property
    def several(self) -> bool:
        """Whether she uses several kinds of channels."""
        return len(self.kinds) > 1


@cache
def countries() -> dict[str, dict[str, Any]]:
    """What customers of each country are drawn from."""
    return tomllib.loads(Path(__file__).with_name("customers.toml").read_text(encoding="utf-8"))


@cache
def kinds_in(market: str) -> frozenset[K]:
    """The ways in which is sold there."""
    return frozenset(channel.kind for channel in CHANNELS if channel.market == market)


def people(count: int = COUNT, *, called: str = "customer") -> list[Person]:
    """So many made-up people; exactly the stated shares of them use one kind of channel only."""
    luck = random.Random(f"kinds of {called}s")  # noqa: S311  # a world, not a secret
    places = list(range(count))
    luck.shuffle(places)
    rank = {number: place for place, number in enumerate(places)}
    return [_person(number, rank[number] / count, called) for number in range(count)]


def _person(number: int, place: float, called: str) -> Person:
    luck = random.Random(f"{called} {number}")  # noqa: S311  # a world, not a secret
    market = luck.choices(list(MARKETS), list(MARKETS.values()))[0]
    country = countries()[market]
    (given, given_latin), (family, family_latin) = (
        _name(luck, country["given"]),
        _name(luck, country["family"]),
    )
    company = _company(luck, country) if luck.random() < COMPANIES else ""
    local = market not in {"GB", "US", "SG"} and luck.random() < 0.08
    where, phone = luck.choice(country["places"]), _phone(luck, market)
    return Person(
        number=number,
        email=f"{_plain(given_latin)}.{_plain(family_latin)}.{number:04}@{called}s.example",
        market=market,
        language="en" if local else country["language"],
        given=given,
        family=family,
        kinds=kinds_of(luck, market, place, bool(company)),
        store=where[2],
        address=_address(
            luck, market, where, f"{family} {given}" if market == "JP" else f"{given} {family}", company
        ),
        phone=phone,
        company=company,
    )


def kinds_of(luck: random.Random, market: str, place: float, company: bool = False) -> tuple[K, ...]:
    """How somebody buys whose place among all (from 0 to 1) decides whether it is in one way or in several.

    Companies are visited where there are field sales, and order on the web between the visits.
    """
    if place < STORE_ONLY:
        return (K.till,)
    if place < STORE_ONLY + ONLINE_ONLY:
        return (K.app,) if luck.random() < 0.3 else (K.web,)
    there = kinds_in(market)
    if company and K.field_sales in there:
        return K.field_sales, K.web
    first = _one_of(luck, FIRST, there)
    second = _one_of(luck, SECOND[first], there)
    if luck.random() >= HAS_A_THIRD:
        return first, second
    return first, second, _one_of(luck, THIRD, there - {first, second})


def _one_of(luck: random.Random, weights: Mapping[K, float], there: frozenset[K]) -> K:
    possible = [kind for kind in weights if kind in there]
    return luck.choices(possible, [weights[kind] for kind in possible])[0]


def _name(luck: random.Random, names: list[str]) -> tuple[str, str]:
    name, _, latin = luck.choice(names).partition("|")
    return name, latin or name


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.lower().translate(LETTERS))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalnum())


def _company(luck: random.Random, country: dict[str, Any]) -> str:
    return f"{luck.choice(country['companies'])} {country['form']}"


def _phone(luck: random.Random, market: str) -> str | None:
    if market not in FILM_NUMBERS or luck.random() < 0.3:
        return None
    return FILM_NUMBERS[market].format(luck.randint(*FILM_RANGES[market]))


def _address(luck: random.Random, market: str, where: list[str], name: str, company: str) -> Address:
    country = countries()[market]
    postal_code, city, _, *region = where
    line = country["street"].format(
        street=luck.choice(country["streets"]) or city,
        number=luck.randint(1, 98),
        block=luck.randint(1, 5),
        floor=luck.randint(2, 24),
        door=luck.randint(1, 30),
    )
    return Address(
        country=market,
        name=name,
        company=company,
        street=line,
        city="" if market in {"JP", "SG"} else city,
        region=region[0] if region else country.get("region", ""),
        postal_code=postal_code,
    )
