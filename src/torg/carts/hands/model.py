"""The words of carts that change hands: what may be taken over, who else may open a cart, what waits in a store."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Conflict, Refused


class Offered(Struct, frozen=True):
    """That a cart may be taken over once, until then; a newer offer takes the place of an older one."""

    id: UUID
    until: datetime


class Opener(Struct, frozen=True):
    """A further token that opens the cart until then: of a till or of a device that has taken it over. Only its hash
    is kept.
    """

    hash: str
    until: datetime
    staff: bool

    def opens(self, tokens: tuple[bytes, ...], at: datetime) -> bool:
        """Whether one of these hashes is its token's, and its time has not run out."""
        return self.until > at and bytes.fromhex(self.hash) in tokens


class Parked(Struct, frozen=True):
    """That a cart waits in a store until somebody takes it up; `label` is what staff know it by.

    It was parked in `channel`, whose staff may open it while it waits.
    """

    store: str
    channel: str
    label: str
    by: str
    at: datetime
    until: datetime


class ParkedCart(Struct, frozen=True):
    """A cart that waits in a store, in a list."""

    id: UUID
    version: int
    channel: str
    currency: str
    customer_id: UUID | None
    parked: Parked
    lines: int
    units: int


class HandOverNotValid(Refused):
    """The code is wrong, was used before, or its time has run out."""

    code = "hand-over-not-valid"
    message = "This code is not valid. It may have been used before, or be too old."


class CartNotParked(Conflict):
    """Nobody has parked the cart, somebody else has taken it up, or it has waited too long."""

    code = "cart-not-parked"
    message = "This cart is not parked any more."
