"""Times that can be kept, whatever the hours, the clock and the queue: properties of pick-up promises."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from torg.demo import markets as demo
from torg.inventory import promise
from torg.inventory.promise import Capacity, hour_of, ready
from torg.markets import Opening, SpecialDay, Store, WeeklyOpening, spans, state

STORES = {store.code: store for store in demo.STORES}
OSLO = STORES["oslo"]
ZONES = ("Europe/Oslo", "America/New_York", "Asia/Tokyo", "Asia/Kathmandu", "Australia/Lord_Howe")
YEAR = timedelta(days=365)
EDGES = (  # the moments at which the clocks of Oslo and New York are put forward and back
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
)

moments = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.builds(
        lambda edge, minutes: edge + timedelta(minutes=minutes),
        st.sampled_from(EDGES),
        st.integers(-1500, 1500),
    ),
)
preparations = st.integers(0, 900).map(lambda minutes: timedelta(minutes=minutes))
capacities = st.builds(
    Capacity, st.one_of(st.none(), st.integers(1, 7)), st.one_of(st.none(), st.integers(1, 9))
)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def shops(draw: st.DrawFn) -> Store:
    """A store in some zone whose week has at least one opening; some spans touch midnight, some each other."""
    week: list[WeeklyOpening] = []
    for day in range(1, 8):
        points = sorted(draw(st.sets(st.sampled_from([0, 90, 540, 605, 1080, 1200, 1320, 1440]), max_size=4)))
        week += [
            WeeklyOpening(day, clock(opens), clock(closes))
            for opens, closes in zip(points[::2], points[1::2], strict=False)
        ]
    week = week or [WeeklyOpening(3, "10:00", "18:00")]
    return replace(
        OSLO,
        time_zone=draw(st.sampled_from(ZONES)),
        opening_hours=tuple(week),
        special_days=draw(st.sampled_from([(), OSLO.special_days])),
        closed_on_holidays=draw(st.booleans()),
    )


def opened(store: Store, since: datetime, until: datetime) -> timedelta:
    """How long the store is open between two moments."""
    return sum(
        (
            min(closes, until) - max(opens, since)
            for opens, closes in spans(store, since, 130)
            if opens < until
        ),
        timedelta(),
    )


@settings(max_examples=300)
@given(shops(), moments, preparations)
def test_ready_is_while_open_after_the_preparation_and_as_soon_as_that_is_done(
    store: Store, at: datetime, preparation: timedelta
) -> None:
    found = ready(store, at, preparation)
    assert found is not None and found >= at
    assert found.utcoffset() == found.astimezone(ZoneInfo(store.time_zone)).utcoffset()
    assert state(store, found).open
    assert (found.second, found.microsecond) == (0, 0)
    worked = opened(store, at, found)
    assert worked >= preparation
    # A minute (and the part of one that was rounded up) earlier it was not done, or the store was not open.
    before = found.astimezone(UTC) - timedelta(minutes=1)  # a minute, not a step on the clock on the wall
    assert before < at or opened(store, at, before) < preparation or not state(store, before).open


@settings(max_examples=200)
@given(shops(), moments, preparations, capacities, st.integers(1, 25))
def test_no_hour_and_no_day_is_promised_more_than_the_store_can(
    store: Store, at: datetime, preparation: timedelta, capacity: Capacity, orders: int
) -> None:
    zone = ZoneInfo(store.time_zone)
    soonest = ready(store, at, preparation)
    taken: Counter[datetime] = Counter()
    last = at
    for _ in range(orders):
        found = ready(store, at, preparation, capacity, taken)
        if found is None:
            break
        assert soonest is not None and found >= max(soonest, last)  # who asks later is never promised earlier
        assert state(store, found).open
        taken[hour_of(found, zone)] += 1
        last = found
    if capacity.an_hour is not None:
        assert max(taken.values(), default=0) <= capacity.an_hour
    days = Counter[date]()
    for hour, count in taken.items():
        days[hour.astimezone(zone).date()] += count
    if capacity.a_day is not None:
        assert max(days.values(), default=0) <= capacity.a_day


def test_a_full_hour_goes_on_at_the_store_s_pace_and_over_night() -> None:
    at = datetime(2026, 11, 20, 17, tzinfo=UTC)  # six in the evening in Oslo, two hours before it closes
    taken: Counter[datetime] = Counter()
    told = []
    for _ in range(4):
        found = ready(OSLO, at, timedelta(minutes=60), Capacity(an_hour=3), taken)
        assert found is not None
        told.append(found.isoformat())
        taken[hour_of(found, found.tzinfo)] += 1  # type: ignore[arg-type]  # a ZoneInfo
    assert told == [
        "2026-11-20T19:00:00+01:00",
        "2026-11-20T19:20:00+01:00",
        "2026-11-20T19:40:00+01:00",
        "2026-11-21T10:00:00+01:00",
    ]


def test_a_day_that_is_full_goes_on_when_the_store_opens_next() -> None:
    saturday = datetime(2026, 11, 21, 10, tzinfo=UTC)
    taken = {datetime(2026, 11, 21, 11, tzinfo=UTC): 2}
    found = ready(OSLO, saturday, timedelta(minutes=30), Capacity(a_day=2), taken)
    assert found is not None and found.isoformat() == "2026-11-23T10:00:00+01:00"
    assert ready(OSLO, saturday, timedelta(0), Capacity(an_hour=0)) is None
    assert ready(OSLO, saturday, timedelta(0), Capacity(a_day=0)) is None


def test_preparation_goes_on_when_the_store_opens_again() -> None:
    half_an_hour_before_it_closes = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    found = ready(OSLO, half_an_hour_before_it_closes, timedelta(hours=1))
    assert found is not None and found.isoformat() == "2026-11-21T10:30:00+01:00"


def test_hours_on_the_clock_follow_the_change_of_the_clocks() -> None:
    nights = tuple(WeeklyOpening(day, "00:00", "06:00") for day in range(1, 8))
    oslo = replace(OSLO, opening_hours=nights, special_days=())
    asked = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)  # midnight; at two it is three
    spring = ready(oslo, asked, timedelta(hours=3))
    assert spring is not None and spring.isoformat() == "2026-03-29T04:00:00+02:00"
    new_york = replace(oslo, time_zone="America/New_York")
    autumn = ready(new_york, datetime(2026, 11, 1, 4, 0, tzinfo=UTC), timedelta(hours=3))
    assert autumn is not None and autumn.isoformat() == "2026-11-01T02:00:00-05:00"  # one o'clock came twice
    hours = {
        hour_of(datetime(2026, 11, 1, hour, 30, tzinfo=UTC), ZoneInfo("America/New_York")) for hour in (5, 6)
    }
    assert len(hours) == 2  # and each is an hour of its own


def test_a_store_that_is_open_over_midnight_prepares_over_midnight() -> None:
    late = replace(
        OSLO,
        special_days=(),
        opening_hours=(WeeklyOpening(5, "20:00", "24:00"), WeeklyOpening(6, "00:00", "03:00")),
    )
    found = ready(late, datetime(2026, 11, 20, 22, 30, tzinfo=UTC), timedelta(hours=1))
    assert found is not None and found.isoformat() == "2026-11-21T00:30:00+01:00"


def test_a_store_that_keeps_japan_s_holidays_is_ready_after_golden_week() -> None:
    keeps = replace(STORES["tokyo"], closed_on_holidays=True, special_days=())
    saturday_evening = datetime(2026, 5, 2, 11, 30, tzinfo=UTC)  # 20:30 in Tokyo; holidays up to Wednesday
    found = ready(keeps, saturday_evening, timedelta(hours=1))
    assert found is not None and found.isoformat() == "2026-05-07T12:00:00+09:00"
    open_day = SpecialDay("2026-05-04", (Opening("12:00", "16:00"),))
    found = ready(replace(keeps, special_days=(open_day,)), saturday_evening, timedelta(hours=1))
    assert found is not None and found.isoformat() == "2026-05-04T13:00:00+09:00"


def test_the_holidays_of_a_region_are_kept_in_the_region() -> None:
    hamburg = replace(STORES["hamburg"], closed_on_holidays=True, special_days=())
    reformation_day = datetime(
        2026, 10, 30, 22, tzinfo=UTC
    )  # the night before; a Saturday, a holiday in Hamburg only
    region = replace(hamburg, address=replace(hamburg.address, region="HH"))
    anywhere = replace(hamburg, address=replace(hamburg.address, region=None))
    found = [ready(store, reformation_day, timedelta(0)) for store in (anywhere, region)]
    assert [moment.isoformat() for moment in found if moment] == [
        "2026-10-31T10:00:00+01:00",
        "2026-11-02T10:00:00+01:00",
    ]


def test_a_store_that_is_closed_for_weeks_is_ready_when_it_opens_again() -> None:
    first = date(2026, 11, 19)
    away = tuple(SpecialDay((first + timedelta(days=days)).isoformat()) for days in range(21))
    found = ready(
        replace(OSLO, special_days=away), datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(hours=2)
    )
    assert found is not None and found.isoformat() == "2026-12-10T12:00:00+01:00"
    never = replace(OSLO, opening_hours=(), special_days=())
    assert ready(never, datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(0)) is None


def test_what_takes_longer_than_anybody_looks_ahead_is_not_promised() -> None:
    hour_a_week = replace(OSLO, special_days=(), opening_hours=(WeeklyOpening(1, "10:00", "11:00"),))
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert ready(hour_a_week, at, timedelta(hours=10)) is not None
    assert ready(hour_a_week, at, timedelta(days=promise.AHEAD)) is None
