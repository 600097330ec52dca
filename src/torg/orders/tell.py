"""Mails about an order, in the customer's language."""

from collections.abc import Mapping, Sequence

from torg.customers import printed
from torg.kernel import mail
from torg.kernel.database import Transaction
from torg.kernel.money import Money
from torg.orders.model import Order, OrderLine


async def tell_placed(tx: Transaction, order: Order, lines: Sequence[OrderLine]) -> None:
    """The confirmation of an order, once."""

    def money(amount: int) -> Money:
        return Money(amount, order.currency)

    facts = {
        "name": order.name,
        "number": order.number,
        "lines": [
            {
                "name": f"{line.name}, {line.options}" if line.options else line.name,
                "quantity": line.quantity,
                "price": money(line.gross),
            }
            for line in lines
        ],
        "deliveries": [{"name": d.name, "price": money(d.gross)} for d in order.deliveries],
        "taxes": [{"name": tax.name, "amount": money(tax.tax)} for tax in order.taxes if tax.tax],
        "total": order.total,
        "address": printed(order.address) if order.address else [],
    }
    await _send(tx, order, "placed", facts)


async def tell_cancelled(tx: Transaction, order: Order) -> None:
    """The order will not be delivered, and what was paid goes back; once."""
    await _send(tx, order, "cancelled", {"name": order.name, "number": order.number, "total": order.total})


async def _send(tx: Transaction, order: Order, template: str, facts: Mapping[str, object]) -> None:
    if order.email is None:
        return
    await mail.send(
        tx,
        to=order.email,
        template=f"orders/{template}",
        language=order.language,
        region=order.country,
        zone=order.time_zone,
        dedupe=f"orders.{template}:{order.order_id}",
        facts=facts,
    )
