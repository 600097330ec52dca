"""The words of shortfalls: units of a placed order that a place did not send, until another does."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.inventory import RejectionReason
from torg.kernel.errors import Conflict, NotFound
from torg.orders.model import Intent


class ShortfallState(StrEnum):
    """In the work list it is waiting for somebody to decide, or backordered until goods come."""

    waiting = "waiting"
    backordered = "backordered"
    served = "served"
    cancelled = "cancelled"


PAUSE: Final = timedelta(minutes=5)
"""How long until somebody looks for backordered goods that nobody has told of."""

OPEN = (ShortfallState.waiting, ShortfallState.backordered)


class Why(StrEnum):
    """Why it was not routed by itself."""

    nobody = "nobody"
    """No place that may be asked has enough."""
    attempts = "attempts"
    """As many places have been asked as the channel's rules allow."""
    one_place = "one_place"
    """The customer collects it: only that store can serve it."""


class Shortfall(Struct, frozen=True):
    """So many units of a line that `location` did not send, for which `reason`; `round` places were asked by then.

    `store` is where they are to be collected, else which sold them. `why` is told of what came into the work list.
    """

    order_id: UUID
    id: UUID
    rejection_id: UUID
    line_id: UUID
    variant_id: UUID
    sku: str
    name: str
    quantity: int
    number: str
    channel: str
    store: str | None
    intent: Intent
    location: str
    reason: RejectionReason
    round: int
    state: ShortfallState
    why: Why | None
    opened_at: datetime
    due_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    version: int = 1


class UnknownShortfall(NotFound):
    """The order has no such shortfall, or the actor may not look."""

    code = "unknown-shortfall"
    message = "There is no shortfall {shortfall}."


class ShortfallNotOpen(Conflict):
    """Another place sends the goods already, or the order was cancelled."""

    code = "shortfall-not-open"
    message = "This is settled already."
