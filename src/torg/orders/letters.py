"""Mails about an order, in the customer's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from torg.customers import printed
from torg.kernel import mail
from torg.kernel.money import Money
from torg.orders.model import Order, OrderLine


def placed(order: Order, lines: Sequence[OrderLine]) -> mail.Wish:
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
        "deliveries": [
            {"name": d.name, "price": money(d.gross), "ready": _on_the_wall(d.ready_at, order)}
            for d in order.deliveries
        ],
        "taxes": [{"name": tax.name, "amount": money(tax.tax)} for tax in order.taxes if tax.tax],
        "total": order.total,
        "address": printed(order.address) if order.address else [],
    }
    return _wish(order, "placed", facts)


def cancelled(order: Order) -> mail.Wish:
    """The order will not be delivered, and what was paid goes back; once."""
    return _wish(order, "cancelled", {"name": order.name, "number": order.number, "total": order.total})


def _on_the_wall(ready: datetime | None, order: Order) -> datetime | None:
    """The moment as the store's clock shows it, also where the mail's other times are of another zone."""
    return ready.replace(tzinfo=ZoneInfo(order.time_zone)) if ready else None


def _wish(order: Order, template: str, facts: Mapping[str, object]) -> mail.Wish:
    return mail.Wish(
        to=order.email or "",
        template=f"orders/{template}",
        language=order.language,
        region=order.country,
        zone=order.time_zone,
        dedupe=f"orders.{template}:{order.order_id}",
        facts=facts,
    )
