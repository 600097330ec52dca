"""How long carriers are waited for."""

from datetime import timedelta
from typing import Final

PATIENCE: Final = 20
"""Seconds that a carrier may take; less than the lease of an errand."""

LEASE: Final = timedelta(seconds=60)
LONGEST_PAUSE: Final = timedelta(hours=1)


def pause(tries: int) -> timedelta:
    """How long to wait before a carrier that was silent is asked again: longer each time.

    >>> [str(pause(tries)) for tries in (1, 2, 5, 20)]
    ['0:00:30', '0:01:00', '0:08:00', '1:00:00']
    """
    return min(timedelta(seconds=15) * (1 << min(tries, 10)), LONGEST_PAUSE)
