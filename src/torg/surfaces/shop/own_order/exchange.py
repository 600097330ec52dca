"""A customer exchanges goods: she says what comes back and what she takes for it, sees the one difference, and agrees.

What is lacking she pays here, what is left goes back to her; both follow from the exchange, which reckons alike for
this page and for what is then done. Until it is done she can take it back.
"""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg import orders
from torg.customers import printed
from torg.kernel.errors import FieldProblem, Invalid, TorgError
from torg.kernel.http import Call, Calling, FromPath, Open, read, write
from torg.kernel.ids import new_id, parse, public
from torg.kernel.money import Money
from torg.kernel.page_forms import FINE, go, read_form
from torg.kernel.problems import status_of
from torg.orders import (
    Came,
    ChangeNotPossible,
    ChangeState,
    DifferenceChanged,
    Exchange,
    Exchanged,
    ExchangePreviewed,
    OrderLine,
    PaidBack,
    Returnable,
    ReturnReason,
    Sent,
)
from torg.payments import Gateways
from torg.pricing import TaxEngines
from torg.surfaces.shop.bought import buyer
from torg.surfaces.shop.checkout_view import means_of
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.shop.own_order import goods, instead
from torg.surfaces.shop.own_order.paying import tenders

HERE: Final = "/{front:str}/{language:str}/order/{order:str}/exchange"
ASKED: Final = (PaidBack.original, PaidBack.store_credit)


class ExchangeForm(Struct, frozen=True):
    """What is the same for all goods; those are said in fields of their own. `agreed` to the `difference` that was
    shown, under an `id` that makes it one exchange, however often it is sent.
    """

    to: PaidBack = PaidBack.original
    note: Annotated[str, Meta(max_length=500)] = ""
    means: Annotated[str, Meta(max_length=80)] = ""
    agreed: Annotated[str, Meta(max_length=4)] = ""
    id: Annotated[str, Meta(max_length=40)] = ""
    difference: Annotated[int, Meta(ge=-(2**53), le=2**53)] = 0


class GoOnForm(Struct, frozen=True):
    """How the difference of an exchange is paid, or (`drop`) that it is not wanted any more."""

    id: Annotated[str, Meta(max_length=40)]
    means: Annotated[str, Meta(max_length=80)] = ""
    drop: Annotated[str, Meta(max_length=4)] = ""


class GoodsMoved(Struct, frozen=True):
    """Goods that come back or go out, and what they are worth."""

    name: str
    units: int
    amount: Money


class ExchangeSeen(Struct, frozen=True):
    """What an exchange would mean: `pay` or `back` is the difference of both, or neither."""

    back: tuple[GoodsMoved, ...]
    taken: tuple[GoodsMoved, ...]
    fee: Money
    difference: int
    pay: Money | None
    given: Money | None
    sent: Sent
    where: str
    store: str


@read(HERE, permission=Open.public, summary="Exchange goods", include_in_schema=False)
async def exchange_page(call: Call, order: FromPath[str]) -> Response[Any]:
    """What may be exchanged, and for what."""
    return await within(call, lambda at: _page(call, at, parse("ord", order)))


@write("POST", HERE, permission=Open.public, summary="Exchange goods", include_in_schema=False)
async def exchange(call: Call, order: FromPath[str]) -> Response[Any]:
    """Show what the exchange would mean; agreed to, ask for it."""

    async def page(at: Front) -> Response[Any]:
        id, by = parse("ord", order), buyer(call, at)
        said = await goods.sent(call.request)
        engines = call.ports.get(TaxEngines)
        moved = False
        try:
            form = await read_form(call.request, ExchangeForm)
            wanted = await _wanted(call, at, id, form, said)
            if form.agreed:
                try:
                    return await _exchanged(call, at, wanted, form)
                except DifferenceChanged:
                    moved = True
            seen = await orders.preview_exchange(call.database, engines, wanted, by=by)
            if seen.worked.problems:
                raise ChangeNotPossible(*seen.worked.problems)
            return await _page(call, at, id, said=said, seen=seen, wanted=wanted, moved=moved)
        except TorgError as error:
            return await _page(call, at, id, said=said, error=error)

    return await within(call, page)


@write("POST", f"{HERE}/go-on", permission=Open.public, summary="Pay an exchange", include_in_schema=False)
async def go_on(call: Call, order: FromPath[str]) -> Response[Any]:
    """Pay the difference of an exchange that waits for it, or take the exchange back."""

    async def page(at: Front) -> Response[Any]:
        id, by = parse("ord", order), buyer(call, at)
        form = await read_form(call.request, GoOnForm)
        return_id, gateways = parse("ret", form.id), call.ports.get(Gateways)
        if form.drop:
            await orders.take_back_exchange(call.database, gateways, id, return_id, by=by)
            return go(at.to("order", order), done="exchange-dropped")
        choices, engines = tenders(call, at, form.means, id), call.ports.get(TaxEngines)
        await call.chain(
            lambda: orders.pay_exchange(call.database, gateways, engines, id, return_id, choices, by=by),
            view=_told,
            decided=_decided,
        )
        return go(at.to("order", order), done="exchanged")

    return await within(call, page)


async def _wanted(call: Calling, at: Front, id: UUID, form: ExchangeForm, said: dict[str, str]) -> Exchange:
    """The exchange that the form asks for; `Invalid` names every field that is wrong."""
    if form.to not in ASKED:
        raise Invalid.of(FieldProblem("to", "unknown-value", "Choose one of these."))
    here = await call.read(lambda tx: orders.returnable(tx, id, by=buyer(call, at)))
    there = await call.read(lambda tx: instead.offered(tx, at, here, said))
    meant = goods.meant(said, instead.exchangeable(here))
    units = {line: many for line, many in meant.items() if many}
    if not units:
        raise Invalid.of(FieldProblem("units", "required", "This field is required."))
    note = form.note.strip() or None
    return Exchange(
        order_id=id,
        id=parse("ret", form.id) if form.agreed else new_id(),
        came=tuple(Came(line, many, goods.reason(line, said), note=note) for line, many in units.items()),
        taken=instead.taken(here, there, units, said),
        to=form.to,
        difference=Money(form.difference, here.order.currency) if form.agreed else None,
        payments=tenders(call, at, form.means, id) if form.means and form.difference > 0 else (),
    )


async def _exchanged(call: Calling, at: Front, wanted: Exchange, form: ExchangeForm) -> Response[Any]:
    gateways, engines = call.ports.get(Gateways), call.ports.get(TaxEngines)
    await call.chain(
        lambda: orders.exchange(call.database, gateways, engines, wanted, by=buyer(call, at)),
        view=_told,
        decided=_decided,
    )
    return go(at.to("order", public("ord", wanted.order_id)), done="exchanged")


def _told(one: Exchanged) -> dict[str, str]:
    return {"state": one.changed.change.state.value}


def _decided(one: Exchanged) -> bool:
    return one.changed.change.state is not ChangeState.waiting


async def _page(
    call: Calling,
    at: Front,
    id: UUID,
    *,
    said: dict[str, str] | None = None,
    seen: ExchangePreviewed | None = None,
    wanted: Exchange | None = None,
    error: TorgError | None = None,
    moved: bool = False,
) -> Response[Any]:
    said = said or {}
    here = await call.read(lambda tx: orders.returnable(tx, id, by=buyer(call, at)))
    there = await call.read(lambda tx: instead.offered(tx, at, here, said))
    await call.read(lambda tx: at.shop.pictures.meet(tx, [line.image for line in here.lines]))
    meant = _meant(at, here, seen, wanted) if seen and wanted else None
    channel = at.shop.atlas.channel(here.order.channel)
    shown = await show(
        call,
        at,
        "order_exchange",
        Way(f"order/{public('ord', id)}/exchange", abroad=True, indexed=False),
        status=status_of(error) if error else 200,
        order=public("ord", id),
        number=here.order.number,
        goods_of=goods.shown(at, here.order, here.lines, instead.exchangeable(here), said),
        instead=instead.shown(here, there, said),
        reasons=[one.value for one in ReturnReason],
        ways=[one.value for one in ASKED] if here.order.customer_id else [],
        meant=meant,
        means=means_of(call, channel, said.get("means", "")) if meant and meant.pay else (),
        moved=moved,
        said=said,
        wrong=goods.told(call.request, error, said) if error else FINE,
        id=public("ret", wanted.id if wanted else new_id()),
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _meant(at: Front, here: Returnable, seen: ExchangePreviewed, wanted: Exchange) -> ExchangeSeen:
    currency, value = here.order.currency, seen.decision.value
    lines = {line.id: line for line in here.lines}
    units = {one.line_id: one.quantity for one in wanted.came}
    new = [line for line in seen.worked.drawn.lines if line.id not in lines]
    store = next((one.store for one in wanted.taken if one.store), None)
    difference = seen.difference
    return ExchangeSeen(
        back=tuple(
            GoodsMoved(_called(lines[id]), units[id], Money(worth.paid.gross, currency))
            for id, worth in value.lines.items()
        ),
        taken=tuple(GoodsMoved(_called(one), one.quantity, Money(one.gross, currency)) for one in new),
        fee=Money(value.fee.gross, currency),
        difference=difference,
        pay=Money(difference, currency) if difference > 0 else None,
        given=Money(-difference, currency) if difference < 0 else None,
        sent=seen.sent,
        where=", ".join(printed(here.order.address)) if here.order.address and not store else "",
        store=at.shop.atlas.store(store).called(at.language) if store else "",
    )


def _called(line: OrderLine) -> str:
    return f"{line.name}, {line.options}" if line.options else line.name


ROUTES: list[Any] = [exchange_page, exchange, go_on]
