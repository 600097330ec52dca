"""Issue the gift cards that an order has bought, once it is placed and their money has been taken."""

from uuid import UUID

from torg import payments
from torg.kernel.access import SYSTEM, Policy
from torg.kernel.database import Database, Transaction
from torg.orders import rules, store
from torg.orders.model import OrderState
from torg.payments import Recipient, Sold


async def issue_gift_cards(database: Database, policy: Policy, order_id: UUID) -> int:
    """Issue and mail what is paid and has not been issued; tells how many. May be called again at any time."""
    return await database.run(lambda tx: _issue(tx, policy, order_id), repeatable=True)


async def _issue(tx: Transaction, policy: Policy, order_id: UUID) -> int:
    # The order is locked, so it cannot be cancelled between the look and the cards.
    order = await store.find(tx, order_id, lock=True)
    if order is None or order.state is not OrderState.placed or order.email is None:
        return 0
    lines = await store.lines(tx, order_id)
    if not rules.paid_for_gift_cards(order, lines, await payments.of_order(tx, order_id)):
        return 0
    return await payments.issue_sold(
        tx,
        policy,
        order_id,
        [Sold(line.id, line.quantity, line.unit) for line in lines if line.gift_card],
        currency=order.currency,
        market=order.market,
        recipient=Recipient(
            order.email, order.language, name=order.name, region=order.country, zone=order.time_zone
        ),
        by=SYSTEM,
    )
