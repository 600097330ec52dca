"""Arrangements under which a seller abroad collects a country's tax on goods of low value, and their limits.

Read from `tables/low_value.toml`, where each row names its law and source. Pure after the file is read.
"""

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from torg.markets import EU, Scheme
from torg.pricing.model import TaxClass
from torg.pricing.tax.territory import Territory

FILE: Final = Path(__file__).parent / "tables" / "low_value.toml"


class LowValue(Struct, frozen=True, forbid_unknown_fields=True):
    """One arrangement: into which border, up to what value of a thing or a consignment (tax and delivery not counted).

    `below` means that the limit itself is too much. `business` says what becomes of a buyer with a checked number of
    the destination: `reverse_charge`, or `import`, where the arrangement is not for businesses. Where it is
    `compulsory` nothing within the limit can be sold without it.
    """

    into: str
    scheme: Scheme
    limit: int
    currency: str
    per: Literal["item", "consignment"]
    business: Literal["reverse_charge", "import"]
    valid_from: date
    law: str
    source: str
    checked: date
    below: bool = False
    compulsory: bool = False
    without: tuple[TaxClass, ...] = ()
    valid_until: date | None = None

    def within(self, value: int) -> bool:
        """Whether a value is low enough."""
        return value < self.limit if self.below else value <= self.limit


@cache
def arrangements() -> Sequence[LowValue]:
    """Every arrangement that is known."""
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return msgspec.convert(table["arrangement"], list[LowValue])


def arrangement(there: Territory, day: date) -> LowValue | None:
    """The arrangement for goods that come from outside into a territory on a day."""
    state = "EU" if there.state in EU else there.state
    for one in arrangements():
        if one.into == state and one.valid_from <= day and (one.valid_until is None or day < one.valid_until):
            return one
    return None
