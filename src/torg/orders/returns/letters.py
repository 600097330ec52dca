"""Mails about a return, in the customer's language."""

from datetime import datetime
from typing import Final

from torg.fulfilment import documents_link
from torg.kernel import mail
from torg.kernel.money import Money
from torg.orders.model import Order
from torg.orders.returns.events import ReturnAnnounced, ReturnEvent, ReturnSettled
from torg.orders.returns.model import Return

TEMPLATE: Final = {ReturnAnnounced.type: "announced", ReturnSettled.type: "settled"}


def about(order: Order, returned: Return, event: ReturnEvent, at: datetime, owed: int = 0) -> mail.Wish:
    """What the customer is told when this has happened, with what she still owes for an exchange; once."""
    template = TEMPLATE.get(event.type, "ended")
    return mail.Wish(
        to=order.email or "",
        template=f"returns/{template}",
        language=order.language,
        region=order.country,
        zone=order.time_zone,
        dedupe=f"returns.{template}:{returned.id}",
        facts=_facts(order, returned)
        | {
            "documents": documents_link(order.order_id, at),
            "owed": Money(owed, order.currency) if owed else None,
        },
    )


def _facts(order: Order, returned: Return) -> dict[str, object]:
    return {
        "name": order.name,
        "number": order.number,
        "return_number": returned.number,
        "lines": [
            {"name": line.name, "quantity": line.quantity or line.announced}
            for line in returned.lines
            if line.quantity or line.announced
        ],
        "rejected": [
            {"name": line.name, "quantity": line.rejected, "why": line.rejection or ""}
            for line in returned.lines
            if line.rejected
        ],
        "until": returned.expires_at,
        "total": Money(returned.refunded, order.currency),
        "fee": Money(returned.fee, order.currency) if returned.fee else None,
        "way": returned.destination.value,
        "state": returned.state.value,
        "reason": returned.reason,
    }
