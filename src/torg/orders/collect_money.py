"""Take authorised money when it is due: at placement, or part by part as goods leave, as the channel says."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from torg import payments
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction, external
from torg.orders import rules, store
from torg.orders.changes import known as changes
from torg.orders.model import Capture, OrderState
from torg.payments import Errand, Gateways, Payment, Tender

Claimed = tuple[list[Errand], list[UUID]]
"""What gateways must be asked, and the orders of which more is due than that."""


async def collect_money(database: Database, gateways: Gateways, order_ids: Sequence[UUID]) -> None:
    """Take what is due of these orders; what has been claimed before is not claimed again."""
    external()
    asked: set[UUID] = set()
    left = list(order_ids)
    while left:
        errands, left = await database.run(_claiming(left, asked))
        asked.update(errand.payment.id for errand in errands)
        await payments.carry_out_captures(database, gateways, errands, by=SYSTEM)


def _claiming(order_ids: Sequence[UUID], asked: set[UUID]) -> Callable[[Transaction], Awaitable[Claimed]]:
    async def work(tx: Transaction) -> Claimed:
        return await _claim(tx, order_ids, asked)

    return work


async def _claim(tx: Transaction, order_ids: Sequence[UUID], asked: set[UUID]) -> Claimed:
    # The orders are locked, so they cannot be cancelled between the look and the claim.
    orders = {
        order.order_id: order
        for order in await store.find_many(tx, order_ids, lock=True)
        if order.state is OrderState.placed
    }
    by_part = [order_id for order_id, order in orders.items() if order.capture is Capture.shipment]
    lines = await store.lines_of(tx, by_part)
    known: dict[UUID, list[Payment]] = {order_id: [] for order_id in orders}
    for payment in await payments.of_orders(tx, list(orders), lock=True):
        known[payment.order_id].append(payment)
    wanted, more, rest = [], [], []
    for order_id, order in orders.items():
        due = rules.due(order, lines.get(order_id, ()), known[order_id])
        open_ones = [p for p in known[order_id] if p.capturable and p.id not in asked]
        amount = rules.taken_now(open_ones[0], due, tx.now) if due > 0 and open_ones else 0
        if amount:
            wanted.append((open_ones[0], amount))
            if due > amount and len(open_ones) > 1:
                more.append(order_id)
        if due <= amount and rules.complete(order, lines.get(order_id, ())):
            rest += [p for p in open_ones if p.tender is Tender.invoice]
    numbers = {order.order_id: order.number for order in orders.values() if order.number}
    errands = await payments.claim_captures(tx, wanted, by=SYSTEM, numbers=numbers) if wanted else []
    await _let_go(tx, rest)
    return errands, more


async def _let_go(tx: Transaction, on_invoice: Sequence[Payment]) -> None:
    """What a company holds for an order that has become cheaper can be bought for again.

    What a change waits for stays held.
    """
    if not on_invoice:
        return
    found = await changes.open_of(tx, [p.order_id for p in on_invoice], [p.id for p in on_invoice])
    waiting = {due.order_id for due in found}
    await payments.let_go(tx, [p for p in on_invoice if p.order_id not in waiting], by=SYSTEM)
