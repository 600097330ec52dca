"""A customer changes her order, as long as nobody works on it: fewer goods, another address, or none of it.

What the change would mean is shown with its money first; agreed to, it is done for the total that was shown. What makes
the order dearer waits until it is paid.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from msgspec import Meta, Struct
from msgspec.structs import asdict, replace

from torg import orders
from torg.customers import Address
from torg.kernel.access import browser
from torg.kernel.errors import FieldProblem, Invalid, TorgError
from torg.kernel.http import Call, Calling, FromPath, Open, read, write
from torg.kernel.ids import parse, public
from torg.kernel.money import Money
from torg.kernel.page_forms import FINE, Wrong, go, read_form, wrong
from torg.kernel.problems import status_of
from torg.markets import ByCustomer
from torg.orders import (
    Action,
    Changed,
    ChangeNotPossible,
    OnlyByStaff,
    Order,
    Prices,
    RemoveLine,
    Seen,
    SetAddress,
    SetContact,
    SetQuantity,
    TotalChanged,
    Wish,
    WorkedOut,
)
from torg.payments import Gateways
from torg.pricing import TaxEngines
from torg.surfaces.shop.bought import buyer
from torg.surfaces.shop.checkout_view import COMPLETE, FieldSeen, fields_of, means_of
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.shop.own_order import goods
from torg.surfaces.shop.own_order.paying import tenders

HERE: Final = "/{front:str}/{language:str}/order/{order:str}"
Word = Annotated[str, Meta(max_length=120)]


class ChangeForm(Struct, frozen=True):
    """The order as it should be; how many of each line is said in fields of their own.

    `agreed` once she saw what it means: for `total`, decided on `version`.
    """

    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    name: Word = ""
    street: Annotated[str, Meta(max_length=400)] = ""
    district: Word = ""
    city: Word = ""
    region: Word = ""
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    means: Annotated[str, Meta(max_length=80)] = ""
    agreed: Annotated[str, Meta(max_length=4)] = ""
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] = 1
    total: Annotated[int, Meta(ge=0, le=2**53 - 1)] = 0


class PayForm(Struct, frozen=True):
    """How a change that waits is paid, or (`drop`) that it is not wanted any more."""

    change: Annotated[str, Meta(max_length=40)]
    means: Annotated[str, Meta(max_length=80)] = ""
    drop: Annotated[str, Meta(max_length=4)] = ""


class MeantSeen(Struct, frozen=True):
    """What a change would mean; `less` is not taken at all, where the money was only set aside."""

    before: Money
    after: Money
    collect: Money
    give_back: Money
    less: Money | None
    version: int


@read(f"{HERE}/change", permission=Open.public, summary="Change an order", include_in_schema=False)
async def change_page(call: Call, order: FromPath[str]) -> Response[Any]:
    """The order as it is, in fields."""
    return await within(call, lambda at: _page(call, at, parse("ord", order)))


@write("POST", f"{HERE}/change", permission=Open.public, summary="Change an order", include_in_schema=False)
async def change(call: Call, order: FromPath[str]) -> Response[Any]:
    """Show what the change would mean; agreed to, do it."""

    async def page(at: Front) -> Response[Any]:
        id, by = parse("ord", order), buyer(call, at)
        said = await goods.sent(call.request)
        try:
            form = await read_form(call.request, ChangeForm)
            found = await call.read(lambda tx: orders.see(tx, id, by=by))
            actions = _actions(found, form, said)
            if not actions and form.agreed and found.order.version > form.version:
                return go(at.to("order", order), done="changed")  # the same button, pressed again
            if not actions:
                raise Invalid.of(FieldProblem("units", "nothing-changes", "Nothing would change."))
            if not form.agreed:
                worked = await _worked(call, at, id, actions)
                return await _page(call, at, id, said=said, worked=worked)
            return await _changed(call, at, found.order, form, actions)
        except TotalChanged:
            worked = await _worked(call, at, id, actions)
            return await _page(call, at, id, said=said, worked=worked, moved=True)
        except TorgError as error:
            return await _page(call, at, id, said=said, error=error)

    return await within(call, page)


@write("POST", f"{HERE}/pay", permission=Open.public, summary="Pay a change", include_in_schema=False)
async def pay(call: Call, order: FromPath[str]) -> Response[Any]:
    """Pay a change that waits for its money, or take it back."""

    async def page(at: Front) -> Response[Any]:
        id, by = parse("ord", order), buyer(call, at)
        form = await read_form(call.request, PayForm)
        change_id = parse("och", form.change)
        if form.drop:
            await call.database.run(
                lambda tx: orders.take_back_change(tx, id, change_id, by=by), actor=str(by), repeatable=True
            )
            return go(at.to("order", order), done="dropped")
        choices = tenders(call, at, form.means, id)
        gateways, engines = call.ports.get(Gateways), call.ports.get(TaxEngines)
        answer: Response[Any] = await call.chain(
            lambda: orders.pay_change(call.database, gateways, engines, id, change_id, choices, by=by),
            view=_told,
            decided=lambda done: not done.change.payments or done.change.ended_at is not None,
        )
        return _on(at, id, answer)

    return await within(call, page)


@write("POST", f"{HERE}/cancel", permission=Open.public, summary="Cancel an order", include_in_schema=False)
async def cancel(call: Call, order: FromPath[str]) -> Response[Any]:
    """Cancel the whole order, as long as nobody works on it."""

    async def page(at: Front) -> Response[Any]:
        id, by = parse("ord", order), buyer(call, at)
        browser.require_own_origin(call.request)
        try:
            await call.database.run(
                lambda tx: orders.cancel_own(tx, id, by=by), actor=str(by), repeatable=True
            )
        except OnlyByStaff as error:
            return await _page(call, at, id, error=error)
        return go(at.to("order", order), done="cancelled")

    return await within(call, page)


def _actions(found: Seen, form: ChangeForm, said: Mapping[str, str]) -> tuple[Action, ...]:
    """What is different in the form from how the order is."""
    order = found.order
    wished = goods.meant(said, {line.id: line.quantity for line in found.lines})
    actions: list[Action] = []
    for line in found.lines:
        units = wished.get(line.id, line.quantity)
        name = public("lin", line.id)
        if units != line.quantity and line.gift is None:
            actions.append(SetQuantity(line=name, quantity=units) if units else RemoveLine(line=name))
    if "street" in said and order.address is not None:
        before = _plain(order.address)
        wanted = replace(before, **{name: getattr(form, name) for name in ("name", *COMPLETE)})
        if wanted != before:
            actions.append(SetAddress(delivery=wanted))
    if "email" in said:
        reached: dict[str, str] = {}
        if form.email.strip().lower() != (order.email or "").lower() and form.email.strip():
            reached["email"] = form.email.strip()
        if form.phone.strip() != (order.phone or "") and form.phone.strip():
            reached["phone"] = form.phone.strip()
        if reached:
            actions.append(SetContact(**reached))
    return tuple(actions)


def _plain(address: Address) -> Address:
    """The address as the form says it: its street in one line."""
    return replace(address, street=", ".join(address.street.splitlines()))


async def _worked(call: Calling, at: Front, id: UUID, actions: tuple[Action, ...]) -> WorkedOut:
    by, engines = buyer(call, at), call.ports.get(TaxEngines)
    worked = await orders.preview_change(call.database, engines, id, actions, Prices.then, by=by)
    if worked.problems:
        raise ChangeNotPossible.of(*worked.problems)
    return worked


async def _changed(
    call: Calling, at: Front, order: Order, form: ChangeForm, actions: tuple[Action, ...]
) -> Response[Any]:
    wish = Wish(
        actions=actions,
        version=form.version,
        expected_total=Money(form.total, order.currency),
        payments=tenders(call, at, form.means, order.order_id) if form.means else (),
    )
    gateways, engines = call.ports.get(Gateways), call.ports.get(TaxEngines)
    answer: Response[Any] = await call.chain(
        lambda: orders.change_order(
            call.database, gateways, engines, order.order_id, wish, by=buyer(call, at)
        ),
        view=_told,
        decided=lambda done: done.change.ended_at is not None,
    )
    return _on(at, order.order_id, answer)


def _told(changed: Changed) -> dict[str, Any]:
    return {"state": changed.change.state.value}


def _on(at: Front, id: UUID, answer: Response[Any]) -> Response[Any]:
    waits = msgspec.json.decode(answer.content)["state"] == "waiting"
    return go(at.to("order", public("ord", id)), done="pay" if waits else "changed")


async def _page(
    call: Calling,
    at: Front,
    id: UUID,
    *,
    said: dict[str, str] | None = None,
    worked: WorkedOut | None = None,
    error: TorgError | None = None,
    moved: bool = False,
) -> Response[Any]:
    found = await call.read(lambda tx: orders.see(tx, id, by=buyer(call, at)))
    order = found.order
    channel = at.shop.atlas.channel(order.channel)
    may = orders.open_to_customer(order, found.lines, found.fulfilments, channel)
    if not may and error is None:
        error = OnlyByStaff()
    await call.read(lambda tx: at.shop.pictures.meet(tx, [line.image for line in found.lines]))
    said = said or {}
    shown = await show(
        call,
        at,
        "order_change",
        Way(f"order/{public('ord', id)}/change", abroad=True, indexed=False),
        status=status_of(error) if error else 200,
        order=public("ord", id),
        number=order.number,
        cancels=ByCustomer.lines in may,
        meant=_meant(worked) if worked else None,
        means=means_of(call, channel, said.get("means", "")) if worked and worked.money.collect else (),
        moved=moved,
        said=said,
        wrong=_wrong(call, error) if error else FINE,
        **_asked(at, found, may, said),
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _asked(at: Front, found: Seen, may: frozenset[ByCustomer], said: Mapping[str, str]) -> dict[str, Any]:
    """The fields of what may be changed, as it is or as she has just said."""
    order, lines = found.order, found.lines
    most = {line.id: line.quantity for line in lines if line.gift is None and ByCustomer.lines in may}
    there = order.address if ByCustomer.address in may else None
    return {
        "goods_of": goods.shown(at, order, lines, most, said, all_at_first=True),
        "address": _fields(there, said) if there else (),
        "name": said.get("name", there.name if there else ""),
        "reached": _reached(order, said) if ByCustomer.contact in may else None,
    }


def _fields(address: Address, said: Mapping[str, str]) -> tuple[FieldSeen, ...]:
    return fields_of(address.country, {**asdict(_plain(address)), **said})


def _reached(order: Order, said: Mapping[str, str]) -> dict[str, str]:
    return {"email": said.get("email", order.email or ""), "phone": said.get("phone", order.phone or "")}


def _meant(worked: WorkedOut) -> MeantSeen:
    currency = worked.order.currency
    less = worked.order.gross - worked.drawn.order.gross - worked.money.give_back
    return MeantSeen(
        worked.order.total,
        worked.drawn.order.total,
        Money(worked.money.collect, currency),
        Money(worked.money.give_back, currency),
        Money(less, currency) if less > 0 else None,
        worked.order.version,
    )


def _wrong(call: Calling, error: TorgError) -> Wrong:
    """Fields by the names that they have on this page; what belongs to none of them is told once, above."""
    told = wrong(call.request, error)
    fields = {name.rpartition(".")[2]: text for name, text in told.fields.items()}
    return Wrong(told.told, fields)


ROUTES: list[Any] = [change_page, change, pay, cancel]
