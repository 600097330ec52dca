"""One reader's words: texts, prices, dates and names in a language, shaped by a region and a time zone.

`words("en", region="SG", zone="Asia/Singapore")` is made once and kept; a price takes about a microsecond.
English without a region that CLDR knows is world English (22 Nov 2026), not American. Prices show all
decimals that ISO 4217 gives the currency; a currency of letters stands off its number by a space that does
not break, and a minus is the language's own sign (both CLDR's rules, which Babel leaves out).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, localcontext
from enum import Enum
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent, get_minus_sign_symbol
from babel.units import format_unit
from markupsafe import Markup, escape

from torg.kernel.i18n.messages import DEFAULT, Message, Parts, Slot, Texts, collect
from torg.kernel.i18n.negotiation import closest
from torg.kernel.i18n.prices import PriceFormat
from torg.kernel.money import Money

MOST_DIGITS: Final = 5000
"""As many as Python reads in a number, and some."""

KILO: Final = 1000


class Words:
    """What is said to one kind of reader; safe to share between requests."""

    def __init__(self, language: str, region: str | None, zone: str, texts: Texts) -> None:
        self.language = language
        self.region = region
        self.locale = _locale(language, region)
        self.zone = _zone(zone)
        self._texts = texts
        self._minus = get_minus_sign_symbol(self.locale)
        self._prices: dict[str, PriceFormat] = {}
        # Babel takes tens of microseconds for each, and a page shows the same few again and again.
        self._percent = lru_cache(maxsize=256)(self._write_percent)
        self._date = lru_cache(maxsize=256)(self._write_date)
        self._count = lru_cache(maxsize=256)(self._write_number)
        self._styles: Mapping[str, Callable[[Any], str]] = {
            "": self.show,
            "date": self.date,
            "longdate": self.long_date,
            "time": self.time,
            "moment": self.moment,
            "percent": self.percent,
            "weight": self.weight,
            "size": self.size,
            "country": self.country,
            "currency": self.currency,
            "language": self.language_name,
            "plain": str,
        }

    def text(self, key: str, /, **facts: Any) -> str:
        """The text of a key with the facts filled in; a fact that the text needs and lacks is a KeyError."""
        return self.fill(self._texts.get(self.language, key), facts)

    def html(self, key: str, /, **facts: Any) -> Markup:
        """The text as HTML: words and facts are escaped, except facts that are Markup already (links)."""
        parts = self._texts.get(self.language, key).parts(facts)
        return Markup("").join(
            escape(part) if isinstance(part, str) else escape(self._fact(part, facts[part.name]))
            for part in parts
        )

    def find(self, key: str) -> Message | None:
        """The message of a key, or nothing when nobody wrote it."""
        return self._texts.find(self.language, key)

    def fill(self, message: Message, facts: Mapping[str, Any]) -> str:
        """A message with the facts filled in."""
        parts: Parts = message.parts(facts)
        return "".join(
            part if isinstance(part, str) else self._fact(part, facts[part.name]) for part in parts
        )

    def _fact(self, slot: Slot, value: Any) -> str:
        return value if isinstance(value, Markup) else self._styles[slot.style](value)

    def show(self, value: Any) -> str:
        """A value after its type: what a placeholder without a style gets."""
        if isinstance(value, Enum):
            return str(value.value)
        if isinstance(value, str):
            return value
        if isinstance(value, Money):
            return self.money(value)
        if isinstance(value, int | Decimal | float) and not isinstance(value, bool):
            return self.number(value)
        if isinstance(value, dt.datetime):
            return self.moment(value)
        if isinstance(value, dt.date):
            return self.date(value)
        if isinstance(value, list | tuple | set | frozenset):
            return self.list([self.show(item) for item in value])
        return str(value)

    def money(self, money: Money) -> str:
        """A price: 1 234,50 kr, NOK 1,234.50, ￥1,234."""
        price = self._prices.get(money.currency)
        if price is None:
            price = self._prices[money.currency] = PriceFormat.of(self.locale, money.currency)
        return price.show(money)

    def number(self, number: int | Decimal | float) -> str:
        """A number with the language's separators, and no more decimals than it has."""
        return self._count(number) if type(number) is int else self._write_number(number)

    def _write_number(self, number: int | Decimal | float) -> str:
        with localcontext(prec=MOST_DIGITS):  # whoever is refused may have sent a very long one
            return self._signed(format_decimal(number, locale=self.locale, decimal_quantization=False))

    def _write_percent(self, share: Decimal) -> str:
        return self._signed(format_percent(share, locale=self.locale, decimal_quantization=False))

    def _write_date(self, day: dt.date) -> str:
        return format_date(day, "medium", locale=self.locale)

    def _signed(self, written: str) -> str:
        return self._minus + written[1:] if written.startswith("-") else written

    def percent(self, share: int | Decimal | Fraction) -> str:
        """A share of one as percent, with the decimals it has: Decimal("0.255") is 25,5 %."""
        exact = (
            Decimal(share.numerator) / share.denominator if isinstance(share, Fraction) else Decimal(share)
        )
        return self._percent(exact)

    def date(self, day: dt.date) -> str:
        """A date, or the date of a moment in the reader's time zone: 22. nov. 2026."""
        return self._date(self._local(day))

    def long_date(self, day: dt.date) -> str:
        """A date with its weekday: søndag 22. november 2026."""
        return format_date(self._local(day), "full", locale=self.locale)

    def time(self, moment: dt.datetime) -> str:
        """The time of day in the reader's time zone."""
        return format_time(self._aware(moment), "short", locale=self.locale)

    def moment(self, moment: dt.datetime) -> str:
        """Date and time of day in the reader's time zone."""
        pattern = str(self.locale.datetime_formats["medium"])
        return pattern.format(self.time(moment), self.date(moment))

    def _local(self, day: dt.date) -> dt.date:
        return self._aware(day).date() if isinstance(day, dt.datetime) else day

    def _aware(self, moment: dt.datetime) -> dt.datetime:
        if moment.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be shown")
        return moment.astimezone(self.zone)

    def list(self, items: Sequence[str]) -> str:
        """Several things in a sentence: a, b og c."""
        return format_list(items, locale=self.locale)

    def country(self, code: str) -> str:
        """The name of a country by its ISO 3166 code; the code itself when CLDR has no name."""
        return str(self.locale.territories.get(code, code))

    def currency(self, code: str) -> str:
        """The name of a currency by its ISO 4217 code; the code itself when CLDR has no name."""
        return str(self.locale.currencies.get(code, code))

    def language_name(self, code: str) -> str:
        """The name of a language in this language; the code itself when CLDR has no name."""
        return str(self.locale.languages.get(code, code))

    def weight(self, grams: int) -> str:
        """A weight: grams below a kilogram, kilograms from there."""
        if abs(grams) < KILO:
            return format_unit(grams, "mass-gram", "short", locale=self.locale)
        return format_unit(Decimal(grams) / KILO, "mass-kilogram", "short", locale=self.locale)

    def size(self, octets: int) -> str:
        """A size of data in kB or MB, rounded to one decimal of the larger unit."""
        if octets < KILO * KILO:
            return format_unit(
                round(Decimal(octets) / KILO, 1), "digital-kilobyte", "short", locale=self.locale
            )
        return format_unit(
            round(Decimal(octets) / (KILO * KILO), 1), "digital-megabyte", "short", locale=self.locale
        )


def _locale(language: str, region: str | None) -> Locale:
    for territory in (region, "001" if language == "en" else None):
        if territory:
            try:
                return Locale(language, territory=territory)
            except UnknownLocaleError:
                continue
    return Locale(language)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as wrong:
        raise ValueError(f"{name!r} is not a time zone") from wrong


@lru_cache(maxsize=512)
def words(language: str, region: str | None = None, zone: str = "UTC") -> Words:
    """The words for a language, as near as we have it (`nn` is answered in `nb`, `fr` in English)."""
    return Words(closest(language) or DEFAULT, region, zone, collect())


def text(language: str, key: str, /, **facts: Any) -> str:
    """One text in a language, where no region or time zone matters."""
    return words(language).text(key, **facts)
