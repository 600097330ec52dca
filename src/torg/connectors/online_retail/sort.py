"""What the lines of one invoice are: sold, given back, charged for delivery, or an amount that belongs to no goods.

Pure. The file says it in three ways, which must agree: the invoice's letter (C gives back, A adjusts the books), the
sign of the quantity, and whether there is a price.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, field

from torg.connectors.online_retail.book import Line
from torg.connectors.online_retail.model import DELIVERY, ENTRIES, EntryKind

OTHER_CUSTOMER: Final = "is another than on the invoice's first line"
NOT_GOODS: Final = "names goods, but an invoice with A adjusts the books"
PRICE_BELOW_ZERO: Final = "is below zero for goods"
SELLS_LESS: Final = "is below zero, but only an invoice with C gives back"
GIVES_MORE: Final = "is above zero, but an invoice with C gives back"


class Document(Struct):
    """An invoice, sorted. It is an order when something was sold, a return when something was given back."""

    number: str
    at: datetime
    customer: int
    country: str
    sold: list[Line] = field(default_factory=list)
    returned: list[Line] = field(default_factory=list)
    charges: list[Line] = field(default_factory=list)
    entries: list[tuple[EntryKind, Line]] = field(default_factory=list)
    refused: list[tuple[Line, str, str]] = field(default_factory=list)

    @property
    def gives_back(self) -> bool:
        """Whether its charges for delivery are given back."""
        return self.number.startswith("C")


def sort(lines: Sequence[Line]) -> Document:
    """The invoice that these lines make; what contradicts itself is refused with the field and the reason."""
    first = lines[0]
    document = Document(first.invoice, min(line.at for line in lines), first.customer, first.country)
    unpriced = not first.customer and all(line.price == 0 for line in lines)
    for line in lines:
        if line.customer != first.customer:
            document.refused.append((line, "CustomerID", OTHER_CUSTOMER))
        elif line.country != first.country:
            document.refused.append((line, "Country", OTHER_CUSTOMER))
        elif line.code in ENTRIES:
            document.entries.append((ENTRIES[line.code], line))
        elif line.code in DELIVERY:
            document.charges.append(line)
        else:
            _goods(document, line, unpriced)
    _charges(document)
    return document


def _goods(document: Document, line: Line, unpriced: bool) -> None:
    credit = document.gives_back
    if line.price < 0:
        document.refused.append((line, "UnitPrice", PRICE_BELOW_ZERO))
    elif line.quantity < 0 and credit:
        document.returned.append(line)
    elif line.quantity > 0 and credit:
        document.refused.append((line, "Quantity", GIVES_MORE))
    elif line.price == 0 and (unpriced or line.quantity < 0):
        document.entries.append((EntryKind.stock, line))
    elif document.number.startswith("A"):
        document.refused.append((line, "StockCode", NOT_GOODS))
    elif line.quantity < 0:
        document.refused.append((line, "Quantity", SELLS_LESS))
    else:
        document.sold.append(line)


def _charges(document: Document) -> None:
    """Charges for delivery belong to the goods that were delivered, or brought back; else they stand apart."""
    kept: list[Line] = []
    for line in document.charges:
        back = line.amount < 0
        at_home = document.returned if document.gives_back else document.sold
        if at_home and back is document.gives_back:
            kept.append(line)
        else:
            document.entries.append((EntryKind.delivery, line))
    document.charges = kept
