"""What staff, and a company itself, may see of its invoice accounts."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from torg.customers import UnknownCompany, find_company, require_customer
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.payments.invoices import store
from torg.payments.invoices.model import BankEntry, Debt, InvoiceAccount
from torg.payments.invoices.offer import company_of
from torg.permissions import Permission


async def accounts(tx: Transaction, company_id: UUID, *, by: Actor) -> list[InvoiceAccount]:
    """What a company may owe and owes, one account a currency."""
    by.must(Permission.payments_read, anywhere=True)
    if await find_company(tx, company_id) is None:
        raise UnknownCompany(company=public("com", company_id))
    return await store.of_company(tx, company_id)


async def own_accounts(tx: Transaction, *, by: Actor) -> list[InvoiceAccount]:
    """The accounts of the company that a signed-in customer buys for."""
    company_id = await company_of(tx, require_customer(by))
    return await store.of_company(tx, company_id) if company_id else []


async def owed(
    tx: Transaction,
    *,
    before: date | None,
    company_id: UUID | None,
    after: tuple[date, UUID] | None,
    limit: int,
    by: Actor,
) -> list[Debt]:
    """What is owed, due the longest first; with `before`, what should have been paid by then."""
    by.must(Permission.payments_receive)
    return await store.listed(tx, before=before, company_id=company_id, after=after, limit=limit)


async def debts_of(tx: Transaction, order_ids: Sequence[UUID]) -> list[Debt]:
    """What is owed for these orders, for contexts that have checked who asks."""
    return await store.of_orders(tx, order_ids)


async def bank_entries(
    tx: Transaction,
    company_id: UUID | None,
    *,
    before: tuple[object, str] | None,
    limit: int,
    by: Actor,
) -> list[BankEntry]:
    """A company's payments; without one those of which nobody knows whose they are."""
    by.must(Permission.payments_receive)
    return await store.entries(tx, company_id, before=before, limit=limit)
