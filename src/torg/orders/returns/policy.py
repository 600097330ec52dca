"""What a market takes back, how long, and what it keeps of the money; and what the law gives every consumer anyway.

A policy is data. It can be more generous than the law and never less: within the time of the law a consumer who bought
at a distance gets back what she paid with the standard delivery, less only what the goods have lost by being used.
"""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from torg.catalog import Kind
from torg.markets import Code

FILE: Final = Path(__file__).with_name("laws.toml")

Minor = Annotated[int, Meta(ge=0, le=2**53 - 1, description="Minor units of the market's currency.")]


class ExchangeWhen(StrEnum):
    """When the new goods of an announced exchange are sent: when the old ones have come, or at once."""

    on_arrival = "on_arrival"
    at_once = "at_once"


class ExchangePrice(StrEnum):
    """What another variant of the same product costs in an exchange: what was paid for the old one, or its price of
    today.
    """

    original = "original"
    present = "present"


class ReturnLabel(Struct, frozen=True, forbid_unknown_fields=True):
    """Which carrier is asked for the labels of announced returns, and to which location these are sent."""

    carrier: Code
    location: Code
    service: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class ReturnPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a market allows beyond the law.

    `days` count from delivery. `restocking` (millionths of what was paid) and `postage` (for the retailer's label)
    are kept where neither the law nor the retailer's own fault forbids it. With a `label` customers to whom goods were
    sent get one from a carrier; without, the retailer encloses its own. Goods of the categories in `sealed` are
    taken back unopened only, those in `excluded` not at all. At a till so much is given back in `cash` for what was
    paid otherwise. In an exchange `exchange` says when the new goods are sent, and `same_product` what another
    variant of a product that comes back costs.
    """

    days: Annotated[int, Meta(ge=0, le=3650)] = 30
    restocking: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    postage: Minor = 0
    label: ReturnLabel | None = None
    standard_delivery: Minor | None = None
    cash: Minor = 0
    kinds: tuple[Kind, ...] = (Kind.physical,)
    excluded: tuple[Code, ...] = ()
    sealed: tuple[Code, ...] = ()
    exchange: ExchangeWhen = ExchangeWhen.on_arrival
    same_product: ExchangePrice = ExchangePrice.original
    announced_days: Annotated[int, Meta(ge=1, le=365)] = 14
    version: int = 1


class Law(Struct, frozen=True):
    """How long consumers of some countries may withdraw, and where that is written."""

    countries: tuple[str, ...]
    days: int
    law: str


@cache
def _laws() -> dict[str, Law]:
    found = msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8"))["laws"], list[Law])
    return {country: law for law in found for country in law.countries}


def law_of(country: str) -> Law | None:
    """The right to withdraw that a country gives consumers who buy at a distance.

    >>> law_of("DE").days, law_of("JP")
    (14, None)
    """
    return _laws().get(country)
