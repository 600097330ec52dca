"""How moves over several buckets are sent: in one statement, or bucket by bucket where the tables are distributed."""

from collections.abc import Iterable

from torg.inventory import rules
from torg.inventory.model import Move
from torg.kernel.database import Transaction
from torg.kernel.spread import apart


async def batches(tx: Transaction, moves: Iterable[Move]) -> list[list[Move]]:
    """The moves, summed a level, as they go into statements."""
    return rules.batches(moves, apart=await apart(tx))


async def groups(tx: Transaction, buckets: Iterable[int]) -> list[list[int]]:
    """The buckets as they go into statements."""
    return rules.groups(buckets, apart=await apart(tx))
