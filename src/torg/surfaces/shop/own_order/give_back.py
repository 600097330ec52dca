"""A customer announces what she gives back: which goods and why, what that gives her, and then it has a number."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg import orders
from torg.kernel.errors import FieldProblem, Invalid, TorgError
from torg.kernel.http import Call, Calling, FromPath, Open, read, write
from torg.kernel.ids import new_id, parse, public
from torg.kernel.money import Money
from torg.kernel.page_forms import FINE, go, read_form
from torg.kernel.problems import status_of
from torg.orders import PaidBack, Returnable, ReturnDecision, ReturnReason, ReturnWish
from torg.surfaces.shop.bought import buyer
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.shop.own_order import goods

HERE: Final = "/{front:str}/{language:str}/order/{order:str}/return"
ASKED: Final = (PaidBack.original, PaidBack.store_credit)


class ReturnForm(Struct, frozen=True):
    """How she is given her money; the goods are said in fields of their own. `agreed` after she saw what comes back."""

    to: PaidBack = PaidBack.original
    note: Annotated[str, Meta(max_length=500)] = ""
    agreed: Annotated[str, Meta(max_length=4)] = ""
    id: Annotated[str, Meta(max_length=40)] = ""


class CallOffForm(Struct, frozen=True):
    """The announced return that comes to nothing."""

    id: Annotated[str, Meta(max_length=40)]


class GivenBackSeen(Struct, frozen=True):
    """What she would be given back."""

    goods: Money
    delivery: Money
    fee: Money
    total: Money
    withdrawal: bool
    gifts: tuple[str, ...]


@read(HERE, permission=Open.public, summary="Give goods back", include_in_schema=False)
async def return_page(call: Call, order: FromPath[str]) -> Response[Any]:
    """What may come back, and until when."""
    return await within(call, lambda at: _page(call, at, parse("ord", order)))


@write("POST", HERE, permission=Open.public, summary="Give goods back", include_in_schema=False)
async def give_back(call: Call, order: FromPath[str]) -> Response[Any]:
    """Show what these goods would give back; agreed to, announce them."""

    async def page(at: Front) -> Response[Any]:
        id, by = parse("ord", order), buyer(call, at)
        said = await goods.sent(call.request)
        try:
            form = await read_form(call.request, ReturnForm)
            here = await call.read(lambda tx: orders.returnable(tx, id, by=by))
            wishes = _wishes(said, here, form)
            if not form.agreed:
                decided = (await call.read(lambda tx: orders.preview_return(tx, id, wishes, by=by)))[1]
                return await _page(call, at, id, said=said, decided=decided)
            return_id = parse("ret", form.id)
            await call.database.run(
                lambda tx: orders.announce_return(tx, id, wishes, to=form.to, id=return_id, by=by),
                actor=str(by),
                repeatable=True,
            )
        except TorgError as error:
            return await _page(call, at, id, said=said, error=error)
        return go(at.to("order", order), done="announced")

    return await within(call, page)


@write("POST", f"{HERE}/call-off", permission=Open.public, summary="Keep them", include_in_schema=False)
async def call_off(call: Call, order: FromPath[str]) -> Response[Any]:
    """She keeps what she had announced."""

    async def page(at: Front) -> Response[Any]:
        id, by = parse("ord", order), buyer(call, at)
        form = await read_form(call.request, CallOffForm)
        return_id = parse("ret", form.id)
        await call.database.run(
            lambda tx: orders.call_off_return(tx, id, return_id, by=by), actor=str(by), repeatable=True
        )
        return go(at.to("order", order), done="kept")

    return await within(call, page)


def _wishes(said: Mapping[str, str], here: Returnable, form: ReturnForm) -> list[ReturnWish]:
    if form.to not in ASKED:
        raise Invalid.of(FieldProblem("to", "unknown-value", "Choose one of these."))
    wishes = []
    for line, units in goods.meant(said, goods.most(here)).items():
        if units:
            wishes.append(ReturnWish(line, units, goods.reason(line, said), form.note.strip() or None))
    if not wishes:
        raise Invalid.of(FieldProblem("units", "required", "This field is required."))
    return wishes


async def _page(
    call: Calling,
    at: Front,
    id: UUID,
    *,
    said: dict[str, str] | None = None,
    decided: ReturnDecision | None = None,
    error: TorgError | None = None,
) -> Response[Any]:
    here = await call.read(lambda tx: orders.returnable(tx, id, by=buyer(call, at)))
    await call.read(lambda tx: at.shop.pictures.meet(tx, [line.image for line in here.lines]))
    told = goods.told(call.request, error, said or {}) if error else FINE
    days = (here.windows.withdraw_until, here.windows.return_until)
    said = said or {}
    shown = await show(
        call,
        at,
        "order_return",
        Way(f"order/{public('ord', id)}/return", abroad=True, indexed=False),
        status=status_of(error) if error else 200,
        order=public("ord", id),
        number=here.order.number,
        until=max((day for day in days if day is not None and day.year < 9000), default=None),
        goods_of=goods.shown(at, here.order, here.lines, goods.most(here), said),
        reasons=[one.value for one in ReturnReason],
        ways=[one.value for one in ASKED] if here.order.customer_id else [],
        given=_given(here, decided) if decided else None,
        said=said,
        wrong=told,
        id=public("ret", new_id()),
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _given(here: Returnable, decided: ReturnDecision) -> GivenBackSeen:
    value, currency = decided.value, here.order.currency
    return GivenBackSeen(
        Money(sum(one.paid.gross for one in value.lines.values()), currency),
        Money(value.delivery.gross, currency),
        Money(value.fee.gross, currency),
        Money(value.total.gross, currency),
        decided.withdrawal,
        tuple(line.name for line in here.lines if line.gift and line.id not in value.lines),
    )


ROUTES: list[Any] = [return_page, give_back, call_off]
