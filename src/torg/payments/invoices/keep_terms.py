"""Say on which terms a company may buy on invoice."""

from torg.customers import UnknownCompany, find_company
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import public
from torg.payments.invoices import store
from torg.payments.invoices.model import InvoiceAccount
from torg.permissions import Permission


async def put_terms(
    tx: Transaction, wanted: InvoiceAccount, *, version: int | None, by: Actor
) -> InvoiceAccount:
    """Set days, limit and whether more is sold; what is owed stays, also where it is more than a lower limit.

    `version` 0: the company has no terms in this currency yet.
    """
    by.must(Permission.payments_terms)
    if await find_company(tx, wanted.company_id) is None:
        raise UnknownCompany(company=public("com", wanted.company_id))
    before = await store.find(tx, wanted.company_id, wanted.currency, lock=True)
    if before is not None and version in {None, before.version} and _terms(before) == _terms(wanted):
        return before
    kept = await store.put(tx, wanted, version)
    if kept is None:
        raise StaleVersion(given=version, present=before.version if before else 0)
    await audit.write(
        tx,
        by,
        "invoice-terms.set",
        public("com", wanted.company_id),
        currency=wanted.currency,
        days=wanted.days,
        credit_limit=wanted.credit_limit,
        open=wanted.open,
    )
    return kept


def _terms(account: InvoiceAccount) -> tuple[int, int, bool]:
    return account.days, account.credit_limit, account.open
