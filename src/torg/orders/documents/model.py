"""The words of documents: what is written down for an order, and the facts that are frozen with it.

Facts are amounts, names and codes as they were when the document was issued; only the words around them are the
reader's. Amounts are minor units of `currency` and never negative: that a credit note gives back is said by its kind.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Invalid, NotFound, Refused
from torg.pricing import Treatment


class DocumentKind(StrEnum):
    """What a document is."""

    confirmation = "confirmation"
    receipt = "receipt"
    invoice = "invoice"
    credit_note = "credit_note"
    packing_list = "packing_list"
    pick_list = "pick_list"
    return_slip = "return_slip"

    @property
    def numbered(self) -> bool:
        """Whether it has a number of its own, in a series without gaps."""
        return self in LETTERS

    @property
    def for_customers(self) -> bool:
        """Whether the order's customer may see it."""
        return self is not DocumentKind.pick_list

    @property
    def of_goods(self) -> bool:
        """Whether it tells of goods only, without prices."""
        return self in OF_GOODS


LETTERS: Final = {DocumentKind.receipt: "R", DocumentKind.invoice: "F", DocumentKind.credit_note: "C"}
"""The letters that the numbers of a series begin with."""
BILLS: Final = frozenset({DocumentKind.receipt, DocumentKind.invoice})
OF_GOODS: Final = frozenset({DocumentKind.packing_list, DocumentKind.pick_list, DocumentKind.return_slip})


class Party(Struct, frozen=True, omit_defaults=True):
    """Who sells or buys, or where goods go: lines as on a letter, and the number under which it is known for tax."""

    lines: tuple[str, ...]
    tax_number: str | None = None


class Issuer(Struct, frozen=True, omit_defaults=True):
    """The seller's legal data; `tax_numbers` are those under which this document's tax is paid."""

    code: str
    legal_name: str
    registration_number: str
    lines: tuple[str, ...]
    country: str
    tax_numbers: tuple[str, ...] = ()


class Reduction(Struct, frozen=True):
    """What a promotion took off."""

    name: str
    amount: int


class DocumentLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods, or a delivery (which has no `sku`). `key` names what of the order it is.

    `unit` and `discount` are in the price's own terms: with tax in them where `tax_included`.
    """

    key: str
    sku: str | None = None
    name: str
    detail: str = ""
    parts: tuple[str, ...] = ()
    quantity: int
    unit: int = 0
    tax_included: bool = True
    discount: int = 0
    reductions: tuple[Reduction, ...] = ()
    tax_name: str = ""
    rate: int | None = None
    treatment: Treatment = Treatment.domestic
    net: int = 0
    tax: int = 0
    gross: int = 0


class DocumentTax(Struct, frozen=True):
    """The tax of one rate (in millionths) and treatment."""

    name: str
    rate: int
    treatment: Treatment
    net: int
    tax: int


class DocumentPayment(Struct, frozen=True, omit_defaults=True):
    """An amount that was taken, or is set aside to be taken; `last_four` ends a gift card's code.

    Of cash: what coins made of the amount (`rounding`), what was `given`, and the `change`.
    """

    tender: str
    amount: int
    taken: bool = True
    last_four: str | None = None
    rounding: int = 0
    given: int | None = None
    change: int = 0


class Terms(Struct, frozen=True):
    """Until when so much of a bill is to be paid, and what to say with it (ISO 11649)."""

    days: int
    due_on: date
    reference: str
    amount: int


class Facts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a document says.

    `supplied` is the day on which goods left, once they have. `purchase_order` is the buyer's own reference, `terms`
    those of what was bought on invoice. `corrects` is the number of the document that a credit
    note takes back from, with its day.
    """

    kind: DocumentKind
    order: str | None
    ordered_at: datetime | None
    issued_at: datetime
    supplied: date | None = None
    currency: str
    country: str
    time_zone: str
    language: str
    seller: Issuer
    buyer: Party
    goods_to: Party | None = None
    place: str | None = None
    lines: tuple[DocumentLine, ...]
    taxes: tuple[DocumentTax, ...] = ()
    net: int = 0
    tax: int = 0
    gross: int = 0
    discount: int = 0
    payments: tuple[DocumentPayment, ...] = ()
    due: int = 0
    purchase_order: str | None = None
    terms: Terms | None = None
    corrects: str | None = None
    corrects_day: date | None = None
    reason: str | None = None


class Draft(Struct, frozen=True, kw_only=True):
    """A document that is to be issued."""

    order_id: UUID
    kind: DocumentKind
    cause: str
    facts: Facts
    corrects: UUID | None = None


class Document(Struct, frozen=True, kw_only=True):
    """An issued document."""

    order_id: UUID
    id: UUID
    kind: DocumentKind
    cause: str
    series: str | None = None
    place: int | None = None
    number: str | None = None
    corrects: UUID | None = None
    seller: str
    language: str
    currency: str
    net: int
    tax: int
    gross: int
    facts: Facts
    actor: str
    issued_at: datetime


class UnknownDocument(NotFound):
    """The order has no such document, or none that the actor may see."""

    code = "unknown-document"
    message = "There is no document {document}."


class NothingToDocument(Refused):
    """The order is not so far that it has this document."""

    code = "nothing-to-document"
    message = "There is nothing yet that this document could say."


class FulfilmentNeeded(Invalid):
    """A list of goods is of one fulfilment."""

    code = "fulfilment-needed"
    message = "Say which fulfilment it is for."
