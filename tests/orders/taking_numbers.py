"""A process that takes the number of a receipt and is killed before it can commit: `… tests.orders.taking_numbers
DATABASE ORDER NOW`. It says the number when it has it, and then does no more.
"""

import asyncio
import sys
from datetime import datetime
from uuid import UUID

from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, Transaction
from torg.orders.documents import DocumentKind, issue


async def take(url: str, order_id: UUID, now: datetime) -> None:
    """Issue the receipt as far as the last line before the commit."""
    database = await Database.open(url, clock=FixedClock(now), pool_size=2)

    async def work(tx: Transaction) -> None:
        issued = await issue(tx, order_id, DocumentKind.receipt, by=SYSTEM)
        await tx.flush()
        print(issued.number, flush=True)
        await asyncio.Event().wait()

    await database.run(work)


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1], UUID(sys.argv[2]), datetime.fromisoformat(sys.argv[3])))
