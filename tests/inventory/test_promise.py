"""Dates that can be kept: cut-off times, weekends, holidays, opening hours and time zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from torg.demo.markets import LOCATIONS, STORES
from torg.inventory import DeliveryKind, DeliveryMethod, Zone, promise
from torg.markets import Location, Store, working

STANDARD = DeliveryMethod(
    "standard",
    DeliveryKind.ship,
    {"en": "Standard"},
    (Zone("NO", 2, 4), Zone("NO", 4, 7, "9")),
    cut_off=time(14),
)


def location(code: str) -> Location:
    return next(location for location in LOCATIONS if location.code == code)


def store(code: str) -> Store:
    return next(store for store in STORES if store.code == code)


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ordered", "leaves"),
    [
        (at(20, 12, 59), date(2026, 11, 20)),  # Friday, 13:59 in Oslo
        (at(20, 13, 0), date(2026, 11, 23)),  # 14:00: too late, and then comes the weekend
        (at(21, 6), date(2026, 11, 23)),
        (at(22, 23, 30), date(2026, 11, 23)),  # half past midnight on Monday in Oslo
        (at(24, 15, month=12), date(2026, 12, 28)),  # Christmas and a weekend
    ],
)
def test_what_is_ordered_after_the_cut_off_leaves_on_the_next_working_day(
    ordered: datetime, leaves: date
) -> None:
    assert promise.dispatch(STANDARD, location("lager-oslo"), ordered) == leaves


def test_the_slowest_place_decides_when_everything_has_arrived() -> None:
    zone = Zone("NO", 1, 2)
    places = [location("lager-oslo"), location("tokyo")]
    monday_noon = at(23, 12)
    assert promise.shipped(STANDARD, zone, places[:1], monday_noon).earliest == date(2026, 11, 24)
    assert promise.shipped(STANDARD, zone, places, monday_noon).earliest == date(2026, 11, 25)


def test_the_longest_beginning_of_the_postal_code_counts() -> None:
    assert promise.zone_of(STANDARD, "NO", "90 08") == Zone("NO", 4, 7, "9")
    assert promise.zone_of(STANDARD, "NO", "0159") == Zone("NO", 2, 4)
    assert promise.zone_of(STANDARD, "NO", None) == Zone("NO", 2, 4)
    assert promise.zone_of(STANDARD, "SE", "111 21") is None


@pytest.mark.parametrize(
    ("code", "ordered", "day"),
    [
        ("oslo", at(20, 12), date(2026, 11, 20)),  # ready at 15:00 the same day
        ("oslo", at(20, 17, 30), date(2026, 11, 21)),  # closed before it is ready: when it opens again
        ("oslo", at(21, 17, 0), date(2026, 11, 23)),  # Saturday evening; closed on Sundays
        ("berlin", at(1, 9, month=1, year=2027), date(2027, 1, 2)),  # New Year's Day
        ("tokyo", at(20, 20), date(2026, 11, 21)),  # Saturday morning in Tokyo, before it opens
    ],
)
def test_a_store_prepares_while_it_is_open(code: str, ordered: datetime, day: date) -> None:
    ready = promise.ready(store(code), ordered, timedelta(hours=2))
    assert ready is not None and ready.date() == day


def test_a_country_without_collected_holidays_has_its_weekends() -> None:
    assert working("XX", date(2026, 12, 25))
    assert not working("XX", date(2026, 12, 26))


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),
    st.sampled_from(LOCATIONS),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    st.integers(0, 5),
    st.integers(0, 5),
    st.sampled_from(["NO", "US", "JP", "SG", "XX"]),
)
def test_goods_leave_and_arrive_on_working_days_and_never_before_they_can(
    ordered: datetime, place: Location, cut_off: time, first: int, more: int, country: str
) -> None:
    method = replace(STANDARD, cut_off=cut_off)
    local = ordered.astimezone(ZoneInfo(place.time_zone))
    left = promise.dispatch(method, place, ordered)
    assert working(place.country, left)
    assert left >= local.date() + timedelta(days=local.time() >= cut_off)
    idle = (left - local.date()).days - (local.time() >= cut_off)
    days = [local.date() + timedelta(days=(local.time() >= cut_off) + day) for day in range(idle)]
    assert not any(working(place.country, day) for day in days)  # no working day was let pass
    window = promise.travelled(Zone(country, first, first + more), left)
    assert left <= window.earliest <= window.latest
    assert working(country, window.earliest) and working(country, window.latest)
    later = promise.dispatch(method, place, ordered + timedelta(hours=1))
    assert later >= left  # who orders later is never promised an earlier day
