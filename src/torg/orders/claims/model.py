"""The words of claims, and what can be refused."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Conflict, NotFound, Refused


class ClaimKind(StrEnum):
    """What is wrong."""

    missing = "missing"
    damaged = "damaged"
    wrong_item = "wrong_item"
    late = "late"


class ClaimState(StrEnum):
    """Whether somebody still has to decide."""

    open = "open"
    resolved = "resolved"
    refused = "refused"


class Resolution(StrEnum):
    """What is done: the goods are sent again, what was paid goes back, or a part of it while she keeps the goods."""

    resend = "resend"
    refund = "refund"
    discount = "discount"


class ClaimLine(Struct, frozen=True):
    """So many units of a line that the claim is about."""

    line_id: UUID
    quantity: int


class Claim(Struct, frozen=True, kw_only=True):
    """A complaint about a placed order; `amount` is what was given back for it, by the return `return_id`."""

    order_id: UUID
    id: UUID
    kind: ClaimKind
    state: ClaimState = ClaimState.open
    resolution: Resolution | None = None
    lines: tuple[ClaimLine, ...]
    number: str | None
    channel: str
    store: str | None
    customer_id: UUID | None
    currency: str
    amount: int = 0
    note: str | None = None
    reason: str | None = None
    return_id: UUID | None = None
    actor: str
    opened_at: datetime
    settled_at: datetime | None = None
    settled_by: str | None = None
    version: int = 1


class UnknownClaim(NotFound):
    """The order has no such claim, or it is not this caller's to see."""

    code = "unknown-claim"
    message = "There is no claim {claim}."


class ClaimSettled(Conflict):
    """Somebody has decided about it already."""

    code = "claim-settled"
    message = "This claim is {state} already."


class NobodySends(Refused):
    """No place has the goods to send them again."""

    code = "nobody-sends"
    message = "No place has the goods to send them again."
