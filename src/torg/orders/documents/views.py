"""Documents as the outside sees them."""

from datetime import datetime

from msgspec import Struct

from torg.kernel import ids
from torg.kernel.money import Money
from torg.orders.documents.model import Document, DocumentKind


class DocumentView(Struct, frozen=True):
    """An issued document; `corrects` is the document that a credit note takes back from. `pdf` and `html` are where it
    is read.
    """

    id: str
    order: str
    kind: DocumentKind
    number: str | None
    seller: str
    language: str
    net: Money
    tax: Money
    total: Money
    corrects: str | None
    issued_at: datetime
    pdf: str
    html: str

    @classmethod
    def of(cls, document: Document) -> "DocumentView":
        """The document as its order's customer and staff see it."""
        order, id = ids.public("ord", document.order_id), ids.public("doc", document.id)
        path = f"/api/v1/orders/{order}/documents/{id}"
        return cls(
            id=id,
            order=order,
            kind=document.kind,
            number=document.number,
            seller=document.seller,
            language=document.language,
            net=Money(document.net, document.currency),
            tax=Money(document.tax, document.currency),
            total=Money(document.gross, document.currency),
            corrects=ids.public("doc", document.corrects) if document.corrects else None,
            issued_at=document.issued_at,
            pdf=f"{path}/pdf",
            html=f"{path}/html",
        )


class Documents(Struct, frozen=True):
    """The documents of an order, the oldest first."""

    items: list[DocumentView]
