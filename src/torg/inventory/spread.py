"""How a request over several buckets is sent: in one statement, or bucket by bucket where the tables are distributed.

Both ways lock in the same order. A distributed database takes a lock only where the statement names one shard.
"""

from collections.abc import Iterable

from torg.inventory import rules
from torg.inventory.model import Move
from torg.inventory.store import reads
from torg.kernel.database import Transaction


async def _apart(tx: Transaction) -> bool:
    return await tx.database.cached("inventory.distributed", reads.distributed, seconds=3600)


async def batches(tx: Transaction, moves: Iterable[Move]) -> list[list[Move]]:
    """The moves, summed a level, as they go into statements."""
    return rules.batches(moves, apart=await _apart(tx))


async def groups(tx: Transaction, buckets: Iterable[int]) -> list[list[int]]:
    """The buckets as they go into statements."""
    return rules.groups(buckets, apart=await _apart(tx))
