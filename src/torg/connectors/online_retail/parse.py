"""From the texts of a line to its values, each with the reason why it is none. Pure; the same text is read once."""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from torg.connectors.online_retail.model import COUNTRIES, DELIVERY, ENTRIES, GOODS, ZONE

MICRO: Final = 1_000_000
MOST_UNITS: Final = 1_000_000
MOST_PRICE: Final = Decimal(1_000_000)
LONGEST_NAME: Final = 200
FIRST_YEAR: Final = 1971
LAST_YEAR: Final = 9998
INVOICE: Final = re.compile(r"[AC]?\d{5,8}", re.ASCII)
WHOLE: Final = re.compile(r"-?\d{1,9}", re.ASCII)
CUSTOMER: Final = re.compile(r"(\d{1,9})(\.0)?", re.ASCII)
AMERICAN: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2})", re.ASCII)
LONDON: Final = ZoneInfo(ZONE)


class Unusable(ValueError):
    """Why a field cannot be used."""


def invoice(text: str | None) -> str:
    """The number of an invoice: digits, with C in front when it gives back, and A when it adjusts."""
    number = (text or "").strip().upper()
    if not INVOICE.fullmatch(number):
        raise Unusable("is no invoice number: 5 to 8 digits, with C or A in front or nothing")
    return number


@lru_cache(maxsize=100_000)
def code(text: str | None) -> str:
    """The code of goods or of a fee. Capitals and small letters mean the same goods."""
    found = " ".join((text or "").upper().split())
    if not (GOODS.fullmatch(found) or found in ENTRIES or found in DELIVERY):
        raise Unusable("is no stock code of goods, and none of a fee that is known")
    return found


@lru_cache(maxsize=100_000)
def name(text: str | None) -> str:
    """What it is called; empty when nobody says."""
    found = " ".join((text or "").split())
    if len(found) > LONGEST_NAME:
        raise Unusable(f"is longer than {LONGEST_NAME} characters")
    if not found.isprintable():
        raise Unusable("holds characters that cannot be shown")
    return found


@lru_cache(maxsize=10_000)
def quantity(text: str | None) -> int:
    """How many units."""
    found = (text or "").strip()
    if not WHOLE.fullmatch(found):
        raise Unusable("is no whole number")
    units = int(found)
    if not units or abs(units) > MOST_UNITS:
        raise Unusable("is nothing" if not units else f"is more than {MOST_UNITS}")
    return units


@lru_cache(maxsize=100_000)
def price(text: str | None) -> int:
    """The price of one in millionths of a pound, exactly."""
    try:
        found = Decimal((text or "").strip())
    except InvalidOperation:
        raise Unusable("is no amount") from None
    if not found.is_finite() or abs(found) > MOST_PRICE:
        raise Unusable("is no amount that could be a price")
    exact = found * MICRO
    if exact != int(exact):
        raise Unusable("is finer than a millionth of a pound")
    return int(exact)


@lru_cache(maxsize=100_000)
def moment(text: str | None) -> datetime:
    """When, by the retailer's clock."""
    found = (text or "").strip()
    try:
        if american := AMERICAN.fullmatch(found):
            month, day, year, hour, minute = map(int, american.groups())
            at = datetime(year, month, day, hour, minute, tzinfo=LONDON)
        else:
            at = datetime.fromisoformat(found)
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            raise ValueError(at.year)
    except ValueError:
        raise Unusable("is no time: 2010-12-01 08:26 or 12/1/2010 8:26") from None
    if len(found) < len("2010-12-01 08:26") and not american:
        raise Unusable("lacks the time of day")
    return (at if at.tzinfo else at.replace(tzinfo=LONDON)).astimezone(UTC)


@lru_cache(maxsize=100_000)
def customer(text: str | None) -> int:
    """The customer's number; 0 when nobody knows who it was."""
    found = (text or "").strip()
    if not found:
        return 0
    number = CUSTOMER.fullmatch(found)
    if number is None or not int(number[1]):
        raise Unusable("is no customer number")
    return int(number[1])


@lru_cache(maxsize=1_000)
def country(text: str | None) -> str:
    """The file's own name of a place that is known."""
    found = (text or "").strip()
    if found not in COUNTRIES:
        raise Unusable("is no place that this file's names are known for")
    return found
