"""The words of disputes."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class DisputeState(StrEnum):
    """How far a dispute has come. In an `inquiry` the bank only asks; once it is `open` it holds the money."""

    inquiry = "inquiry"
    open = "open"
    won = "won"
    lost = "lost"
    dropped = "dropped"

    @property
    def ended(self) -> bool:
        """Whether the bank has decided."""
        return self in ENDED

    @property
    def takes_money(self) -> bool:
        """Whether the bank has the money, until then or for good."""
        return self in {DisputeState.open, DisputeState.lost}


ENDED = frozenset({DisputeState.won, DisputeState.lost, DisputeState.dropped})
RANK = {DisputeState.inquiry: 0, DisputeState.open: 1, **dict.fromkeys(ENDED, 2)}


class Dispute(Struct, frozen=True):
    """A dispute as its gateway tells it: its own name for it, how much, why, and until when to answer."""

    reference: str
    state: DisputeState
    amount: int
    currency: str
    reason: str
    opened_at: datetime
    answer_by: datetime | None = None


def later(known: Dispute | None, told: Dispute) -> Dispute:
    """What is true of a dispute after it was told (again); what is told late takes nothing back."""
    if known is None or RANK[told.state] > RANK[known.state]:
        return told
    return told if told.state is known.state else known
