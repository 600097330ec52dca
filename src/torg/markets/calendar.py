"""On which days a country works: neither weekends nor its public holidays. Pure."""

from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache


@lru_cache(maxsize=1024)
def public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    """The public holidays of a year: the country's, and its region's where those are known.

    A country whose holidays nobody has collected has none.
    """
    import holidays  # when it is first asked for: not every process is, and none while it starts

    for part in (region, None):
        with suppress(NotImplementedError):
            return frozenset(holidays.country_holidays(country, subdiv=part, years=year))
    return frozenset()


def working(country: str, day: date) -> bool:
    """Whether people work there on that day.

    >>> working("NO", date(2026, 5, 18)), working("NO", date(2026, 5, 17)), working("NO", date(2026, 12, 25))
    (True, False, False)
    """
    return day.weekday() < 5 and day not in public_holidays(country, None, day.year)


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
