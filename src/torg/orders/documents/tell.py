"""Customers are told of invoices and credit notes, by their numbers, each in a mail of its own that leads to it.

All other documents are reached from the mails about what has happened: every mail about an order links to them.
"""

from collections.abc import Sequence
from typing import Final

from torg.fulfilment import documents_link
from torg.kernel import mail
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded
from torg.kernel.i18n import words
from torg.kernel.money import Money
from torg.orders import letters
from torg.orders import store as orders
from torg.orders.documents import store
from torg.orders.documents.events import DocumentIssued
from torg.orders.documents.model import Document, DocumentKind
from torg.orders.model import Order

OF_THEIR_OWN: Final = frozenset({DocumentKind.invoice, DocumentKind.credit_note})


async def tell(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Documents were issued: the order's customer is told of the invoices and credit notes among them."""
    issued = [one.event for one in events if isinstance(one.event, DocumentIssued)]
    wanted = {event.document_id: event.order_id for event in issued if event.kind in OF_THEIR_OWN}
    ids = sorted(set(wanted.values()))
    if not ids:
        return
    found = {order.order_id: order for order in await orders.find_many(tx, ids) if order.email is not None}
    wishes = [
        _letter(tx, found[document.order_id], document)
        for document in await store.of_orders(tx, list(found))
        if document.id in wanted
    ]
    await mail.send_all(tx, wishes)


def _letter(tx: Transaction, order: Order, document: Document) -> mail.Wish:
    kind = words(order.language).text(f"document.kind.{document.kind}")
    terms = document.facts.terms
    facts = {
        "name": order.name,
        "number": order.number,
        "what": f"{kind} {document.number}",
        "total": Money(document.gross, document.currency),
        "amount": Money(terms.amount, document.currency) if terms else None,
        "due_on": terms.due_on if terms else None,
        "reference": terms.reference if terms else "",
        "documents": documents_link(order.order_id, tx.now),
    }
    return letters.issued(order, facts, document.id)
