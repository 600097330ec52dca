"""What changes of orders tell the rest of Torg."""

from typing import ClassVar, Self
from uuid import UUID

import msgspec

from torg.orders.changes.model import Change
from torg.orders.events import OrderEvent
from torg.orders.model import Order


class OrderChanged(OrderEvent, frozen=True, kw_only=True):
    """A placed order was changed, and is now as this says; `gross_before` is what it cost before.

    `give_back` goes back to the customer, `collected` was paid for the change.
    """

    type: ClassVar[str] = "order.changed"

    change_id: UUID
    version: int
    gross_before: int
    give_back: int
    collected: int

    @classmethod
    def of_change(cls, order: Order, change: Change) -> Self:
        """The fact about this change of this order."""
        return cls(
            **msgspec.structs.asdict(OrderEvent.of(order)),
            change_id=change.id,
            version=order.version,
            gross_before=change.before.gross,
            give_back=change.give_back,
            collected=change.collect,
        )


class OrderChangeWaiting(OrderEvent, frozen=True, kw_only=True):
    """A change that makes an order dearer waits for its money."""

    type: ClassVar[str] = "order.change_waiting"

    change_id: UUID
    collect: int

    @classmethod
    def of_change(cls, order: Order, change: Change) -> Self:
        """The fact about this change of this order."""
        return cls(
            **msgspec.structs.asdict(OrderEvent.of(order)), change_id=change.id, collect=change.collect
        )


class OrderChangeLapsed(OrderEvent, frozen=True, kw_only=True):
    """A change came to nothing: it was not paid in time, was taken back, or was overtaken; the order is as it was."""

    type: ClassVar[str] = "order.change_lapsed"

    change_id: UUID
    ended_for: str

    @classmethod
    def of_change(cls, order: Order, change: Change) -> Self:
        """The fact about this change of this order."""
        return cls(
            **msgspec.structs.asdict(OrderEvent.of(order)),
            change_id=change.id,
            ended_for=change.ended_for or "",
        )
