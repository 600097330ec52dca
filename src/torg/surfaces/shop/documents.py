"""The documents of an order, opened by the link in its mails without signing in.

A link is sealed for one order and a time: whoever changes it, or comes too late, finds no page.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.response import Redirect

from torg import fulfilment, orders
from torg.kernel.access import Policy
from torg.kernel.database import Transaction
from torg.kernel.files import FileStore
from torg.kernel.http import Call, Calling, FromPath, Open, read
from torg.kernel.ids import parse
from torg.orders import Document, OrderState, Seen
from torg.surfaces.shop.bought_view import papers_of
from torg.surfaces.shop.follow import home_of
from torg.surfaces.shop.frame import UnknownPage, show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.shop.own_order.papers import as_file

HERE: Final = "/{front:str}/{language:str}/documents/{token:str}"


@read("/documents/{token:str}", permission=Open.public, summary="Documents", include_in_schema=False)
async def entrance(call: Call, token: FromPath[str]) -> Response[Any]:
    """Where the links in mails lead: on to the page in the order's shop and language."""
    seen, _ = await _opened(call, token)
    answer: Response[Any] = Redirect(f"{await home_of(call, seen.order)}/documents/{token}", status_code=303)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@read(HERE, permission=Open.public, summary="Documents of an order", include_in_schema=False)
async def documents_page(call: Call, token: FromPath[str]) -> Response[Any]:
    """What was issued for the order so far, each as a file."""

    async def page(at: Front) -> Response[Any]:
        seen, found = await _opened(call, token)
        shown = await show(
            call,
            at,
            "documents",
            Way(f"documents/{token}", abroad=True, indexed=False),
            number=seen.order.number,
            cancelled=seen.order.state is OrderState.cancelled,
            papers=papers_of(found),
            token=token,
        )
        shown.headers["Cache-Control"] = "no-store"
        shown.headers["Referrer-Policy"] = "no-referrer"
        return shown

    return await within(call, page)


@read(f"{HERE}/{{paper:str}}", permission=Open.public, summary="A document", include_in_schema=False)
async def document_file(call: Call, token: FromPath[str], paper: FromPath[str]) -> Response[Any]:
    """One of them as PDF, in the language in which it was issued."""

    async def page(at: Front) -> Response[Any]:
        _, found = await _opened(call, token)
        id = parse("doc", paper)
        wanted = next((one for one in found if one.id == id), None)
        if wanted is None:
            raise UnknownPage()
        return await as_file(call.ports.get(FileStore), wanted)

    return await within(call, page)


async def _opened(call: Calling, token: str) -> tuple[Seen, Sequence[Document]]:
    order_id: UUID | None = fulfilment.opened_documents(
        call.ports.get(Policy), token, call.database.clock.now()
    )
    if order_id is None:
        raise UnknownPage()

    async def look(tx: Transaction) -> tuple[Seen, Sequence[Document]]:
        return await orders.followed(tx, order_id), await orders.documents_by_link(tx, order_id)

    return await call.read(look)


ROUTES: list[Any] = [entrance, documents_page, document_file]
