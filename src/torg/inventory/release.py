"""Let others buy what an order kept: because it was given up, or because its time has run out."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from torg.inventory import spread, telling
from torg.inventory.events import HoldExpired
from torg.inventory.model import Cause, HoldState
from torg.inventory.ship import give_back_holds
from torg.inventory.store import due, ledger, reads
from torg.kernel.database import Transaction

Ending = Callable[[Transaction, int, datetime, int], Awaitable[list[due.Swept]]]


async def release(tx: Transaction, order_id: UUID, cause: str) -> None:
    """End what the order holds, and give back what is allocated to it and of which nothing has left the building.

    `cause` is a word for the ledger. Done twice, the second time does nothing.
    """
    holds = await reads.holds(tx, order_id)
    entry = ledger.Entry(Cause.released, tx.actor, telling.document(order_id), cause)
    for group in await spread.groups(tx, [h.bucket for h in holds if h.state is HoldState.held]):
        telling.changed(tx, await ledger.end(tx, group, order_id, HoldState.released, entry))
    if any(hold.state is HoldState.allocated for hold in holds):
        await give_back_holds(tx, order_id, cause=cause, begun=False)


async def expire(tx: Transaction, *, most: int = 200) -> int:
    """End holds whose time has run out, of checkouts, or where none of theirs has, of carts: at most so many; tells how
    many there were.

    Who allocates at the same moment has either taken the goods already, and they stay, or finds the hold expired. One
    transaction ends one kind, so it locks each bucket's levels once and in their order; repeat it until it ends none.
    """
    buckets = await due.buckets(tx, tx.now)
    return await _end(tx, buckets, due.expire, most) or await _end(tx, buckets, due.expire_soft, most)


async def _end(tx: Transaction, buckets: Sequence[int], ending: Ending, most: int) -> int:
    left = most
    for bucket in buckets:
        swept = await ending(tx, bucket, tx.now, left) if left else []
        telling.changed(tx, swept)
        tx.record(*_told(bucket, [ended for level in swept for ended in level.ended]))
        left -= sum(len(level.ended) for level in swept)
    return most - left


def _told(bucket: int, ended: Sequence[due.Ended]) -> Iterator[HoldExpired]:
    lines: dict[UUID, list[UUID]] = defaultdict(list)
    for line in ended:
        lines[line.order_id].append(line.line_id)
    for order_id, of_order in lines.items():
        yield HoldExpired(bucket=bucket, order_id=order_id, lines=tuple(dict.fromkeys(of_order)))
