"""Take authorised money when it is due: at placement, or part by part as goods leave, as the channel says."""

from uuid import UUID

from torg import payments
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction, external
from torg.orders import rules, store
from torg.orders.model import OrderState
from torg.payments import Errand, Gateways
from torg.payments import of_order as payments_of


async def collect_money(database: Database, gateways: Gateways, order_id: UUID) -> None:
    """Take what is due of an order; what has been claimed before is not claimed again."""
    external()
    asked: set[UUID] = set()
    while True:
        errand = await database.run(lambda tx: _claim(tx, order_id, asked))
        if errand is None:
            return
        asked.add(errand.payment.id)
        await payments.carry_out(database, gateways, errand, by=SYSTEM)


async def _claim(tx: Transaction, order_id: UUID, asked: set[UUID]) -> Errand | None:
    # The order is locked, so it cannot be cancelled between the look and the claim.
    order = await store.find(tx, order_id, lock=True)
    if order is None or order.state is not OrderState.placed:
        return None
    known = await payments_of(tx, order_id)
    due = rules.due(order, await store.lines(tx, order_id), known)
    payment = next((p for p in known if p.capturable and p.id not in asked), None)
    if due <= 0 or payment is None:
        return None
    amount = min(due, payment.capturable)
    _, errand = await payments.claim_capture(tx, order_id, payment.id, amount, by=SYSTEM)
    return errand
