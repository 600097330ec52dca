"""What is disputed of an order."""

from collections.abc import Sequence
from uuid import UUID

from torg.kernel.database import Transaction
from torg.payments.disputes import store
from torg.payments.disputes.model import Dispute


async def disputes_of(tx: Transaction, order_id: UUID) -> dict[UUID, list[Dispute]]:
    """The disputes about the payments of an order, oldest first; who may see the payments may see them."""
    found: dict[UUID, list[Dispute]] = {}
    for one in await store.of_order(tx, order_id):
        found.setdefault(one.payment_id, []).append(one.dispute)
    return found


async def disputed(tx: Transaction, order_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these orders about whose payments a bank has not decided yet; for who may see the orders."""
    return await store.open_of(tx, order_ids)
