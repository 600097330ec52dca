"""Withdraw from a contract here: a statement of three fields, shown once more, confirmed, and acknowledged.

Directive 2011/83/EU, article 11a. It stands at the foot of every page and on the page of each order, asks for nothing
but who she is, which order it is and where the acknowledgement goes, and says the same whether or not there is such
an order.
"""

from typing import Annotated, Any, Final

import msgspec
from litestar import Response
from msgspec import Meta, Struct

from torg import orders
from torg.kernel.access.browser import address_of
from torg.kernel.errors import NotFound, TorgError
from torg.kernel.http import Call, Calling, Open, QueryParameter, read, write
from torg.kernel.ids import UnknownId, new_id, parse
from torg.kernel.page_forms import FINE, Wrong, read_form, wrong
from torg.kernel.problems import status_of
from torg.orders import Statement, Withdrawal
from torg.surfaces.shop.bought import buyer
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way

WITHDRAWAL: Final = Way("withdrawal", abroad=True, indexed=False)
HERE: Final = "/{front:str}/{language:str}/withdrawal"
LABELS: Final = {
    "name": "shop.withdrawal.name",
    "number": "shop.withdrawal.number",
    "email": "shop.withdrawal.email",
    "message": "shop.withdrawal.message",
}


class WithdrawalForm(Struct, frozen=True):
    """The statement; it is `confirmed` on the page that shows it once more, where it has an `id` of its own."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    number: Annotated[str, Meta(min_length=1, max_length=40)]
    email: Annotated[str, Meta(min_length=3, max_length=254, pattern="^[^@\\s]+@[^@\\s]+$")]
    message: Annotated[str, Meta(max_length=1000)] = ""
    confirmed: Annotated[str, Meta(max_length=4)] = ""
    id: Annotated[str, Meta(max_length=40)] = ""


@read(HERE, permission=Open.public, summary="Withdraw from a contract", include_in_schema=False)
async def withdrawal_page(
    call: Call, order: Annotated[str, QueryParameter(max_length=40)] = ""
) -> Response[Any]:
    """The fields of a statement, filled in where the order is known to be the reader's."""

    async def page(at: Front) -> Response[Any]:
        return await _page(call, at, said=await _known(call, at, order))

    return await within(call, page)


async def _known(call: Calling, at: Front, order: str) -> dict[str, str]:
    if not order:
        return {}
    try:
        found = await call.read(lambda tx: orders.see(tx, parse("ord", order), by=buyer(call, at)))
    except (NotFound, UnknownId):
        return {}  # somebody else's order fills in nothing
    known = found.order
    return {"name": known.name, "number": known.number or "", "email": known.email or ""}


@write("POST", HERE, permission=Open.public, summary="Withdraw", include_in_schema=False)
async def withdraw(call: Call) -> Response[Any]:
    """Show the statement once more; confirmed, take it, and say when it came."""

    async def page(at: Front) -> Response[Any]:
        sent = {name: text for name, text in (await call.request.form()).items() if isinstance(text, str)}
        try:
            form = await read_form(call.request, WithdrawalForm)
            if not form.confirmed:
                return await _page(call, at, "confirm", said=msgspec.structs.asdict(form))
            stated = await _stated(call, at, form)
        except TorgError as error:
            told, status = wrong(call.request, error), status_of(error)
            return await _page(call, at, said=sent, wrongs=told, status=status)
        return await _page(call, at, "done", said=msgspec.structs.asdict(form), stated=stated)

    return await within(call, page)


async def _stated(call: Calling, at: Front, form: WithdrawalForm) -> Withdrawal:
    said = Statement(
        number=form.number,
        name=form.name,
        email=form.email,
        message=form.message or None,
        language=at.language,
        market=at.shop.market.code,
    )
    id = parse("wdr", form.id)
    by = buyer(call, at)
    return await orders.state_withdrawal(call.database, said, id=id, address=address_of(call.request), by=by)


async def _page(
    call: Calling,
    at: Front,
    step: str = "ask",
    *,
    said: dict[str, str],
    wrongs: Wrong = FINE,
    stated: Withdrawal | None = None,
    status: int = 200,
) -> Response[Any]:
    shown = await show(
        call,
        at,
        "withdrawal",
        WITHDRAWAL,
        status=status,
        step=step,
        said=said,
        wrong=wrongs,
        labels=LABELS,
        stated=stated,
        id=f"wdr_{new_id().hex}",
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


ROUTES: list[Any] = [withdrawal_page, withdraw]
