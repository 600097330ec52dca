"""What completing a cart has led to so far."""

from msgspec import Struct

from torg.kernel.money import Money
from torg.orders.model import Order, OrderLine
from torg.payments import Errand, Payment, TenderChoice


class Completion(Struct, frozen=True):
    """What somebody who completes a cart says: the total that she saw, with what she pays, and which version of its
    quote she accepts, where it is one.
    """

    expected_total: Money
    payments: tuple[TenderChoice, ...] = ()
    quote: int | None = None
    purchase_order: str | None = None

    @property
    def tender(self) -> str | None:
        """What it is paid with, where that is one thing: promotions may ask."""
        kinds = {choice.tender.value for choice in self.payments}
        return kinds.pop() if len(kinds) == 1 else None


class Placement(Struct, frozen=True):
    """An order with its lines and payments; the errand is what a gateway must be asked next."""

    order: Order
    lines: list[OrderLine]
    payments: list[Payment]
    errand: Errand | None = None

    @property
    def payment(self) -> Payment | None:
        """The payment that counts: the last one that was begun."""
        return self.payments[-1] if self.payments else None
