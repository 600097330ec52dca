"""How far one place is from another, as the crow flies. Pure.

The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984), which keeps its digits
over short ways; on a sphere of the mean radius of the Earth (R1 of the IUGG, 6371.0088 km).
"""

import re
from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt
from typing import Final, NamedTuple

from torg.kernel.errors import FieldProblem, Invalid
from torg.markets.model import Location, Store

RADIUS_M: Final = 6_371_008.8
DEGREES: Final = r"-?[0-9]{1,3}(\.[0-9]{1,6})?"
NEAR: Final = f"^{DEGREES},{DEGREES}$"


class Point(NamedTuple):
    """A place on the Earth, in millionths of a degree."""

    latitude_e6: int
    longitude_e6: int

    @classmethod
    def of(cls, location: Location) -> "Point":
        """Where a location stands."""
        return cls(location.latitude_e6, location.longitude_e6)


def point(name: str, text: str) -> Point:
    """The place that a parameter tells as `latitude,longitude` in degrees.

    >>> point("near", "59.913,10.7415")
    Point(latitude_e6=59913000, longitude_e6=10741500)
    """
    if not re.fullmatch(NEAR, text):
        message = "A place is latitude and longitude in degrees: 59.9139,10.7522."
        raise Invalid.of(FieldProblem(name, "wrong-place", message))
    north, east = (round(float(part) * 1_000_000) for part in text.split(","))
    if abs(north) > 90_000_000 or abs(east) > 180_000_000:
        raise Invalid.of(FieldProblem(name, "out-of-range", "The number is too small or too large."))
    return Point(north, east)


def metres(here: Point, there: Point) -> int:
    """The great circle between two places, in whole metres.

    >>> metres(Point(59_913_000, 10_741_500), Point(60_392_000, 5_322_100)) // 1000  # Oslo to Bergen
    305
    """
    north, south = radians(here.latitude_e6 / 1e6), radians(there.latitude_e6 / 1e6)
    east = radians((there.longitude_e6 - here.longitude_e6) / 1e6)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    return round(2 * RADIUS_M * asin(min(1.0, sqrt(half))))


def nearest(stores: Iterable[tuple[Store, Location]], here: Point) -> list[tuple[Store, int]]:
    """The stores with their distance in metres, the nearest first, of equally near ones in the order of their codes."""
    found = [(store, metres(here, Point.of(location))) for store, location in stores]
    return sorted(found, key=lambda one: (one[1], one[0].code))
