"""What the ledger tells of a level."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.inventory.model import Cause


class Movement(Struct, frozen=True):
    """One change of a level: what moved, why, by whom, on what document, and how the level stood after it.

    `picked` are goods that were taken off their shelf by it, which moves no figure.
    """

    variant_id: UUID
    location: str
    sequence: int
    cause: Cause
    on_hand: int
    reserved: int
    allocated: int
    damaged: int
    incoming: int
    picked: int
    reason: str | None
    document: str | None
    actor: str
    at: datetime
    on_hand_after: int
    reserved_after: int
    allocated_after: int
    damaged_after: int
    incoming_after: int
