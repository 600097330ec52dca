"""How far apart places are: known distances, and what holds of every distance."""

from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torg.demo.stores import LOCATIONS, STORES
from torg.kernel.errors import Invalid
from torg.markets import Point, metres, nearest, point
from torg.markets.distance import RADIUS_M

points = st.builds(Point, st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000))
PLACES = {location.code: location for location in LOCATIONS}


@pytest.mark.parametrize(
    ("here", "there", "kilometres"),
    [  # great circles between the cities' stores, from an ellipsoid's formula: a sphere is half a per cent off at most
        ("oslo", "bergen", 305),
        ("london", "new-york", 5_575),
        ("tokyo", "singapore", 5_315),
        ("berlin", "hamburg", 255),
    ],
)
def test_known_distances(here: str, there: str, kilometres: int) -> None:
    found = metres(Point.of(PLACES[here]), Point.of(PLACES[there]))
    assert abs(found / 1000 - kilometres) <= kilometres * 0.01


@given(points, points, points)
def test_a_distance_is_the_same_both_ways_and_no_detour_is_shorter(
    one: Point, two: Point, three: Point
) -> None:
    assert metres(one, one) == 0
    assert metres(one, two) == metres(two, one) <= round(pi * RADIUS_M)
    assert metres(one, three) <= metres(one, two) + metres(two, three) + 2  # metres are rounded


def test_the_date_line_is_no_border() -> None:
    assert metres(Point(0, 179_999_000), Point(0, -179_999_000)) < 300


def test_the_nearest_comes_first_and_equals_by_code() -> None:
    twins = [(store, PLACES["oslo"]) for store in STORES]
    here = Point.of(PLACES["oslo"])
    assert [store.code for store, _ in nearest(twins, here)] == sorted(store.code for store in STORES)
    spread = [(store, PLACES[store.location]) for store in STORES]
    assert [store.code for store, _ in nearest(spread, here)][:4] == [
        "oslo",
        "goteborg",
        "bergen",
        "stockholm",
    ]


@pytest.mark.parametrize("text", ["", "59", "59,10,5", "91,0", "0,181", "59.9;10.7", "north,east", "1e1,2"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        point("near", text)
