"""Exchanges over HTTP: look what one would mean, ask for it, pay the difference, take it back."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.carts import MOST_UNITS
from torg.kernel import ids
from torg.kernel.http import Body, Call, FromPath, Open, write
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.markets import Code
from torg.orders.api import PaymentChoice, tenders_of
from torg.orders.changes.model import ChangeState
from torg.orders.exchanges import exchange as exchanges
from torg.orders.exchanges.model import Exchange, Exchanged, Taken
from torg.orders.exchanges.views import ExchangePreview, ExchangeView
from torg.orders.model import Intent
from torg.orders.returns.api import CameLine, came_of, id_of
from torg.orders.returns.model import PaidBack
from torg.payments import Gateways, TenderChoice
from torg.pricing import TaxEngines

TAGS = ["returns"]

VariantId = Annotated[str, Meta(pattern="^var_[0-9a-f]{32}$")]
Words = Annotated[str, Meta(min_length=1, max_length=200)]


class TakenLine(Struct, frozen=True, forbid_unknown_fields=True):
    """Goods that the customer takes: sent to her, picked up in a `store`, or carried out where she stands."""

    variant: VariantId
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS)] = 1
    intent: Intent = Intent.ship
    store: Code | None = None


class PreviewExchange(Struct, frozen=True, forbid_unknown_fields=True):
    """What comes back and what is taken for it. With a `store` the old goods lie on its counter, without one they are
    announced; of announced ones only quantity, reason and note count.
    """

    lines: Annotated[list[CameLine], Meta(min_length=1, max_length=200)]
    taken: Annotated[list[TakenLine], Meta(min_length=1, max_length=40)]
    store: Code | None = None
    to: PaidBack = PaidBack.original
    customer: Annotated[str, Meta(pattern="^cus_[0-9a-f]{32}$")] | None = None
    reason: Words | None = None
    overrule: Words | None = None


class ExchangeGoods(PreviewExchange, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same, as was agreed to: `difference` is the preview's, and `payments` pay for it where it is above zero;
    without them the exchange waits to be paid.
    """

    difference: Money
    payments: Annotated[list[PaymentChoice], Meta(max_length=10)] = []


class PayExchange(Struct, frozen=True, forbid_unknown_fields=True):
    """How the difference is paid."""

    payments: Annotated[list[PaymentChoice], Meta(min_length=1, max_length=10)]


def _wanted(
    order: str,
    data: PreviewExchange,
    id: UUID,
    difference: Money | None = None,
    payments: tuple[TenderChoice, ...] = (),
) -> Exchange:
    return Exchange(
        order_id=ids.parse("ord", order),
        id=id,
        came=came_of(data.lines),
        taken=tuple(
            Taken(ids.parse("var", one.variant), one.quantity, one.intent, one.store) for one in data.taken
        ),
        store=data.store,
        to=data.to,
        customer_id=ids.parse("cus", data.customer) if data.customer else None,
        reason=data.reason,
        overrule=data.overrule,
        difference=difference,
        payments=payments,
    )


def _decided(one: Exchanged) -> bool:
    return one.changed.change.state is not ChangeState.waiting


@write(
    "POST",
    "/orders/{order_id:str}/exchanges/preview",
    permission=Open.cart_token,
    summary="Preview an exchange",
    tags=TAGS,
)
async def preview_exchange(
    call: Call, order_id: FromPath[str], data: Body[PreviewExchange]
) -> Response[ExchangePreview]:
    """What comes back, what the new goods cost, and the one difference of both; changes nothing."""
    wanted = _wanted(order_id, data, new_id())
    engines = call.ports.get(TaxEngines)
    return await call.chain(
        lambda: exchanges.look(call.database, engines, wanted, by=call.actor),
        view=ExchangePreview.of,
        status=200,
        decided=lambda _: False,
    )


@write(
    "POST",
    "/orders/{order_id:str}/exchanges",
    permission=Open.cart_token,
    status=201,
    summary="Exchange goods",
    tags=TAGS,
)
async def exchange_goods(
    call: Call, order_id: FromPath[str], data: Body[ExchangeGoods]
) -> Response[ExchangeView]:
    """Give goods back and take others in one act, for the one difference that the preview told.

    At a counter all of it happens at once. What is announced is sent when the old goods have come, or at once, as the
    market's policy says. Where nothing comes of it the order stays as it was and money goes back.
    """
    payments = await tenders_of(call, data.payments)
    wanted = _wanted(order_id, data, id_of(call), data.difference, payments)
    gateways, engines = call.ports.get(Gateways), call.ports.get(TaxEngines)
    return await call.chain(
        lambda: exchanges.exchange(call.database, gateways, engines, wanted, by=call.actor),
        view=ExchangeView.of,
        status=201,
        decided=_decided,
    )


@write(
    "POST",
    "/orders/{order_id:str}/exchanges/{return_id:str}/payments",
    permission=Open.cart_token,
    summary="Pay the difference of an exchange",
    tags=TAGS,
)
async def pay_exchange(
    call: Call, order_id: FromPath[str], return_id: FromPath[str], data: Body[PayExchange]
) -> Response[ExchangeView]:
    """Pay what the new goods cost more than the old ones."""
    order, id = ids.parse("ord", order_id), ids.parse("ret", return_id)
    choices = await tenders_of(call, data.payments)
    gateways, engines = call.ports.get(Gateways), call.ports.get(TaxEngines)
    return await call.chain(
        lambda: exchanges.pay(call.database, gateways, engines, order, id, choices, by=call.actor),
        view=ExchangeView.of,
        decided=_decided,
    )


@write(
    "POST",
    "/orders/{order_id:str}/exchanges/{return_id:str}/withdrawal",
    permission=Open.cart_token,
    summary="Take back an exchange",
    tags=TAGS,
)
async def take_back_exchange(
    call: Call, order_id: FromPath[str], return_id: FromPath[str]
) -> Response[ExchangeView]:
    """Take back an exchange whose new goods have not gone out: what came is given back for, what was announced is
    called off.
    """
    order, id = ids.parse("ord", order_id), ids.parse("ret", return_id)
    gateways = call.ports.get(Gateways)
    return await call.chain(
        lambda: exchanges.take_back(call.database, gateways, order, id, by=call.actor), view=ExchangeView.of
    )


ROUTES = [preview_exchange, exchange_goods, pay_exchange, take_back_exchange]
