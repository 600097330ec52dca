"""The words of withdrawals.

The function that a shop must offer (Directive 2011/83/EU, article 11a, added by Directive (EU) 2023/2673): a
statement with the consumer's name, what identifies the contract, and where the acknowledgement is to go, confirmed by
a second step, and acknowledged at once on a durable medium with its content and time.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class Outcome(StrEnum):
    """What a statement has done; whoever made it is told by the order's own address only."""

    announced = "announced"
    """What she has is a return now; what had not left is not sent any more, and what was paid for it goes back."""
    cancelled = "cancelled"
    """She has nothing of it: the order is cancelled, or what had not left of it."""
    nothing_left = "nothing_left"
    """Everything had come back, or was cancelled."""
    too_late = "too_late"
    """The time of the law is over, or it gives no such right here."""
    not_found = "not_found"
    """No order has this number and address: staff look for it."""


class Statement(Struct, frozen=True, kw_only=True):
    """What a consumer says: who she is, from which order she withdraws, and where she wants to hear of it."""

    number: str
    name: str
    email: str
    message: str | None = None
    language: str
    market: str


class Withdrawal(Struct, frozen=True, kw_only=True):
    """A statement as it was made, when, and what it has done; without `order_id` its order was not found."""

    id: UUID
    order_id: UUID | None
    outcome: Outcome
    number: str
    name: str
    email: str
    message: str | None
    language: str
    market: str
    return_id: UUID | None = None
    at: datetime
