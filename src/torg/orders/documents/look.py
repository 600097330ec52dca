"""Who may see documents: whoever may see the order; lists of goods for a place are for staff.

A PDF is made when it is first asked for and kept in the file store: a document never changes, so neither does its file.
"""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.files import FileStore
from torg.kernel.ids import public
from torg.kernel.paper import SETTING, pdf
from torg.orders import store as orders
from torg.orders.documents import store
from torg.orders.documents.model import Document, UnknownDocument
from torg.orders.documents.paper import paper_of
from torg.orders.documents.store import Checked
from torg.orders.model import UnknownOrder
from torg.orders.see import may_see, staff_may_see


async def documents_of(tx: Transaction, order_id: UUID, *, by: Actor) -> Sequence[Document]:
    """The documents of an order that the actor may see, the oldest first."""
    order = await orders.find(tx, order_id)
    if order is None or not may_see(order, by):
        raise UnknownOrder(order=public("ord", order_id))
    staff = staff_may_see(order, by)
    return [one for one in await store.of_orders(tx, [order_id]) if staff or one.kind.for_customers]


async def document(tx: Transaction, order_id: UUID, id: UUID, *, by: Actor) -> Document:
    """One document of an order."""
    for one in await documents_of(tx, order_id, by=by):
        if one.id == id:
            return one
    raise UnknownDocument(document=public("doc", id))


async def documents_by_link(tx: Transaction, order_id: UUID) -> Sequence[Document]:
    """The documents that an order's customer may see, for who has been let in by the link in its mails."""
    return [one for one in await store.of_orders(tx, [order_id]) if one.kind.for_customers]


async def file_of(files: FileStore, found: Document, *, language: str | None, copy: bool) -> bytes:
    """The document as a PDF file."""
    paper = paper_of(found, language=language, copy=copy)
    made = f"{found.id.hex} {SETTING} {paper.language} {bool(paper.mark)}"
    name = f"{hashlib.sha256(made.encode()).hexdigest()}.pdf"
    kept = await files.get(name)
    if kept is None:
        kept = await pdf(paper)
        await files.put(name, kept)
    return kept


async def check(tx: Transaction) -> list[Checked]:
    """Every series, and whether each of its numbers stands on exactly one document."""
    return await store.series(tx)
