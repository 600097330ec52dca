"""The price per kilogram, litre, metre, square metre or piece, which EU law wants beside a price (directive 98/6/EC).

It follows from the price as the market shows it, divided by what is in the variant and rounded once, half away from
zero, to the currency's minor unit. Pure.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from torg.catalog import ContentUnit
from torg.kernel.money import ratio


class Measure(StrEnum):
    """What a price per unit is the price of."""

    kg = "kg"
    l = "l"  # noqa: E741  # the litre is called so
    m = "m"
    m2 = "m2"
    piece = "piece"


MEASURES: Final = {
    ContentUnit.g: (Measure.kg, 1_000),
    ContentUnit.ml: (Measure.l, 1_000),
    ContentUnit.mm: (Measure.m, 1_000),
    ContentUnit.cm2: (Measure.m2, 10_000),
    ContentUnit.piece: (Measure.piece, 1),
}


class PerUnit(Struct, frozen=True, gc=False):
    """What one unit of the content costs."""

    amount: int
    measure: Measure


def per_unit(amount: int, content: int, unit: ContentUnit) -> PerUnit:
    """What a kilogram (litre, metre, square metre, piece) costs when so much of it costs this.

    >>> per_unit(14_900, 250, ContentUnit.g), per_unit(1_999, 3, ContentUnit.piece)
    (PerUnit(amount=59600, measure=<Measure.kg: 'kg'>), PerUnit(amount=666, measure=<Measure.piece: 'piece'>))
    """
    measure, count = MEASURES[unit]
    return PerUnit(ratio(amount, count, content), measure)
