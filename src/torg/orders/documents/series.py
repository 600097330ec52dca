"""Numbers without gaps: one series for a seller, a kind and a year of the seller's clock. Pure.

>>> number_of("torg-nordic:R:2026", 12)
'R2026-000012'
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from torg.orders.documents.model import LETTERS, DocumentKind


def series_of(seller: str, kind: DocumentKind, at: datetime, time_zone: str) -> str | None:
    """The series that numbers a document; None for kinds that have no number of their own."""
    letter = LETTERS.get(kind)
    return f"{seller}:{letter}:{at.astimezone(ZoneInfo(time_zone)).year}" if letter else None


def number_of(series: str, place: int) -> str:
    """The number at a place of a series."""
    _, letter, year = series.rsplit(":", 2)
    return f"{letter}{year}-{place:06d}"
