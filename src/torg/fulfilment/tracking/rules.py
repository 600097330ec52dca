"""How far what was seen brings a parcel, in whatever order it is told. Pure.

What ends a parcel's way stays: `returned` over `delivered` over `lost`. Before that the latest that was seen counts, so
a failed attempt may follow a delivery round, and a round an attempt. All orders in which the same things are told lead
to the same state.
"""

from datetime import UTC, datetime
from typing import Final

from torg.fulfilment.model import ParcelState

ENDS: Final = {ParcelState.lost: 1, ParcelState.delivered: 2, ParcelState.returned: 3}
BEFORE: Final = {ParcelState.packed: -2, ParcelState.booked: -2, ParcelState.handed_over: -1}
NEVER: Final = datetime.min.replace(tzinfo=UTC)
ORDER: Final = {state: place for place, state in enumerate(ParcelState)}

TOLD: Final = frozenset(ParcelState) - {ParcelState.packed, ParcelState.booked, ParcelState.cancelled}
"""What can be seen of a parcel from outside."""
TROUBLE: Final = frozenset({ParcelState.lost, ParcelState.returned})
UNDER_WAY: Final = TOLD - ENDS.keys()


def further(state: ParcelState, since: datetime | None, seen: ParcelState, at: datetime) -> bool:
    """Whether a parcel in this state since then is in another one, now that this was seen.

    >>> one, two = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    >>> further(ParcelState.in_transit, two, ParcelState.out_for_delivery, one)
    False
    >>> further(ParcelState.delivered, one, ParcelState.in_transit, two)
    False
    >>> further(ParcelState.lost, two, ParcelState.delivered, one)
    True
    """
    if state is ParcelState.cancelled:
        return False
    return _place(seen, at) > _place(state, since or at)


def _place(state: ParcelState, at: datetime) -> tuple[int, datetime, int]:
    stage = ENDS.get(state, BEFORE.get(state, 0))
    return stage, at if stage == 0 else NEVER, ORDER[state]
