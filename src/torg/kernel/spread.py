"""How a request over several keys of a family is sent: in one statement, or key by key where tables are distributed.

A distributed database takes a lock, and writes into two tables at once, only where the statement names one key. Both
ways lock in the same order.
"""

from collections.abc import Iterable
from typing import Any, Protocol, Self, TypeVar

from torg.kernel.database import Transaction

DISTRIBUTED = "SELECT count(*) > 0 FROM pg_extension WHERE extname = 'citus'"


class Ordered(Protocol):
    """A key: it stands before or behind another."""

    def __lt__(self, other: Self, /) -> Any: ...


Key = TypeVar("Key", bound=Ordered)


async def apart(tx: Transaction) -> bool:
    """Whether the tables may stand on several nodes."""
    return await tx.database.cached("spread.distributed", _distributed, seconds=3600)


async def together(tx: Transaction, keys: Iterable[Key]) -> list[list[Key]]:
    """The keys, each once and in their order, as they go into statements that lock."""
    ordered = sorted(set(keys))
    if not ordered:
        return []
    return [[key] for key in ordered] if await apart(tx) else [ordered]


async def _distributed(tx: Transaction) -> bool:
    return await tx.one(bool, DISTRIBUTED)
