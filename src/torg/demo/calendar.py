"""When the practice retailer sells: the days of its year, and the hours of a day, each with its weight.

The year is the 365 days before the day of filling, wherever that is still the day before; what is decided about a sale
apart from its time does not depend on it.
"""

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from torg.markets import ChannelKind as K
from torg.markets import Store

DAYS: Final = 365
MONTHS: Final = (0.072, 0.066, 0.074, 0.076, 0.080, 0.082, 0.070, 0.076, 0.078, 0.084, 0.112, 0.130)
"""What part of a year's sales falls into each month, January first."""

ONLINE_WEEK: Final = (1.10, 1.00, 1.00, 1.00, 0.92, 0.85, 1.13)
STORE_WEEK: Final = (0.80, 0.85, 0.90, 1.00, 1.25, 1.60, 0.80)
"""How busy a weekday is against the others, Monday first; a closed store sells nothing."""

BLACK_FRIDAY: Final = 2.5
ONLINE_HOURS: Final = (1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 14, 15, 13, 12, 12, 13, 14, 16, 20, 24, 23, 14, 5)
STORE_HOURS: Final = (0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 6, 9, 13, 11, 9, 10, 13, 14, 10, 7, 5, 4, 0, 0)
DESK_HOURS: Final = (0, 0, 0, 0, 0, 0, 0, 0, 8, 12, 13, 12, 8, 11, 12, 11, 7, 0, 0, 0, 0, 0, 0, 0)
DESKS: Final = frozenset({K.phone, K.email, K.field_sales})
"""Ways in which is sold on working days, while somebody sits at the desk."""


class Calendar:
    """The year that ends before `now`."""

    def __init__(self, now: datetime, stores: Sequence[Store]) -> None:
        behind = now.astimezone(ZoneInfo("America/New_York")).date()  # where a day ends last
        self.days = [behind - timedelta(days=DAYS - number) for number in range(DAYS)]
        self.now = now
        season = [_season(day) for day in self.days]
        self._online = _running(s * ONLINE_WEEK[d.weekday()] for s, d in zip(season, self.days, strict=True))
        self._desk = _running(s * (d.weekday() < 5) for s, d in zip(season, self.days, strict=True))
        self._stores = {store.code: _Opening(store, self.days, season) for store in stores}

    def moment(self, luck: random.Random, kind: K, zone: ZoneInfo, store: str | None) -> datetime:
        """When something is sold in this way, in the store if it is a till; always two draws."""
        at, within = luck.random(), luck.random()
        if kind is K.till and store is not None:
            return self._stores[store].moment(at, within, zone)
        desk = kind in DESKS
        number = _place(self._desk if desk else self._online, at)
        return _clock(self.days[number], DESK if desk else ONLINE, within, zone)


class _Opening:
    """On which days of the year a store is open, and how long."""

    def __init__(self, store: Store, days: Sequence[date], season: Sequence[float]) -> None:
        weekly = {opening.weekday: (opening.opens, opening.closes) for opening in store.opening_hours}
        special = {day.date: day.hours for day in store.special_days}
        self.days = days
        self.hours: list[tuple[str, str] | None] = []
        for day in days:
            hours = special.get(day.isoformat())
            if hours is None:
                self.hours.append(weekly.get(day.isoweekday()))
            else:
                self.hours.append((hours[0].opens, hours[0].closes) if hours else None)
        self.weights = _running(
            weight * STORE_WEEK[day.weekday()] * (hours is not None)
            for weight, day, hours in zip(season, days, self.hours, strict=True)
        )
        self._profiles: dict[tuple[str, str], list[float]] = {}

    def moment(self, at: float, within: float, zone: ZoneInfo) -> datetime:
        number = _place(self.weights, at)
        hours = self.hours[number]
        assert hours is not None  # a day without hours has no weight
        if hours not in self._profiles:
            opens, closes = int(hours[0][:2]), int(hours[1][:2])
            self._profiles[hours] = _running(
                weight if opens <= hour < closes else 0 for hour, weight in enumerate(STORE_HOURS)
            )
        return _clock(self.days[number], self._profiles[hours], within, zone)


def _season(day: date) -> float:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    weight = MONTHS[day.month - 1] / (following - day.replace(day=1)).days
    is_black = day.month == 11 and day.weekday() == 4 and 23 <= day.day <= 29
    quiet = day.month == 12 and day.day > 23
    return weight * (BLACK_FRIDAY if is_black else 0.4 if quiet else 1.0)


def _running(weights: Iterable[float]) -> list[float]:
    sums = list(accumulate(weights))
    return [one / sums[-1] for one in sums]


def _place(running: Sequence[float], at: float) -> int:
    return bisect_right(running, at)


def _clock(day: date, hours: Sequence[float], within: float, zone: ZoneInfo) -> datetime:
    hour = _place(hours, within)
    below = hours[hour - 1] if hour else 0.0
    second = int(3600 * (within - below) / (hours[hour] - below)) % 3600
    return datetime.combine(day, time(hour, second // 60, second % 60), zone).astimezone(UTC)


ONLINE: Final = _running(ONLINE_HOURS)
DESK: Final = _running(DESK_HOURS)
