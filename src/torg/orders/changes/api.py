"""Changes of placed orders over HTTP: look what one would mean, ask for it, pay it, take it back; the history."""

from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.kernel import ids
from torg.kernel.http import Body, Call, FromPath, Open, read, write
from torg.kernel.money import Money
from torg.orders.api import PaymentChoice, tenders_of
from torg.orders.changes import proceed
from torg.orders.changes.actions import Actions
from torg.orders.changes.change import Wish
from torg.orders.changes.model import ChangeState, Prices
from torg.orders.changes.see import changes_of
from torg.orders.changes.views import ChangedView, ChangePreviewView, OrderChangeView
from torg.orders.changes.wait import take_back
from torg.payments import Gateways
from torg.pricing import TaxEngines

TAGS = ["orders"]

Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Payments = Annotated[list[PaymentChoice], Meta(max_length=10)]


class PreviewChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody would like to do to an order, at the prices of its own day or, for staff, at those of `now`."""

    actions: Actions
    prices: Prices = Prices.then


class ChangeOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done to an order, and why. `version` and `expected_total` are those of the preview that was agreed to.

    Where it makes the order dearer, `payments` pay for it; without them it waits to be paid.
    """

    actions: Actions
    version: Version
    expected_total: Money
    reason: Annotated[str, Meta(max_length=200)] = ""
    prices: Prices = Prices.then
    payments: Payments = []


class PayChange(Struct, frozen=True, forbid_unknown_fields=True):
    """How a change is paid for."""

    payments: Annotated[list[PaymentChoice], Meta(min_length=1, max_length=10)]


@write(
    "POST",
    "/orders/{order_id:str}/changes/preview",
    permission=Open.cart_token,
    summary="Preview a change of an order",
    tags=TAGS,
)
async def preview_change(
    call: Call, order_id: FromPath[str], data: Body[PreviewChange]
) -> Response[ChangePreviewView]:
    """What actions would make of a placed order, in goods and money, and what of them is not possible. Nothing changes.

    For staff with the right to change orders; for its customer, or who has its token, as far as its channel lets them.
    """
    id = ids.parse("ord", order_id)
    engines = call.ports.get(TaxEngines)
    return await call.chain(
        lambda: proceed.look(call.database, engines, id, data.actions, data.prices, by=call.actor),
        view=ChangePreviewView.of,
        status=200,
        decided=lambda _: False,
    )


@write(
    "POST",
    "/orders/{order_id:str}/changes",
    permission=Open.cart_token,
    summary="Change an order",
    tags=TAGS,
)
async def change_order(call: Call, order_id: FromPath[str], data: Body[ChangeOrder]) -> Response[ChangedView]:
    """Change a placed order as its preview said. The change is `applied`, or `waiting` until it has been paid.

    What has left, or is being prepared, stays as it is. Goods that come in are held at once, those that go can be sold
    at once; money goes back the way it came. The same wish again gives the same change.
    """
    id = ids.parse("ord", order_id)
    wish = Wish(
        actions=data.actions,
        reason=data.reason,
        prices=data.prices,
        version=data.version,
        expected_total=data.expected_total,
        payments=await tenders_of(call, data.payments),
    )
    gateways, engines = call.ports.get(Gateways), call.ports.get(TaxEngines)
    return await call.chain(
        lambda: proceed.change_order(call.database, gateways, engines, id, wish, by=call.actor),
        view=ChangedView.of,
        decided=lambda changed: changed.change.state is not ChangeState.waiting,
    )


@write(
    "POST",
    "/orders/{order_id:str}/changes/{change_id:str}/payments",
    permission=Open.cart_token,
    summary="Pay a change of an order",
    tags=TAGS,
)
async def pay_change(
    call: Call, order_id: FromPath[str], change_id: FromPath[str], data: Body[PayChange]
) -> Response[ChangedView]:
    """Pay what a waiting change makes dearer; once all of it is paid the order is changed."""
    id, change = ids.parse("ord", order_id), ids.parse("och", change_id)
    choices = await tenders_of(call, data.payments)
    gateways, engines = call.ports.get(Gateways), call.ports.get(TaxEngines)
    return await call.chain(
        lambda: proceed.pay_change(call.database, gateways, engines, id, change, choices, by=call.actor),
        view=ChangedView.of,
        decided=lambda changed: changed.change.state is not ChangeState.waiting,
    )


@write(
    "POST",
    "/orders/{order_id:str}/changes/{change_id:str}/withdrawal",
    permission=Open.cart_token,
    summary="Take back a change of an order",
    tags=TAGS,
)
async def take_back_change(
    call: Call, order_id: FromPath[str], change_id: FromPath[str]
) -> Response[ChangedView]:
    """Take back a change that waits to be paid: the order stays as it is, and what was paid for it goes back."""
    id, change = ids.parse("ord", order_id), ids.parse("och", change_id)
    return await call.write(lambda tx: take_back(tx, id, change, by=call.actor), view=ChangedView.of)


@read(
    "/orders/{order_id:str}/changes",
    permission=Open.cart_token,
    summary="List the changes of an order",
    tags=TAGS,
)
async def list_changes(call: Call, order_id: FromPath[str]) -> list[OrderChangeView]:
    """The history of a placed order: every change with who, why and the order before and after it, the oldest first."""
    id = ids.parse("ord", order_id)
    found = await call.read(lambda tx: changes_of(tx, id, by=call.actor))
    return [OrderChangeView.of(change) for change in found]


ROUTES = [preview_change, change_order, pay_change, take_back_change, list_changes]
