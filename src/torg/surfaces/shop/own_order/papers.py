"""The papers of an order as files: receipt, invoice, credit note, return slip, for its customer."""

from typing import Any, Final

from litestar import Response

from torg import orders
from torg.kernel.files import FileStore
from torg.kernel.http import Call, FromPath, Open, read
from torg.kernel.ids import parse, public
from torg.orders import Document
from torg.surfaces.shop.bought import buyer
from torg.surfaces.shop.frame import within
from torg.surfaces.shop.front import Front

HERE: Final = "/{front:str}/{language:str}/order/{order:str}/papers/{paper:str}"


@read(HERE, permission=Open.public, summary="A paper of an order", include_in_schema=False)
async def paper(call: Call, order: FromPath[str], paper: FromPath[str]) -> Response[Any]:
    """A document of an order as PDF, in the language in which it was issued."""

    async def page(at: Front) -> Response[Any]:
        order_id, id = parse("ord", order), parse("doc", paper)
        found = await call.read(lambda tx: orders.document(tx, order_id, id, by=buyer(call, at)))
        return await as_file(call.ports.get(FileStore), found)

    return await within(call, page)


async def as_file(files: FileStore, found: Document) -> Response[Any]:
    """A document as PDF that whoever may see it reads in her browser, and nobody keeps on the way."""
    content = await orders.document_file(files, found, language=None, copy=False)
    name = found.number or public("doc", found.id)
    headers = {
        "Content-Disposition": f'inline; filename="{name}.pdf"',
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response(content, media_type="application/pdf", headers=headers)


ROUTES: list[Any] = [paper]
