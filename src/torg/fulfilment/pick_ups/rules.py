"""How long a pick-up waits, in days of its store's calendar. Pure."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from torg.fulfilment.errors import LongestReached
from torg.fulfilment.model import Fulfilment
from torg.markets import PickUpTerms

MORNING: Final = time(9)
"""When people are reminded, by the store's clock."""


def kept(fulfilment: Fulfilment, terms: PickUpTerms, at: datetime) -> Fulfilment:
    """A pick-up that was made ready now; one that waits already is kept as long as before."""
    if fulfilment.waits_since is not None and fulfilment.collect_until is not None:
        return replace(fulfilment, due_at=_due(fulfilment, terms))
    waiting = replace(
        fulfilment, waits_since=at, collect_until=_end(fulfilment, at, terms.keep_days), reminded_at=None
    )
    return replace(waiting, due_at=_due(waiting, terms))


def extended(fulfilment: Fulfilment, terms: PickUpTerms, days: int, at: datetime) -> Fulfilment:
    """A pick-up that waits so many days longer, counted from its last day or from today, whichever is later; its
    customer is reminded again. `LongestReached` when it has waited as long as it may.
    """
    since, until = fulfilment.waits_since or at, fulfilment.collect_until or at
    most = _end(fulfilment, since, terms.most_days)
    wanted = min(_end(fulfilment, max(until - timedelta(seconds=1), at), days), most)
    if wanted <= until:
        raise LongestReached(until=until.astimezone(ZoneInfo(fulfilment.time_zone)).date().isoformat())
    later = replace(fulfilment, collect_until=wanted, reminded_at=None, extended=fulfilment.extended + 1)
    return replace(later, due_at=_reminder(later, wanted, terms))


def reminded(fulfilment: Fulfilment, at: datetime) -> Fulfilment:
    """A pick-up of which its customer was reminded now; next it is given up."""
    return replace(fulfilment, reminded_at=at, due_at=fulfilment.collect_until)


def over(fulfilment: Fulfilment, at: datetime) -> bool:
    """Whether nobody has come in time."""
    return fulfilment.collect_until is not None and at >= fulfilment.collect_until


def _due(fulfilment: Fulfilment, terms: PickUpTerms) -> datetime | None:
    """The reminder comes first, where there is time for one."""
    since, until = fulfilment.waits_since, fulfilment.collect_until
    if since is None or until is None or fulfilment.reminded_at is not None:
        return until
    morning = _morning(fulfilment, since, terms.remind_after_days)
    return min(morning, until)


def _reminder(fulfilment: Fulfilment, until: datetime, terms: PickUpTerms) -> datetime:
    """Of what was put off: as long before its end as it would have been at first."""
    before = max(1, terms.keep_days - terms.remind_after_days)
    return min(_morning(fulfilment, until - timedelta(seconds=1), -before), until)


def _morning(fulfilment: Fulfilment, day: datetime, after: int) -> datetime:
    zone = ZoneInfo(fulfilment.time_zone)
    local = day.astimezone(zone).date() + timedelta(days=after)
    return datetime.combine(local, MORNING, zone)


def _end(fulfilment: Fulfilment, day: datetime, after: int) -> datetime:
    """The midnight with which the last of so many days ends."""
    zone = ZoneInfo(fulfilment.time_zone)
    local = day.astimezone(zone).date() + timedelta(days=after + 1)
    return datetime.combine(local, time(), zone)
