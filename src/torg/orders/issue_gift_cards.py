"""Issue the gift cards that an order has bought: once it is placed, their money has been taken, and their day has come.

A card that is sent later is issued later, so that no code has to be kept until then.
"""

from uuid import UUID

from msgspec.structs import replace

from torg import payments
from torg.carts import LineCard
from torg.kernel.access import SYSTEM, Policy
from torg.kernel.database import Database, Transaction
from torg.orders import rules, store
from torg.orders.model import Order, OrderLine, OrderState
from torg.orders.returns import of_order as returns_of
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
    paid = await payments.of_order(tx, order_id)
    if not rules.paid_for_gift_cards(order, lines, paid, await returns_of(tx, order_id)):
        return 0
    return await payments.issue_sold(
        tx,
        policy,
        order_id,
        [
            sold(order, line)
            for line in lines
            if line.gift_card and not (line.card and line.card.waits(tx.now, order.time_zone))
        ],
        currency=order.currency,
        market=order.market,
        by=SYSTEM,
    )


def sold(order: Order, line: OrderLine) -> Sold:
    """The gift cards of a line, for whom it names."""
    return Sold(line.id, line.quantity, line.unit, _recipient(order, line.card))


def _recipient(order: Order, card: LineCard | None) -> Recipient:
    """Whoever the cards are for: whom the line names, else the buyer."""
    buyer = Recipient(
        order.email or "", order.language, name=order.name, region=order.country, zone=order.time_zone
    )
    if card is None:
        return buyer
    given = card.email is not None and card.email != order.email
    return replace(
        buyer,
        email=card.email or buyer.email,
        language=card.language or buyer.language,
        name=card.name or (None if given else buyer.name),
        message=card.message,
        giver=buyer.name if given else None,
    )
