"""Moving facts from the outbox into the feed: the only place where a position is given out.

Guarantees: each outbox row ends in the feed exactly once, since it leaves one table and enters the other in
one statement; positions have no gaps and become visible in their order; the events of an aggregate stand in
the order of their sequence. Whoever moves holds the lock on the feed's head, so it does not matter whether
there are two movers."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from torg.kernel.relay import store

BATCH = 500


async def look(connection: AsyncConnection[Any]) -> tuple[bool, int]:
    """Whether anything stands in the outbox, and the last position of the feed."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(store.LOOK)
        waiting, head = await cursor.fetchone() or (False, 0)
        return bool(waiting), int(head)


async def move(connection: AsyncConnection[Any], limit: int = BATCH) -> dict[str, int]:
    """Move about `limit` events inside the connection's transaction; tells the last position of each type
    moved.
    """
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(store.LOCK_HEAD)
        (head,) = await cursor.fetchone() or (0,)
        await cursor.execute(store.MOVE, {"head": head, "limit": limit})
        return {str(type): int(position) for type, position in await cursor.fetchall()}


async def tell_apart(connection: AsyncConnection[Any]) -> int:
    """Give aggregates of different keys different names; tells how many events that concerned."""
    return (await connection.execute(store.TELL_APART)).rowcount
