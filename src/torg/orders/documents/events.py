"""What documents tell the rest of Torg."""

from typing import ClassVar, Self
from uuid import UUID

from torg.kernel.events import Event
from torg.orders.documents.model import Document


class DocumentIssued(Event, frozen=True, kw_only=True):
    """A document of an order was issued; what stands in it never changes."""

    type: ClassVar[str] = "document.issued"
    family: ClassVar[str] = "order"

    order_id: UUID
    document_id: UUID
    kind: str
    number: str | None
    currency: str
    gross: int

    def key(self) -> str:
        return str(self.order_id)

    @classmethod
    def of(cls, document: Document) -> Self:
        """The fact about this document."""
        return cls(
            order_id=document.order_id,
            document_id=document.id,
            kind=document.kind.value,
            number=document.number,
            currency=document.currency,
            gross=document.gross,
        )
