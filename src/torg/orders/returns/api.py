"""Returns over HTTP: announced by customers, taken back by staff in any place, with a preview of the money."""

from typing import Annotated
from uuid import UUID, uuid5

from litestar import Response
from msgspec import Meta, Struct

from torg.fulfilment import Carriers, LabelFormat
from torg.inventory import MOST_UNITS
from torg.kernel import ids
from torg.kernel.http import Body, Call, FromPath, Open, QueryParameter, read, write
from torg.kernel.ids import new_id
from torg.markets import Code
from torg.orders.returns import announce, end, find, label, receive, resettle, set_policy, take_back
from torg.orders.returns.model import Came, Condition, PaidBack, ReturnReason, Wish
from torg.orders.returns.policy import ReturnPolicy
from torg.orders.returns.receive import Reception
from torg.orders.returns.views import Returnable, ReturnLabelView, ReturnPreview, ReturnView
from torg.payments import Gateways
from torg.permissions import Permission

TAGS = ["returns"]
PRINTED = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}
ONCE = UUID("0198aaaa-0000-7000-8000-000000001600")

LineId = Annotated[str, Meta(pattern="^lin_[0-9a-f]{32}$")]
Units = Annotated[int, Meta(ge=1, le=MOST_UNITS)]
NoOrUnits = Annotated[int, Meta(ge=0, le=MOST_UNITS)]
Words = Annotated[str, Meta(min_length=1, max_length=500)]


class WishedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a line that the customer gives back, and why."""

    line: LineId
    quantity: Units
    reason: ReturnReason = ReturnReason.changed_mind
    note: Words | None = None


class AnnounceReturn(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to come back; the money goes back as it was paid, or becomes store credit where she wishes that."""

    lines: Annotated[list[WishedLine], Meta(min_length=1, max_length=200)]
    to: PaidBack = PaidBack.original


class CameLine(Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a line: `quantity` are taken back, `rejected` are not, for a reason that the customer is told.

    What is taken back goes on its shelf, or beside it where `restock` is false. `deduction` is kept for what goods lost
    by being used, and its `note` says why.
    """

    line: LineId
    quantity: NoOrUnits
    reason: ReturnReason | None = None
    condition: Condition = Condition.unopened
    restock: bool = True
    rejected: NoOrUnits = 0
    rejection: Words | None = None
    deduction: Annotated[int, Meta(ge=0, le=2**53 - 1, description="Minor units.")] = 0
    note: Words | None = None


class ReceiveReturn(Struct, frozen=True, forbid_unknown_fields=True):
    """What came back to a store, or to a location that is no store's; `overrule` says why the policy does not hold."""

    lines: Annotated[list[CameLine], Meta(min_length=1, max_length=200)]
    store: Code | None = None
    location: Code | None = None
    to: PaidBack | None = None
    customer: Annotated[str, Meta(pattern="^cus_[0-9a-f]{32}$")] | None = None
    reason: Words | None = None
    overrule: Words | None = None


class RefuseReturn(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an announced return is not taken."""

    reason: Words


class SettleReturn(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the money of a return goes whose first way did not work."""

    to: PaidBack
    customer: Annotated[str, Meta(pattern="^cus_[0-9a-f]{32}$")] | None = None


class PolicyView(Struct, frozen=True):
    """What a market takes back."""

    market: str
    policy: ReturnPolicy


class ChangePolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """A market's policy as a whole; `version` is the one that the change was decided on."""

    policy: ReturnPolicy
    version: Annotated[int, Meta(ge=1, le=2_147_483_647)] | None = None


def id_of(call: Call) -> UUID:
    """The id that a caller's Idempotency-Key supplies, so that a repeated call finds what the first one began."""
    key = call.request.headers.get("idempotency-key")
    return uuid5(ONCE, f"{call.actor}\n{call.request.url.path}\n{key}") if key else new_id()


def _wishes(lines: list[WishedLine]) -> list[Wish]:
    return [Wish(ids.parse("lin", one.line), one.quantity, one.reason, one.note) for one in lines]


def came_of(lines: list[CameLine]) -> tuple[Came, ...]:
    """What came, as returns know it."""
    return tuple(
        Came(
            ids.parse("lin", one.line),
            one.quantity,
            one.reason,
            one.condition,
            one.restock,
            one.rejected,
            one.rejection,
            one.deduction,
            one.note,
        )
        for one in lines
    )


def _reception(order: str, data: ReceiveReturn, id: UUID, *, announced: bool) -> Reception:
    return Reception(
        order_id=ids.parse("ord", order),
        id=id,
        announced=announced,
        store=data.store,
        location=data.location,
        came=came_of(data.lines),
        to=data.to,
        customer_id=ids.parse("cus", data.customer) if data.customer else None,
        reason=data.reason,
        overrule=data.overrule,
    )


@write(
    "POST",
    "/orders/{order_id:str}/returns",
    permission=Open.cart_token,
    status=201,
    summary="Announce a return",
    tags=TAGS,
)
async def announce_return(
    call: Call, order_id: FromPath[str], data: Body[AnnounceReturn]
) -> Response[ReturnView]:
    """Say what comes back and why; the answer's number goes on the parcel, or is shown in any store."""
    id, key = ids.parse("ord", order_id), id_of(call)
    return await call.write(
        lambda tx: announce.announce(tx, id, _wishes(data.lines), to=data.to, id=key, by=call.actor),
        view=ReturnView.of,
    )


@write(
    "POST",
    "/orders/{order_id:str}/returns/preview",
    permission=Open.cart_token,
    status=200,
    summary="What a return would give back",
    tags=TAGS,
)
async def preview_return(
    call: Call, order_id: FromPath[str], data: Body[AnnounceReturn]
) -> Response[ReturnPreview]:
    """What would be given back if these units came unhurt; changes nothing."""
    id = ids.parse("ord", order_id)
    seen = await call.read(lambda tx: announce.preview(tx, id, _wishes(data.lines), by=call.actor))
    return Response(find.preview(*seen), status_code=200)


@write(
    "POST",
    "/orders/{order_id:str}/returns/{return_id:str}/call-off",
    permission=Open.cart_token,
    summary="Call a return off",
    tags=TAGS,
)
async def call_off_return(
    call: Call, order_id: FromPath[str], return_id: FromPath[str]
) -> Response[ReturnView]:
    """The customer keeps what she had announced."""
    order, id = ids.parse("ord", order_id), ids.parse("ret", return_id)
    return await call.write(lambda tx: end.call_off(tx, order, id, by=call.actor), view=ReturnView.of)


@write(
    "POST",
    "/orders/{order_id:str}/returns/{return_id:str}/refusal",
    permission=Permission.orders_return,
    summary="Refuse a return",
    tags=TAGS,
)
async def refuse_return(
    call: Call, order_id: FromPath[str], return_id: FromPath[str], data: Body[RefuseReturn]
) -> Response[ReturnView]:
    """Refuse an announced return; the customer is told why."""
    order, id = ids.parse("ord", order_id), ids.parse("ret", return_id)
    return await call.write(
        lambda tx: end.refuse(tx, order, id, reason=data.reason, by=call.actor), view=ReturnView.of
    )


@write(
    "POST",
    "/orders/{order_id:str}/returns/received",
    permission=Permission.orders_return,
    status=201,
    summary="Take goods back",
    tags=TAGS,
)
async def receive_goods(
    call: Call, order_id: FromPath[str], data: Body[ReceiveReturn]
) -> Response[ReturnView]:
    """Take back goods of which nothing was announced, in any place, whichever channel sold them; the money goes
    back.
    """
    return await _receive(call, _reception(order_id, data, id_of(call), announced=False))


@write(
    "POST",
    "/orders/{order_id:str}/returns/{return_id:str}/received",
    permission=Permission.orders_return,
    summary="Receive an announced return",
    tags=TAGS,
)
async def receive_announced(
    call: Call, order_id: FromPath[str], return_id: FromPath[str], data: Body[ReceiveReturn]
) -> Response[ReturnView]:
    """Receive what was announced, or a part of it; what does not come with it is not waited for."""
    return await _receive(call, _reception(order_id, data, ids.parse("ret", return_id), announced=True))


async def _receive(call: Call, wanted: Reception) -> Response[ReturnView]:
    gateways = call.ports.get(Gateways)
    return await call.chain(
        lambda: take_back.take_back(call.database, gateways, wanted, by=call.actor), view=ReturnView.of
    )


@write(
    "POST",
    "/orders/{order_id:str}/returns/received/preview",
    permission=Permission.orders_return,
    status=200,
    summary="What goods on the counter would give back",
    tags=TAGS,
)
async def preview_goods(
    call: Call, order_id: FromPath[str], data: Body[ReceiveReturn]
) -> Response[ReturnPreview]:
    """What would be given back for these units as they are; changes nothing."""
    wanted = _reception(order_id, data, new_id(), announced=False)
    seen = await call.read(lambda tx: receive.preview(tx, wanted, by=call.actor))
    return Response(find.preview(*seen), status_code=200)


@write(
    "POST",
    "/orders/{order_id:str}/returns/{return_id:str}/settlement",
    permission=Permission.orders_return,
    summary="Give a return's money back another way",
    tags=TAGS,
)
async def settle_return(
    call: Call, order_id: FromPath[str], return_id: FromPath[str], data: Body[SettleReturn]
) -> Response[ReturnView]:
    """Where a tender refused to take its money back, the rest goes another way."""
    order, id = ids.parse("ord", order_id), ids.parse("ret", return_id)
    customer = ids.parse("cus", data.customer) if data.customer else None
    gateways = call.ports.get(Gateways)
    return await call.chain(
        lambda: resettle.resettle(
            call.database, gateways, order, id, to=data.to, customer_id=customer, by=call.actor
        ),
        view=ReturnView.of,
    )


@read(
    "/orders/{order_id:str}/returns/{return_id:str}/label",
    permission=Open.cart_token,
    summary="How far a return's label is",
    tags=TAGS,
)
async def get_label(call: Call, order_id: FromPath[str], return_id: FromPath[str]) -> ReturnLabelView:
    """Whether the carrier has given a label for what is announced; `no-return-label` until it was asked, and where the
    market's policy names no carrier.
    """
    order, id = ids.parse("ord", order_id), ids.parse("ret", return_id)
    return ReturnLabelView.of(await call.read(lambda tx: label.see(tx, order, id, by=call.actor)))


@read(
    "/orders/{order_id:str}/returns/{return_id:str}/label/{format:str}",
    permission=Open.cart_token,
    summary="A return's label",
    tags=TAGS,
)
async def read_label(
    call: Call, order_id: FromPath[str], return_id: FromPath[str], format: FromPath[LabelFormat]
) -> Response[bytes]:
    """What is glued on the parcel that comes back, as PDF to print at home or to show where parcels are taken in."""
    order, id = ids.parse("ord", order_id), ids.parse("ret", return_id)
    body = await call.read(lambda tx: label.read(tx, order, id, format, by=call.actor))
    return Response(
        body,
        media_type=format.media_type,
        headers=PRINTED | {"Content-Disposition": f'inline; filename="{return_id}.{format.value}"'},
    )


@read("/returnable", permission=Permission.orders_return, summary="Find what comes back", tags=TAGS)
async def find_returnable(
    call: Call,
    number: Annotated[str, QueryParameter(min_length=1, max_length=40, description="Of order or return.")],
) -> Returnable:
    """The order on the receipt, or on the label, with what may still come back of it."""
    return find.returnable(await call.read(lambda tx: find.find(tx, number, by=call.actor)))


@read("/return-policies", permission=Permission.channels_read, summary="Return policies", tags=TAGS)
async def list_policies(call: Call) -> list[PolicyView]:
    """What every market takes back, how long, and what it keeps."""
    said = await call.read(lambda tx: set_policy.all_policies(tx, by=call.actor))
    return [PolicyView(market, policy) for market, policy in said.items()]


@write(
    "PUT",
    "/markets/{market:str}/return-policy",
    permission=Permission.channels_write,
    summary="Set a market's return policy",
    tags=TAGS,
)
async def put_policy(call: Call, market: FromPath[str], data: Body[ChangePolicy]) -> Response[PolicyView]:
    """Say what a market takes back from now on; labels come from a carrier that is plugged in."""
    if data.policy.label is not None:
        call.ports.get(Carriers).offering(data.policy.label.carrier, data.policy.label.service)
    return await call.write(
        lambda tx: set_policy.set_policy(tx, market, data.policy, version=data.version, by=call.actor),
        view=lambda policy: PolicyView(market, policy),
    )


ROUTES = [
    announce_return,
    preview_return,
    call_off_return,
    refuse_return,
    receive_goods,
    preview_goods,
    receive_announced,
    settle_return,
    get_label,
    read_label,
    find_returnable,
    list_policies,
    put_policy,
]
