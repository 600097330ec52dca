"""Is this store open now, and until when? Pure: a store's hours and a moment in, an answer out.

Hours are what the clock on the store's wall shows, so the answer follows the time zone's changes to and from
summer time; two spans that touch (until 24:00, from 00:00) are one.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from torg.markets.calendar import public_holidays
from torg.markets.model import Opening, SpecialDay, Store

Span = tuple[datetime, datetime]

AHEAD = 15
"""Days that are searched for the next opening: two weeks of holidays are bridged."""


class OpenState(Struct, frozen=True):
    """Open or closed at a moment, until when, and today's hours; `until` is None when none is near."""

    open: bool
    until: datetime | None
    today: tuple[Opening, ...]


def minutes(clock: str) -> int:
    """Minutes since midnight: `09:30` is 570, `24:00` is 1440."""
    hours, _, rest = clock.partition(":")
    return int(hours) * 60 + int(rest)


def hours_of(store: Store, day: date) -> tuple[Opening, ...]:
    """The store's hours on a date: a special day's if it is one, none on a holiday that it keeps, else the week's."""
    special = _special(store, day)
    if special is not None:
        return tuple(sorted(special.hours, key=lambda hours: hours.opens))
    site = store.address
    if store.closed_on_holidays and day in public_holidays(site.country, site.region, day.year):
        return ()
    week = (hours for hours in store.opening_hours if hours.weekday == day.isoweekday())
    return tuple(Opening(hours.opens, hours.closes) for hours in sorted(week, key=lambda hours: hours.opens))


def state(store: Store, at: datetime) -> OpenState:
    """Whether the store is open at this moment, and until when that stays so."""
    hours = hours_of(store, at.astimezone(ZoneInfo(store.time_zone)).date())
    for opens, closes in _joined(spans(store, at, AHEAD)):
        if opens <= at:
            return OpenState(open=True, until=closes, today=hours)
        return OpenState(open=False, until=opens, today=hours)
    return OpenState(open=False, until=None, today=hours)


def spans(store: Store, at: datetime, days: int) -> Iterator[Span]:
    """From when until when the store is open, in UTC: the span of this moment if it is open, then those that follow.

    A span ends at midnight at the latest. Looked for over so many days, each when it is asked for.
    """
    zone = ZoneInfo(store.time_zone)
    today = at.astimezone(zone).date()
    for day in (today + timedelta(days=offset) for offset in range(-1, days)):
        for hours in hours_of(store, day):
            opens, closes = _moment(day, hours.opens, zone), _moment(day, hours.closes, zone)
            if opens < closes and at < closes:  # the clock may have been put forward over the whole of it
                yield opens, closes


def _special(store: Store, day: date) -> SpecialDay | None:
    text = day.isoformat()
    return next((special for special in store.special_days if special.date == text), None)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans that touch, over midnight too, as one."""
    pending: Span | None = None
    for opens, closes in spans:
        if pending is not None and opens <= pending[1]:
            pending = (pending[0], max(closes, pending[1]))
        else:
            if pending is not None:
                yield pending
            pending = (opens, closes)
    if pending is not None:
        yield pending


def _moment(day: date, clock: str, zone: ZoneInfo) -> datetime:
    days, minute = divmod(minutes(clock), 24 * 60)
    local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
    return (local + timedelta(days=days)).astimezone(UTC)
