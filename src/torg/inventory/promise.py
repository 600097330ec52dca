"""When goods can be with the customer: pure, from an order's moment to dates and moments on her calendar.

Carriers and packers work on working days: neither weekends nor the public holidays of the country. A day's work is
decided by the clock on the wall of the place that does it. A store prepares pick-ups while it is open, and has no more
of them ready in an hour, or on a day, than it can.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from torg.inventory.model import DeliveryMethod, Zone
from torg.markets import Location, Store, after, spans

AHEAD: Final = 120
"""Days over which a store's opening hours are looked at; what takes longer is not promised."""

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)


class Window(Struct, frozen=True):
    """The first and the last day on which goods may arrive."""

    earliest: date
    latest: date


class Capacity(Struct, frozen=True):
    """How many pick-ups a store can have ready in an hour of its clock and on one of its days; None is any."""

    an_hour: int | None = None
    a_day: int | None = None


UNLIMITED: Final = Capacity()
NOTHING: Final[Mapping[datetime, int]] = {}


def dispatch(method: DeliveryMethod, place: Location, at: datetime, expected: date | None = None) -> date:
    """The day on which what is ordered now leaves the place; goods that are `expected` do not leave before that day."""
    local = at.astimezone(ZoneInfo(place.time_zone))
    late = local.time() >= method.cut_off
    day = local.date() + timedelta(days=1 if late else 0)
    return after(place.country, max(day, expected or day), 0)


def shipped(method: DeliveryMethod, zone: Zone, places: Iterable[Location], at: datetime) -> Window:
    """When everything has arrived that is sent from these places."""
    return travelled(zone, max(dispatch(method, place, at) for place in places))


def delivery_window(
    method: DeliveryMethod, country: str, postal_code: str | None, place: Location, at: datetime
) -> Window | None:
    """When goods that one place sends at this moment arrive at an address; None where the method does not go."""
    zone = zone_of(method, country, postal_code)
    return None if zone is None else shipped(method, zone, [place], at)


def travelled(zone: Zone, left: date) -> Window:
    """When what leaves on that day has arrived."""
    return Window(after(zone.country, left, zone.days_from), after(zone.country, left, zone.days_to))


def ready(
    store: Store,
    at: datetime,
    preparation: timedelta,
    capacity: Capacity = UNLIMITED,
    promised: Mapping[datetime, int] = NOTHING,
) -> datetime | None:
    """When the store has goods ready that it is asked for at this moment: to the minute, while it is open.

    `promised` counts what it has promised already, by the hour (`hour_of`). What an hour cannot take goes to the next;
    within an hour promises stand as far apart as the store's pace puts them. None when no moment is near.
    """
    zone = ZoneInfo(store.time_zone)
    at = _up(at)
    left = preparation
    for opens, closes in spans(store, at, AHEAD):
        begin = max(opens, at)
        if begin + left >= closes:
            left -= closes - begin
            continue
        found = _place(zone, opens, begin + left, closes, capacity, promised)
        if found is not None:
            return found.astimezone(zone)
        left = timedelta()
    return None


def hour_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the hour on the wall's clock that a moment lies in.

    >>> kathmandu = ZoneInfo("Asia/Kathmandu")  # three quarters of an hour off
    >>> hour_of(datetime(2026, 11, 20, 12, 30, tzinfo=kathmandu), kathmandu).isoformat()
    '2026-11-20T06:15:00+00:00'
    """
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )


def _place(
    zone: ZoneInfo,
    opens: datetime,
    moment: datetime,
    closes: datetime,
    capacity: Capacity,
    promised: Mapping[datetime, int],
) -> datetime | None:
    """The first moment of a span, from `moment` on, that the store's capacity has room for."""
    if capacity.a_day is not None:
        day = moment.astimezone(zone).date()
        taken = sum(count for hour, count in promised.items() if hour.astimezone(zone).date() == day)
        if taken >= capacity.a_day:
            return None
    if capacity.an_hour is None:
        return moment
    while capacity.an_hour and moment < closes:
        hour = hour_of(moment, zone)
        count = promised.get(hour, 0)
        if count < capacity.an_hour:
            found = max(moment, _up(max(hour, opens) + HOUR * count / capacity.an_hour))
            if found < min(closes, hour + HOUR):
                return found
        moment = hour + HOUR
    return None


def _up(moment: datetime) -> datetime:
    """The moment, or the next full minute."""
    full = moment.replace(second=0, microsecond=0)
    return full if full == moment else full + MINUTE


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
