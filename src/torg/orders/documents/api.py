"""Documents over HTTP: what an order has, as HTML and PDF, and issuing on demand."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import FromQuery, QueryParameter
from msgspec import Meta, Struct

from torg.kernel import ids
from torg.kernel.files import FileStore
from torg.kernel.http import Body, Call, FromPath, Open, read, write
from torg.kernel.paper import STYLE_HASH, html
from torg.orders.documents.issue import issue
from torg.orders.documents.look import document, documents_of, file_of
from torg.orders.documents.model import Document, DocumentKind
from torg.orders.documents.paper import paper_of
from torg.orders.documents.views import Documents, DocumentView
from torg.permissions import Permission

TAGS = ["documents"]
POLICY = f"default-src 'none'; style-src '{STYLE_HASH}'; sandbox"
PRIVATE = "private, no-store"

Language = Annotated[
    str | None,
    QueryParameter(
        pattern="^(nb|sv|da|en|de|ja)$",
        description="Another language than the document's own; it is marked as a copy then.",
    ),
]


class IssueDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """Which document; a packing or pick list is of one `fulfilment`."""

    kind: DocumentKind
    fulfilment: Annotated[str, Meta(max_length=40)] | None = None


@read(
    "/orders/{order_id:str}/documents",
    permission=Open.cart_token,
    summary="Documents of an order",
    tags=TAGS,
)
async def list_documents(call: Call, order_id: FromPath[str]) -> Documents:
    """What was issued for an order; for its customer, who has its token, and staff."""
    id = ids.parse("ord", order_id)
    found = await call.read(lambda tx: documents_of(tx, id, by=call.actor))
    return Documents([DocumentView.of(one) for one in found])


@write(
    "POST",
    "/orders/{order_id:str}/documents",
    permission=Permission.orders_document,
    summary="Issue a document",
    tags=TAGS,
)
async def issue_document(
    call: Call, order_id: FromPath[str], data: Body[IssueDocument]
) -> Response[DocumentView]:
    """The document of this kind, issued now if it was not before: the same cause gets the same document and number."""
    id = ids.parse("ord", order_id)
    sent = ids.parse("ful", data.fulfilment) if data.fulfilment else None
    return await call.write(
        lambda tx: issue(tx, id, data.kind, fulfilment_id=sent, by=call.actor), view=DocumentView.of
    )


@read(
    "/orders/{order_id:str}/documents/{document_id:str}/pdf",
    permission=Open.cart_token,
    summary="A document as PDF",
    tags=TAGS,
    media_type="application/pdf",
)
async def read_pdf(
    call: Call,
    order_id: FromPath[str],
    document_id: FromPath[str],
    language: Language = None,
    copy: FromQuery[bool] = False,
) -> Response[bytes]:
    """A document as PDF/A; with `copy` it is marked as one."""
    found = await _found(call, order_id, document_id)
    content = await file_of(call.ports.get(FileStore), found, language=language, copy=copy)
    name = found.number or ids.public("doc", found.id)
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": PRIVATE}
    return Response(content, media_type="application/pdf", headers=headers)


@read(
    "/orders/{order_id:str}/documents/{document_id:str}/html",
    permission=Open.cart_token,
    summary="A document as HTML",
    tags=TAGS,
    media_type="text/html",
)
async def read_html(
    call: Call,
    order_id: FromPath[str],
    document_id: FromPath[str],
    language: Language = None,
    copy: FromQuery[bool] = False,
) -> Response[str]:
    """A document as a page that stands by itself; with `copy` it is marked as one."""
    found = await _found(call, order_id, document_id)
    page = html(paper_of(found, language=language, copy=copy))
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": PRIVATE}
    return Response(page, media_type="text/html", headers=headers)


async def _found(call: Call, order_id: str, document_id: str) -> Document:
    order: UUID = ids.parse("ord", order_id)
    id: UUID = ids.parse("doc", document_id)
    return await call.read(lambda tx: document(tx, order, id, by=call.actor))


ROUTES = [list_documents, issue_document, read_pdf, read_html]
