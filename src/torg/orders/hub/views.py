"""The order hub as the outside sees it."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from torg.kernel import ids
from torg.kernel.money import Money
from torg.orders.hub.model import FulfilmentStanding, OrderFacts, PaymentStanding, Problem
from torg.orders.hub.store import Note
from torg.orders.hub.timeline import Happening
from torg.orders.model import OrderState
from torg.orders.standing import Extent


class OrderRow(Struct, frozen=True):
    """An order in a list, with what staff decide by.

    `due` is still to be collected, or to be given back where it is negative. `promised_by` is when the first of what
    has not left was promised for, and `late` that this has passed; by `pay_by` it is to be paid, unless it is, and
    `overdue` says that this has passed. `title` is the first line's name.
    """

    id: str
    state: OrderState
    source: str | None
    number: str | None
    channel: str
    market: str
    store: str | None
    delivering: list[str]
    customer: str | None
    name: str
    email: str | None
    title: str
    units: int
    gone: int
    total: Money
    due: Money
    payment: PaymentStanding
    tenders: list[str]
    fulfilment: FulfilmentStanding
    promised_by: datetime | None
    late: bool
    pay_by: datetime | None
    overdue: bool
    paid: Extent
    shipped: Extent
    returned: Extent
    refunded: Extent
    problems: list[Problem]
    placed_at: datetime | None
    version: int

    @classmethod
    def of(cls, facts: OrderFacts, now: datetime) -> "OrderRow":
        """The order as a list shows it now."""
        return cls(
            id=ids.public("ord", facts.order_id),
            state=facts.state,
            source=facts.source,
            number=facts.number,
            channel=facts.channel,
            market=facts.market,
            store=facts.store,
            delivering=list(facts.stores),
            customer=ids.public("cus", facts.customer_id) if facts.customer_id else None,
            name=facts.name,
            email=facts.email,
            title=facts.title,
            units=facts.units,
            gone=facts.gone,
            total=Money(facts.gross, facts.currency),
            due=Money(facts.due, facts.currency),
            payment=facts.payment,
            tenders=list(facts.tenders),
            fulfilment=facts.fulfilment,
            promised_by=facts.promised_by,
            late=facts.late(now),
            pay_by=facts.pay_by,
            overdue=facts.overdue(now),
            paid=facts.paid,
            shipped=facts.shipped,
            returned=facts.returned,
            refunded=facts.refunded,
            problems=[Problem(one) for one in facts.problems],
            placed_at=facts.at if facts.number else None,
            version=facts.version,
        )


class NoteView(Struct, frozen=True):
    """What somebody of the staff wrote down about an order."""

    id: str
    text: str
    by: str
    at: datetime

    @classmethod
    def of(cls, note: Note) -> "NoteView":
        """The note as staff see it."""
        return cls(ids.public("note", note.id), note.text, note.actor, note.created_at)


class HappeningView(Struct, frozen=True):
    """Something that happened to an order: an event with its `data`, or a note with its text there; and by whom."""

    at: datetime
    type: str
    says: str
    by: str
    data: dict[str, Any]

    @classmethod
    def of(cls, one: Happening, says: str) -> "HappeningView":
        """What happened, told in the reader's words."""
        return cls(one.at, one.type, says, one.by, one.data)


class Timeline(Struct, frozen=True):
    """All that happened to an order, the oldest first."""

    items: list[HappeningView]
