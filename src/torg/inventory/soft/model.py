"""The words of soft holds: who wishes what to be kept, and what came of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.inventory.model import Demand
from torg.markets import CartHold


class SoftState(StrEnum):
    """A soft hold is released or expires, or is pinned: its units are held by the checkout from then on."""

    held = "held"
    released = "released"
    expired = "expired"
    pinned = "pinned"


class Lacking(StrEnum):
    """Why not all that a line wants is kept for it: none are left, the holder has enough, or there are plenty."""

    none_left = "none_left"
    capped = "capped"
    plenty = "plenty"


class Wish(Struct, frozen=True, gc=False):
    """That what these lines of a cart want be kept, on the channel's terms, as the holder's.

    `holder` is whose units are counted together: a customer, a visitor's network, or one cart; `actor` stands in the
    ledger. Asked twice, the second wish finds what the first has kept.
    """

    order_id: UUID
    holder: str
    actor: str
    demands: tuple[Demand, ...]
    terms: CartHold


class SoftHold(Struct, frozen=True, gc=False):
    """Units that a location keeps for a line of a cart."""

    bucket: int
    order_id: UUID
    id: UUID
    line_id: UUID
    variant_id: UUID
    location: str
    quantity: int
    expires_at: datetime

    def of(self, quantity: int) -> "SoftHold":
        """The same hold of so many units."""
        return self if quantity == self.quantity else replace(self, quantity=quantity)


class Kept(Struct, frozen=True, gc=False):
    """The answer to a wish: what is kept for its lines, which of it is new, and why a line lacks some."""

    holds: tuple[SoftHold, ...] = ()
    made: tuple[SoftHold, ...] = ()
    renewed: tuple[SoftHold, ...] = ()
    lacking: dict[UUID, Lacking] = {}


class Used(Struct, frozen=True):
    """How many units of a variant are kept for a holder, in all her carts."""

    holder: str
    variant_id: UUID
    quantity: int
