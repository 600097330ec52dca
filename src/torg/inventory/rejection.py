"""The words of places that say no."""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class RejectionReason(StrEnum):
    """Why a place does not send what it was asked for."""

    not_found = "not_found"
    damaged = "damaged"
    no_time = "no_time"
    closed = "closed"
    other = "other"


class Refusal(NamedTuple):
    """So many of what an order has at a location will not be sent from there."""

    variant_id: UUID
    location: str
    quantity: int
    reason: RejectionReason
