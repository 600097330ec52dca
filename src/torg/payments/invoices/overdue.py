"""What is not paid when it is due is told once for each day on which a part of it was due."""

from typing import Final

from torg.kernel.database import Database, Transaction
from torg.payments.invoices import rules, store
from torg.payments.invoices.events import InvoiceOverdue

AT_ONCE: Final = 500


async def tell_overdue(database: Database) -> int:
    """Tell of every debt of which a part should have been paid by yesterday; tells how many."""
    told = 0
    while found := await database.run(_tell, repeatable=True):
        told += found
        if found < AT_ONCE:
            break
    return told


async def _tell(tx: Transaction) -> int:
    today = tx.now.date()
    found = await store.overdue_untold(tx, today, AT_ONCE)
    tx.record(*(InvoiceOverdue.of(debt, rules.overdue(debt, today)) for debt in found))
    return len(found)
