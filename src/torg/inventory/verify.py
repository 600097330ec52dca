"""Do the balances agree with the ledger, and with what orders hold?"""

from torg.inventory.model import Difference
from torg.inventory.store import ledger, reads
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


async def verify(tx: Transaction, *, by: Actor) -> list[Difference]:
    """Every figure of every level that its movements, or the holds on it, do not add up to; empty when all is well."""
    by.must(Permission.stock_read)
    return await reads.differences(tx)


async def recount(tx: Transaction, *, by: Actor) -> list[Difference]:
    """Set balances that differ to what their movements add up to, and tell which did.

    Nothing in Torg makes a difference; this is for a database that was restored or edited by other means.
    """
    by.must(Permission.stock_adjust)
    found = await reads.differences(tx)
    for variant_id, location in sorted({(d.variant_id, d.location) for d in found}):
        await ledger.recount(tx, variant_id, location)
    return found
