"""Who may buy on invoice: customers whose company has terms."""

from uuid import UUID

from torg.customers import membership
from torg.kernel.database import Transaction
from torg.payments.invoices import store
from torg.payments.invoices.model import InvoiceTerms


async def company_of(tx: Transaction, customer_id: UUID | None) -> UUID | None:
    """The company that a customer buys for."""
    return (await membership(tx, customer_id)).company_id if customer_id is not None else None


async def invoice_terms(tx: Transaction, customer_id: UUID | None, currency: str) -> InvoiceTerms | None:
    """On which terms this customer can buy on invoice, for contexts that have checked who asks; None: not at all."""
    company_id = await company_of(tx, customer_id)
    account = await store.find(tx, company_id, currency) if company_id else None
    if account is None or not account.open:
        return None
    return InvoiceTerms(account.company_id, currency, account.days, account.left)
