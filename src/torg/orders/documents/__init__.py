"""Documents: what is written down for an order, numbered where law asks, as HTML and PDF in six languages.

Owns `documents` and `document_series`. Promises that a document never changes once it is issued, that a number is given
once and none is left out, that the same cause gets the same document, and that bills less credit notes add up to what
the order costs, line by line and rate by rate, to the minor unit. Publishes `document.issued`.
"""

from torg.orders.documents.events import DocumentIssued
from torg.orders.documents.issue import issue, settle
from torg.orders.documents.look import check, document, documents_by_link, documents_of
from torg.orders.documents.model import Document, DocumentKind
from torg.orders.documents.paper import paper_of
from torg.orders.documents.store import Checked, numbers_of

__all__ = [
    "Checked",
    "Document",
    "DocumentIssued",
    "DocumentKind",
    "check",
    "document",
    "documents_by_link",
    "documents_of",
    "issue",
    "numbers_of",
    "paper_of",
    "settle",
]
