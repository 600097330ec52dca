"""Exchanges as the outside sees them."""

from msgspec import Struct

from torg.kernel.money import Money
from torg.orders.changes.views import ChangePreviewView, OrderChangeView
from torg.orders.exchanges.model import Exchanged, Previewed, Sent
from torg.orders.returns.find import preview
from torg.orders.returns.views import ReturnPreview, ReturnView


class ExchangePreview(Struct, frozen=True):
    """What an exchange would mean: what comes back is `worth` so much, what is taken `costs` so much.

    `difference` is to be paid or, below zero, given back. `sent` says when the new goods go out.
    """

    returned: ReturnPreview
    change: ChangePreviewView
    possible: bool
    worth: Money
    costs: Money
    difference: Money
    sent: Sent

    @classmethod
    def of(cls, seen: Previewed) -> "ExchangePreview":
        """What was worked out."""
        worked = seen.worked
        currency = worked.order.currency
        return cls(
            returned=preview(seen.known, seen.decision),
            change=ChangePreviewView.of(worked),
            possible=not worked.problems,
            worth=Money(seen.decision.value.total.gross, currency),
            costs=Money(worked.drawn.order.gross - worked.order.gross, currency),
            difference=Money(seen.difference, currency),
            sent=seen.sent,
        )


class ExchangeView(Struct, frozen=True):
    """An exchange: its return, and the change of the order that adds the new goods.

    The change is `applied` when the new goods are the order's, `waiting` while the old ones or the difference are
    awaited, `lapsed` when nothing came of it. `exchanged` of the return has paid for the new goods.
    """

    returned: ReturnView
    change: OrderChangeView
    exchanged: Money
    version: int
    total: Money

    @classmethod
    def of(cls, one: Exchanged) -> "ExchangeView":
        """The exchange as its customer and staff see it."""
        order = one.changed.order
        return cls(
            returned=ReturnView.of(one.returned),
            change=OrderChangeView.of(one.changed.change),
            exchanged=Money(one.returned.exchanged or 0, order.currency),
            version=order.version,
            total=order.total,
        )
