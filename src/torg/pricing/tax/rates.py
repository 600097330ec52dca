"""What tax is due on a thing at a place on a day: read from `tables/rates*.toml`, where each row names its
law and source.

Pure after the file is read. The place is the one whose tax is due (`treatment`), the day is the country's own. What
the table does not know is refused (`TaxUnknown`), never guessed: a wrong tax is worse than no sale.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from torg.kernel.errors import Refused
from torg.kernel.money import ratio
from torg.pricing.model import MILLION, Candidate, TaxClass

FILES: Final = tuple(sorted(Path(__file__).with_name("tables").glob("rates*.toml")))
CLASSES: Final = frozenset(TaxClass)
UNTAXED: Final = frozenset({TaxClass.zero, TaxClass.exempt, TaxClass.voucher})


class TaxUnknown(Refused):
    """Torg has no rate that it could answer for at this place and time, so nothing can be sold there."""

    code = "tax-unknown"
    message = "Nothing can be sold to {place}: its tax is not known."


class Place(Struct, frozen=True):
    """Where goods go, as far as tax asks."""

    country: str
    region: str | None = None
    postal_code: str | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.country, self.region, self.postal_code) if part)


class Part(Struct, frozen=True):
    """One of the taxes that a rate is made of."""

    of: str
    rate: int


class Below(Struct, frozen=True):
    """A price per unit, without tax, under which a row holds."""

    amount: int
    currency: str


class TaxRate(Struct, frozen=True):
    """One row: the rate of some classes at a place from a day until another, with its law and source."""

    country: str
    name: str
    classes: tuple[TaxClass, ...]
    rate: int
    valid_from: date
    law: str
    source: str
    checked: date
    valid_until: date | None = None
    region: str | None = None
    postal_prefixes: tuple[str, ...] = ()
    below: Below | None = None
    parts: tuple[Part, ...] = ()


class Outside(Struct, frozen=True):
    """Postal codes of a country where its rates do not apply, and why.

    What lies `beyond` is outside the country's tax border: goods that go there are exported.
    """

    postal_prefixes: tuple[str, ...]
    why: str
    beyond: bool = False


class Regime(Struct, frozen=True):
    """A country's tax: its name on receipts, its calendar, how delivery is taxed, its rows."""

    country: str
    name: str
    zone: ZoneInfo
    delivery: TaxClass | None
    rates: tuple[TaxRate, ...]
    outside: tuple[Outside, ...] = ()

    def today(self, at: datetime) -> date:
        """The country's own date at a moment."""
        return at.astimezone(self.zone).date()


SAME_TAX: Final = {"MC": "FR", "IM": "GB"}
"""Countries whose goods are taxed as another's: Directive 2006/112/EC art. 7."""


@cache
def regimes() -> Mapping[str, Regime]:
    """Every country that Torg knows the tax of."""
    tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in FILES]
    return {country: _regime(country, rows) for table in tables for country, rows in table.items()}


def regime(country: str) -> Regime:
    """The country's tax, or TaxUnknown."""
    found = regimes().get(SAME_TAX.get(country, country))
    if found is None:
        raise TaxUnknown(place=country[:40])
    return found


@lru_cache(maxsize=1024)
def depends_on_price(country: str, tax_class: str) -> bool:
    """Whether things of one class may have different rates there, for what they cost."""
    return any(row.below is not None and tax_class in row.classes for row in regime(country).rates)


class UnitPrice(Struct, frozen=True):
    """What one of a thing costs, for rows that hold only below a price."""

    amount: int
    currency: str
    tax_included: bool

    @classmethod
    def of(cls, candidate: Candidate) -> "UnitPrice":
        """The price that a list has."""
        return cls(candidate.amount, candidate.currency, candidate.tax_included)


def tax_rate(place: Place, tax_class: str, at: datetime, unit: UnitPrice | None = None) -> TaxRate:
    """The row that holds for a class of goods at a place and time; without a unit price, rows for any price."""
    day = regime(place.country).today(at)
    return _rate_of(place, tax_class, day) if unit is None else _find_rate(place, tax_class, day, unit)


@lru_cache(maxsize=1024)
def _rate_of(place: Place, tax_class: str, day: date) -> TaxRate:
    return _find_rate(place, tax_class, day, None)


def _find_rate(place: Place, tax_class: str, day: date, unit: UnitPrice | None) -> TaxRate:
    tax = regime(place.country)
    postal_code = squeezed(place.country, place.postal_code)
    if outside(place) is not None:
        raise TaxUnknown(place=str(place)[:80])
    kind = _class(tax_class)
    for kind_of_row in (TaxClass.standard,) if kind in UNTAXED else (kind, TaxClass.standard):
        rows = [
            row
            for row in tax.rates
            if _covers(row, kind_of_row, day)
            and _reaches(row, place.region, postal_code)
            and _cheap(row, unit)
        ]
        if rows:
            best = max(
                rows, key=lambda row: (_reach(row, postal_code), row.region is not None, row.valid_from)
            )
            return _untaxed(best, kind) if kind in UNTAXED else best
    raise TaxUnknown(place=str(place)[:80])


def _class(text: str) -> TaxClass:
    # The catalogue may hold a class of its own making: like a class without a row, it is taxed as standard.
    return TaxClass(text) if text in CLASSES else TaxClass.standard


def _untaxed(standard: TaxRate, tax_class: TaxClass) -> TaxRate:
    return msgspec.structs.replace(standard, classes=(tax_class,), rate=0, parts=())


def _covers(row: TaxRate, kind: TaxClass, day: date) -> bool:
    return (
        kind in row.classes and row.valid_from <= day and (row.valid_until is None or day < row.valid_until)
    )


def _reaches(row: TaxRate, region: str | None, postal_code: str) -> bool:
    return (row.region is None or row.region == region) and (
        not row.postal_prefixes or postal_code.startswith(row.postal_prefixes)
    )


def _cheap(row: TaxRate, unit: UnitPrice | None) -> bool:
    if row.below is None:
        return True
    if unit is None or unit.currency != row.below.currency:
        return False
    net = ratio(unit.amount, MILLION, MILLION + row.rate) if unit.tax_included else unit.amount
    return net < row.below.amount


def _reach(row: TaxRate, postal_code: str) -> int:
    return max((len(prefix) for prefix in row.postal_prefixes if postal_code.startswith(prefix)), default=0)


def outside(place: Place) -> Outside | None:
    """Why the rates of its country do not hold at a place, when they do not."""
    tax = regimes().get(place.country)
    postal_code = squeezed(place.country, place.postal_code)
    found = [one for one in tax.outside if postal_code.startswith(one.postal_prefixes)] if tax else []
    return found[0] if found else None


def untaxed_rate(place: Place, tax_class: str, at: datetime, law: str) -> TaxRate:
    """No tax by a law: what stands where the row of the place would, under the name of its tax."""
    row = tax_rate(place, TaxClass.standard, at)
    return msgspec.structs.replace(row, classes=(_class(tax_class),), rate=0, parts=(), law=law)


def squeezed(country: str, postal_code: str | None) -> str:
    """A postal code as prefixes see it: without spaces, hyphens and the country's own letters in front.

    >>> squeezed("FI", "FI-22 100"), squeezed("GB", "gy1 1aa"), squeezed("US", None)
    ('22100', 'GY11AA', '')
    """
    text = "".join(letter for letter in (postal_code or "").upper() if letter.isalnum())
    bare = text.removeprefix(country)
    return bare if bare[:1].isdigit() else text


def _regime(country: str, rows: dict[str, Any]) -> Regime:
    delivery = rows["delivery"]
    return Regime(
        country=country,
        name=rows["name"],
        zone=ZoneInfo(rows["zone"]),
        delivery=None if delivery == "goods" else TaxClass(delivery),
        outside=tuple(msgspec.convert(rows.get("outside", []), list[Outside])),
        rates=tuple(_rate(country, rows, row) for row in rows["rates"]),
    )


def _rate(country: str, regime: dict[str, Any], row: dict[str, Any]) -> TaxRate:
    parts = tuple(Part(part["of"], _ppm(part["percent"])) for part in row.get("parts", ()))
    return TaxRate(
        country=country,
        name=regime["name"],
        classes=tuple(TaxClass(word) for word in row["classes"]),
        rate=sum(part.rate for part in parts) if parts else _ppm(row["percent"]),
        valid_from=row["from"],
        valid_until=row.get("until"),
        region=row.get("region"),
        postal_prefixes=tuple(row.get("postal_prefixes", ())),
        below=msgspec.convert(row["below"], Below) if "below" in row else None,
        parts=parts,
        law=row["law"],
        source=row["source"],
        checked=regime["checked"],
    )


def _ppm(percent: str) -> int:
    exact = Decimal(percent) * (MILLION // 100)
    if exact != int(exact):
        raise ValueError(f"{percent} % is finer than a millionth")
    return int(exact)
