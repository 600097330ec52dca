"""Mails about an order, in the customer's language."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from torg.customers import printed
from torg.fulfilment import documents_link
from torg.kernel import mail
from torg.kernel.money import Money
from torg.orders.model import Order, OrderLine
from torg.pricing import tax_note


def placed(order: Order, lines: Sequence[OrderLine], at: datetime) -> mail.Wish:
    """The confirmation of an order, once."""

    def money(amount: int) -> Money:
        return Money(amount, order.currency)

    facts = {
        "name": order.name,
        "number": order.number,
        "lines": [
            {
                "name": full_name(line),
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
        "tax_notes": _tax_notes(order),
        "coupons": _coupons(order),
        "documents": documents_link(order.order_id, at),
    }
    return _wish(order, "placed", facts)


def _tax_notes(order: Order) -> list[str]:
    """What has to be said where no tax is taken, each once."""
    notes = [tax_note(basis.treatment, order.language) for basis in order.tax_basis]
    return list(dict.fromkeys(note for note in notes if note is not None))


def _coupons(order: Order) -> list[dict[str, object]]:
    """The codes that the order brings, and the last day on which each is good, on the clock of the order."""
    since = (order.placed_at or order.created_at).astimezone(ZoneInfo(order.time_zone))
    return [
        {"code": coupon.code, "until": (since + timedelta(days=coupon.days)).date()}
        for one in order.promotions
        for coupon in one.coupons
    ]


def cancelled(order: Order, at: datetime) -> mail.Wish:
    """The order will not be delivered, and what was paid goes back; once."""
    facts = {
        "name": order.name,
        "number": order.number,
        "total": order.total,
        "documents": documents_link(order.order_id, at),
    }
    return _wish(order, "cancelled", facts)


def _on_the_wall(ready: datetime | None, order: Order) -> datetime | None:
    """The moment as the store's clock shows it, also where the mail's other times are of another zone."""
    return ready.replace(tzinfo=ZoneInfo(order.time_zone)) if ready else None


def elsewhere(order: Order, sent: Sequence[tuple[str, int]], latest: date, origin: UUID) -> mail.Wish:
    """Some goods come from another place than was planned, and by when; once for what that makes up for."""
    facts = {"name": order.name, "number": order.number, "lines": _units(sent), "latest": latest}
    return _wish(order, "elsewhere", facts, origin)


def delayed(order: Order, late: Sequence[tuple[str, int]], rejection_id: UUID) -> mail.Wish:
    """Some goods were not where they should be, and somebody looks for others; once a rejection."""
    facts = {"name": order.name, "number": order.number, "lines": _units(late)}
    return _wish(order, "delayed", facts, rejection_id)


def issued(order: Order, facts: Mapping[str, object], document_id: UUID) -> mail.Wish:
    """An invoice or credit note is there to be read; once a document."""
    return _wish(order, "document", facts, document_id)


def _units(goods: Sequence[tuple[str, int]]) -> list[dict[str, object]]:
    total: dict[str, int] = {}
    for name, units in goods:
        total[name] = total.get(name, 0) + units
    return [{"name": name, "quantity": units} for name, units in total.items()]


def full_name(line: OrderLine) -> str:
    """The line's name with its options."""
    return f"{line.name}, {line.options}" if line.options else line.name


def _wish(order: Order, template: str, facts: Mapping[str, object], about: UUID | None = None) -> mail.Wish:
    return mail.Wish(
        to=order.email or "",
        template=f"orders/{template}",
        language=order.language,
        region=order.country,
        zone=order.time_zone,
        dedupe=f"orders.{template}:{about or order.order_id}",
        facts=facts,
    )
