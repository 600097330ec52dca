"""Open now, and until when: hours on the wall clock, special days, midnight, summer time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from torg.demo import markets as demo
from torg.markets import Opening, SpecialDay, WeeklyOpening, state
from torg.markets.opening import hours_of

OSLO = next(store for store in demo.STORES if store.code == "oslo")  # Mon-Fri 10-20, Sat 10-18, Sun closed
TOKYO = next(store for store in demo.STORES if store.code == "tokyo")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_a_store_is_open_between_its_hours_on_its_own_clock() -> None:
    friday_noon = at("2026-11-20T12:00+01:00")
    assert state(OSLO, friday_noon).open
    assert state(OSLO, friday_noon).until == at("2026-11-20T20:00+01:00")
    assert state(OSLO, friday_noon).today == (Opening("10:00", "20:00"),)
    assert not state(TOKYO, friday_noon).open  # eight in the evening there: just closed
    assert state(TOKYO, friday_noon - timedelta(seconds=1)).open


def test_the_first_second_is_open_and_the_last_is_not() -> None:
    assert state(OSLO, at("2026-11-20T10:00+01:00")).open
    assert not state(OSLO, at("2026-11-20T09:59:59+01:00")).open
    assert not state(OSLO, at("2026-11-20T20:00+01:00")).open


def test_a_closed_store_tells_when_it_opens_next_over_a_closed_sunday() -> None:
    saturday_night = at("2026-11-21T19:00+01:00")
    assert state(OSLO, saturday_night).until == at("2026-11-23T10:00+01:00")
    assert state(OSLO, at("2026-11-22T12:00+01:00")).today == ()


def test_a_special_day_replaces_the_week() -> None:
    assert state(OSLO, at("2026-12-24T13:00+01:00")).until == at("2026-12-24T14:00+01:00")
    assert not state(OSLO, at("2026-12-25T13:00+01:00")).open
    assert hours_of(OSLO, at("2026-12-25T13:00+01:00").date()) == ()


def test_hours_follow_the_change_to_and_from_summer_time() -> None:
    assert state(OSLO, at("2026-10-23T23:00+02:00")).until == datetime(2026, 10, 24, 8, 0, tzinfo=UTC)
    assert state(OSLO, at("2026-10-25T23:00+01:00")).until == datetime(2026, 10, 26, 9, 0, tzinfo=UTC)
    all_night = replace(OSLO, opening_hours=(WeeklyOpening(7, "00:00", "24:00"),), special_days=())
    opened = state(all_night, at("2026-10-25T01:00+02:00"))
    assert opened.until == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)  # a day of 25 hours


def test_a_store_that_never_closes_over_midnight_is_open_in_one_span() -> None:
    store = replace(
        OSLO,
        special_days=(),
        opening_hours=(WeeklyOpening(5, "22:00", "24:00"), WeeklyOpening(6, "00:00", "02:00")),
    )
    assert state(store, at("2026-11-20T23:00+01:00")).until == at("2026-11-21T02:00+01:00")
    assert state(store, at("2026-11-21T01:00+01:00")).open


def test_a_store_without_hours_is_closed_and_says_no_end() -> None:
    closed = replace(OSLO, opening_hours=(), special_days=(SpecialDay("2026-12-24"),))
    assert state(closed, at("2026-11-20T12:00+01:00")).until is None


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31), timezones=st.just(UTC)))
def test_the_state_holds_until_the_moment_it_names_and_then_changes(moment: datetime) -> None:
    now = state(OSLO, moment)
    assert now.until is not None
    assert now.until > moment
    assert state(OSLO, now.until - timedelta(microseconds=1)).open is now.open
    assert state(OSLO, now.until).open is not now.open
