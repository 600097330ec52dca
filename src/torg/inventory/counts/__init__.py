"""Somebody counts what a location has, while it goes on selling.

A figure is compared with what was on hand when it was entered; what is sold, received or sent away between counting
and closing is not lost in the comparison, and a figure that somebody else has set right meanwhile is not set right
twice. Closing sets all levels right in one go or none.
"""

from torg.inventory.counts.close import cancel, close
from torg.inventory.counts.enter import enter
from torg.inventory.counts.events import CountClosed
from torg.inventory.counts.look import count, counts, lines
from torg.inventory.counts.model import (
    Count,
    CountKind,
    CountLine,
    CountNotOpen,
    CountPromised,
    CountState,
    CountUnfinished,
    Figure,
    UnknownCount,
)
from torg.inventory.counts.open import open_count

__all__ = [
    "Count",
    "CountClosed",
    "CountKind",
    "CountLine",
    "CountNotOpen",
    "CountPromised",
    "CountState",
    "CountUnfinished",
    "Figure",
    "UnknownCount",
    "cancel",
    "close",
    "count",
    "counts",
    "enter",
    "lines",
    "open_count",
]
