"""When goods can be with the customer: pure, from an order's moment to dates on her calendar.

Carriers and packers work on working days: neither weekends nor the public holidays of the country. A day's work is
decided by the clock on the wall of the place that does it.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from msgspec import Struct

from torg.inventory.model import DeliveryMethod, Zone
from torg.markets import Location, Store, state


class Window(Struct, frozen=True):
    """The first and the last day on which goods may arrive, or be ready."""

    earliest: date
    latest: date


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()  # a country whose holidays nobody has collected has only its weekends


def working(country: str, day: date) -> bool:
    """Whether people work there on that day.

    >>> working("NO", date(2026, 5, 18)), working("NO", date(2026, 5, 17)), working("NO", date(2026, 12, 25))
    (True, False, False)
    """
    return day.weekday() < 5 and day not in _holidays(country, day.year)


def after(country: str, day: date, days: int) -> date:
    """The day that many working days later; with none, the day itself or the next working day.

    >>> after("NO", date(2026, 11, 20), 1), after("NO", date(2026, 11, 21), 0)
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 23))
    """
    while not working(country, day):
        day += timedelta(days=1)
    for _ in range(days):
        day += timedelta(days=1)
        while not working(country, day):
            day += timedelta(days=1)
    return day


def dispatch(method: DeliveryMethod, place: Location, at: datetime) -> date:
    """The day on which what is ordered now leaves the place."""
    local = at.astimezone(ZoneInfo(place.time_zone))
    late = local.time() >= method.cut_off
    return after(place.country, local.date() + timedelta(days=1 if late else 0), 0)


def shipped(method: DeliveryMethod, zone: Zone, places: Iterable[Location], at: datetime) -> Window:
    """When everything has arrived that is sent from these places."""
    left = max(dispatch(method, place, at) for place in places)
    return Window(after(zone.country, left, zone.days_from), after(zone.country, left, zone.days_to))


def ready(method: DeliveryMethod, store: Store, at: datetime) -> Window | None:
    """When the store has the goods ready; it prepares them while it is open. None when no opening is near."""
    now = state(store, at)
    begin = at if now.open else now.until
    if begin is None:
        return None
    done = begin + timedelta(minutes=method.preparation_minutes)
    then = state(store, done)
    handed = done if then.open else then.until
    if handed is None:
        return None
    day = handed.astimezone(ZoneInfo(store.time_zone)).date()
    return Window(day, day)


def zone_of(method: DeliveryMethod, country: str, postal_code: str | None) -> Zone | None:
    """The part of the method's map that an address lies in; None where it does not go.

    >>> from torg.inventory.model import DeliveryKind
    >>> south, north = Zone("NO", 1, 3), Zone("NO", 3, 6, "9")
    >>> method = DeliveryMethod("standard", DeliveryKind.ship, {}, (south, north))
    >>> zone_of(method, "NO", "9008").days_to, zone_of(method, "NO", None).days_to, zone_of(method, "SE", "1")
    (6, 3, None)
    """
    code = "".join((postal_code or "").split()).upper()
    fits = [zone for zone in method.zones if zone.country == country and code.startswith(zone.postal_prefix)]
    return max(fits, key=lambda zone: len(zone.postal_prefix), default=None)
