"""What invoice accounts tell the rest of Torg."""

from datetime import date
from typing import ClassVar, Self
from uuid import UUID

from torg.kernel.events import Event
from torg.payments.invoices.model import Debt


class InvoiceEvent(Event, frozen=True, kw_only=True):
    """A fact about what a company owes for one order; `owed` is what is left to be paid for it afterwards."""

    family: ClassVar[str] = "order"

    order_id: UUID
    payment_id: UUID
    company_id: UUID
    currency: str
    amount: int
    owed: int
    due_on: date | None

    def key(self) -> str:
        return str(self.order_id)

    @classmethod
    def of(cls, debt: Debt, amount: int) -> Self:
        """The fact that so much of this debt changed."""
        return cls(
            order_id=debt.order_id,
            payment_id=debt.payment_id,
            company_id=debt.company_id,
            currency=debt.currency,
            amount=amount,
            owed=debt.owed,
            due_on=debt.due_on,
        )


class InvoiceBilled(InvoiceEvent, frozen=True, kw_only=True):
    """`amount` of an order is to be paid."""

    type: ClassVar[str] = "invoice.billed"


class InvoicePaid(InvoiceEvent, frozen=True, kw_only=True):
    """`amount` of what was billed was received."""

    type: ClassVar[str] = "invoice.paid"


class InvoiceOverdue(InvoiceEvent, frozen=True, kw_only=True):
    """`amount` should have been paid before today."""

    type: ClassVar[str] = "invoice.overdue"
