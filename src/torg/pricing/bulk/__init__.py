"""Changing many prices of a list at once: previewed, then applied exactly as previewed, a portion at a time.

A preview says what would become of every price, and a token of all of it. Applying takes the same wish with that token
and is refused when anything would come out differently now. What is applied is frozen with the call and written by a
job, a portion a transaction, so that a hundred thousand prices hold nobody up and a process that dies goes on where it
was. A price that somebody else has changed in between is left alone and counted. Of a list one bulk change is under way
at a time.
"""

from torg.pricing.bulk.apply import apply_bulk, go_on
from torg.pricing.bulk.look import bulk_of, bulks_of
from torg.pricing.bulk.model import (
    Bulk,
    BulkState,
    BulkUnderWay,
    BulkWish,
    Conversion,
    Direction,
    Preview,
    PreviewStale,
    Rounding,
    Selection,
    UnknownBulk,
)
from torg.pricing.bulk.preview import preview

__all__ = [
    "Bulk",
    "BulkState",
    "BulkUnderWay",
    "BulkWish",
    "Conversion",
    "Direction",
    "Preview",
    "PreviewStale",
    "Rounding",
    "Selection",
    "UnknownBulk",
    "apply_bulk",
    "bulk_of",
    "bulks_of",
    "go_on",
    "preview",
]
