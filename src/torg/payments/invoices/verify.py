"""Whether invoice accounts are what their debts, payments and entries of the bank add up to."""

from uuid import UUID

from msgspec import Struct

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.payments.invoices import store
from torg.permissions import Permission


class InvoiceDifference(Struct, frozen=True):
    """A figure of a company's account, or of its debt for a payment, that is not what the books beside it tell."""

    company_id: UUID
    currency: str
    payment_id: UUID | None
    figure: str
    kept: int
    told: int


async def verify_invoices(tx: Transaction, *, by: Actor) -> list[InvoiceDifference]:
    """Every figure that differs."""
    by.must(Permission.payments_read)
    return await tx.all(InvoiceDifference, store.DIFFERENCES)
