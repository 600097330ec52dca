"""The words of changes: what a placed order was before and after, what that costs, and what can be refused."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Conflict, Invalid, NotFound, Refused
from torg.orders.changes.actions import Action
from torg.orders.model import Intent, Order, OrderLine
from torg.payments import Errand


class ChangeState(StrEnum):
    """A change that makes the order dearer waits for its money; it is applied whole, or lapses and leaves no trace."""

    waiting = "waiting"
    applied = "applied"
    lapsed = "lapsed"


class Prices(StrEnum):
    """Which prices, promotions and taxes an order is changed at: those of its own day, or those of now."""

    then = "then"
    now = "now"


class LineThen(Struct, frozen=True):
    """A line as it was in a version of an order; `line` is its public id."""

    line: str
    sku: str
    name: str
    intent: Intent
    store: str | None
    quantity: int
    unit: int
    discount: int
    net: int
    tax: int
    gross: int


class Version(Struct, frozen=True):
    """What an order was in one of its versions, in minor units of its currency."""

    gross: int
    net: int
    tax: int
    discount: int
    delivery: int
    lines: tuple[LineThen, ...]

    @classmethod
    def of(cls, order: Order, lines: list[OrderLine]) -> "Version":
        """The order as it stands."""
        return cls(
            order.gross,
            order.net,
            order.tax,
            order.discount,
            order.delivery,
            tuple(_line(line) for line in lines),
        )


def _line(line: OrderLine) -> LineThen:
    name = f"{line.name}, {line.options}" if line.options else line.name
    return LineThen(
        f"lin_{line.id.hex}",
        line.sku,
        name,
        line.intent,
        line.store,
        line.quantity,
        line.unit,
        line.discount,
        line.net,
        line.tax,
        line.gross,
    )


class Change(Struct, frozen=True, kw_only=True):
    """A change of a placed order: who, why, what, and the order before and after it.

    It is decided on version `based_on`, and makes `version` when it is applied. `collect` is what has to be paid for it
    first, by these `payments`; `give_back` goes back over the ways in which the order was paid, and has when it is
    `settled_at`. In an exchange the goods of the return `return_id`, worth `credit`, pay for it, and where it is done
    `on_arrival` it waits for them; `store` is where the customer stands.
    """

    order_id: UUID
    id: UUID
    state: ChangeState
    based_on: int
    version: int | None = None
    actor: str
    reason: str
    prices: Prices
    actions: tuple[Action, ...]
    before: Version
    after: Version
    currency: str
    collect: int = 0
    give_back: int = 0
    payments: tuple[UUID, ...] = ()
    expires_at: datetime | None = None
    check_at: datetime | None = None
    ended_for: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    settled_at: datetime | None = None
    return_id: UUID | None = None
    credit: int = 0
    on_arrival: bool = False
    store: str | None = None


class Changed(Struct, frozen=True):
    """An order and a change of it as they stand; the errand is what a gateway must be asked next."""

    order: Order
    change: Change
    errand: Errand | None = None


class UnknownChange(NotFound):
    """The order has no such change."""

    code = "unknown-change"
    message = "The order has no change {change}."


class ChangeNotPossible(Invalid):
    """Some of it cannot be done any more, or not in this way; all of that is named, and nothing is done."""

    code = "change-not-possible"
    message = "The order cannot be changed in this way."


class CannotBeChanged(Refused):
    """Only orders that were placed here are changed."""

    code = "cannot-be-changed"
    message = "An order that is {state} cannot be changed."


class ChangeWaiting(Conflict):
    """Another change of the order waits for its money; it is paid, or taken back, before the next one."""

    code = "change-waiting"
    message = "Another change of this order waits to be paid."


class ChangeEnded(Conflict):
    """The change was applied, or has lapsed."""

    code = "change-ended"
    message = "This change is {state} already."
