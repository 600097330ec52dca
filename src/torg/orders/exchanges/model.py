"""The words of exchanges: what comes back, what is taken for it, and what that means for money."""

from enum import StrEnum
from uuid import UUID, uuid5

from msgspec import Struct

from torg.kernel.errors import Conflict
from torg.kernel.money import Money
from torg.orders.changes.model import Changed
from torg.orders.changes.work_out import WorkedOut
from torg.orders.model import Intent
from torg.orders.returns.decide import Decision, Known
from torg.orders.returns.model import Came, PaidBack, Return
from torg.payments import TenderChoice


class Taken(Struct, frozen=True):
    """Goods that the customer takes for those that come back, and how she gets them."""

    variant_id: UUID
    quantity: int
    intent: Intent = Intent.ship
    store: str | None = None


class Sent(StrEnum):
    """When the customer gets the new goods: she stands there, they are sent at once, or when the old ones have come."""

    in_hand = "in_hand"
    at_once = "at_once"
    on_arrival = "on_arrival"


class Exchange(Struct, frozen=True, kw_only=True):
    """What somebody wants exchanged; `id` is that of its return.

    With a `store` the old goods lie on its counter, without one they are announced. `difference` was agreed to: it is
    to be paid or, below zero, given back.
    """

    order_id: UUID
    id: UUID
    came: tuple[Came, ...]
    taken: tuple[Taken, ...]
    store: str | None = None
    to: PaidBack = PaidBack.original
    customer_id: UUID | None = None
    reason: str | None = None
    overrule: str | None = None
    difference: Money | None = None
    payments: tuple[TenderChoice, ...] = ()

    @property
    def change_id(self) -> UUID:
        """The change of the order that adds the new goods."""
        return uuid5(self.id, "exchange")


class Previewed(Struct, frozen=True):
    """What an exchange would mean: the return, the change, and when the new goods go out."""

    known: Known
    decision: Decision
    worked: WorkedOut
    sent: Sent

    @property
    def difference(self) -> int:
        """What is to be paid or, below zero, given back."""
        return balance_of(self.worked, self.decision.value.total.gross)


def balance_of(worked: WorkedOut, credit: int) -> int:
    """One sum of both: what is to be paid or, below zero, given back; the new goods are paid by the old ones first."""
    return worked.money.collect or worked.money.exchanged - credit


class Exchanged(Struct, frozen=True):
    """An exchange as it stands: its return, and its change."""

    returned: Return
    changed: Changed


class DifferenceChanged(Conflict):
    """What is to be paid or given back is another sum than was agreed to: the customer is asked again."""

    code = "difference-changed"
    message = "The difference is now {present}, not {expected}."
