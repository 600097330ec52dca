"""A customer says that something is wrong with what came, or that it did not come."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg import orders
from torg.kernel.errors import FieldProblem, Invalid, TorgError
from torg.kernel.http import Call, Calling, FromPath, Open, read, write
from torg.kernel.ids import new_id, parse, public
from torg.kernel.page_forms import FINE, Wrong, go, read_form, wrong
from torg.kernel.problems import status_of
from torg.orders import ClaimKind, ClaimLine, OrderState, UnknownOrder
from torg.surfaces.shop.bought import buyer
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.shop.own_order import goods

HERE: Final = "/{front:str}/{language:str}/order/{order:str}/claim"


class ClaimForm(Struct, frozen=True):
    """What is wrong; with which goods is said in fields of their own. `id` makes it one claim, however often sent."""

    kind: ClaimKind
    id: Annotated[str, Meta(max_length=40)]
    note: Annotated[str, Meta(max_length=500)] = ""


@read(HERE, permission=Open.public, summary="Complain of goods", include_in_schema=False)
async def claim_page(call: Call, order: FromPath[str]) -> Response[Any]:
    """What was bought, to say of it what is wrong."""
    return await within(call, lambda at: _page(call, at, parse("ord", order)))


@write("POST", HERE, permission=Open.public, summary="Complain of goods", include_in_schema=False)
async def complain(call: Call, order: FromPath[str]) -> Response[Any]:
    """Write the claim down, for staff to decide."""

    async def page(at: Front) -> Response[Any]:
        id, by = parse("ord", order), buyer(call, at)
        said = await goods.sent(call.request)
        try:
            form = await read_form(call.request, ClaimForm)
            found = await call.read(lambda tx: orders.see(tx, id, by=by))
            meant = goods.meant(said, {line.id: line.quantity for line in found.lines})
            lines = [ClaimLine(line, units) for line, units in meant.items() if units]
            if not lines:
                raise Invalid.of(FieldProblem("units", "required", "This field is required."))
            claim_id = parse("clm", form.id)
            await call.database.run(
                lambda tx: orders.open_claim(
                    tx, id, form.kind, lines, note=form.note.strip() or None, id=claim_id, by=by
                ),
                actor=str(by),
                repeatable=True,
            )
        except TorgError as error:
            return await _page(call, at, id, said=said, error=error)
        return go(at.to("order", order), done="claimed")

    return await within(call, page)


async def _page(
    call: Calling,
    at: Front,
    id: UUID,
    *,
    said: dict[str, str] | None = None,
    error: TorgError | None = None,
) -> Response[Any]:
    found = await call.read(lambda tx: orders.see(tx, id, by=buyer(call, at)))
    if found.order.state is not OrderState.placed:
        raise UnknownOrder(order=public("ord", id))
    await call.read(lambda tx: at.shop.pictures.meet(tx, [line.image for line in found.lines]))
    told: Wrong = wrong(call.request, error) if error else FINE
    said = said or {}
    shown = await show(
        call,
        at,
        "order_claim",
        Way(f"order/{public('ord', id)}/claim", abroad=True, indexed=False),
        status=status_of(error) if error else 200,
        order=public("ord", id),
        number=found.order.number,
        goods_of=goods.shown(at, found.order, found.lines, {x.id: x.quantity for x in found.lines}, said),
        kinds=[one.value for one in ClaimKind],
        said=said,
        wrong=told,
        id=public("clm", new_id()),
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


ROUTES: list[Any] = [claim_page, complain]
