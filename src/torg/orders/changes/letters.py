"""The mail about a changed order, in the customer's language."""

from datetime import datetime

from torg.customers import printed
from torg.fulfilment import documents_link
from torg.kernel import mail
from torg.kernel.money import Money
from torg.orders.changes.actions import SetAddress
from torg.orders.changes.model import Change, LineThen
from torg.orders.model import Order


def changed(order: Order, change: Change, at: datetime) -> mail.Wish:
    """What has become of an order, and what that means for her money; once a change."""
    before = {line.line: line for line in change.before.lines}
    after = {line.line: line for line in change.after.lines}
    moved = any(isinstance(action, SetAddress) for action in change.actions)
    facts = {
        "name": order.name,
        "number": order.number,
        "lines": [
            _line(before.get(id), after.get(id), change.currency)
            for id in dict.fromkeys([*before, *after])
            if _differs(before.get(id), after.get(id))
        ],
        "before": Money(change.before.gross, change.currency),
        "total": Money(change.after.gross, change.currency),
        "collected": Money(change.collect, change.currency) if change.collect else None,
        "back": Money(change.give_back, change.currency) if change.give_back else None,
        "address": printed(order.address) if moved and order.address else [],
        "documents": documents_link(order.order_id, at),
    }
    return mail.Wish(
        to=order.email or "",
        template="orders/changed",
        language=order.language,
        region=order.country,
        zone=order.time_zone,
        dedupe=f"orders.changed:{change.id}",
        facts=facts,
    )


def _differs(before: LineThen | None, after: LineThen | None) -> bool:
    if before is None or after is None:
        return True
    return (before.quantity, before.gross, before.intent, before.store) != (
        after.quantity,
        after.gross,
        after.intent,
        after.store,
    )


def _line(before: LineThen | None, after: LineThen | None, currency: str) -> dict[str, object]:
    line = after or before
    assert line is not None
    return {
        "name": line.name,
        "before": before.quantity if before else 0,
        "quantity": after.quantity if after else 0,
        "price": Money(after.gross if after else 0, currency),
    }
