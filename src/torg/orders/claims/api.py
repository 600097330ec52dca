"""Claims over HTTP: opened by customers, decided about by staff."""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid5

from litestar import Response
from msgspec import Meta, Struct

from torg.inventory import MOST_UNITS
from torg.kernel import cursors, ids
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Open, Page, QueryParameter, read, write
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.orders.claims import resolve as deciding
from torg.orders.claims.model import Claim, ClaimKind, ClaimLine, ClaimState, Resolution
from torg.orders.claims.open import list_claims as claims_seen
from torg.orders.claims.open import open_claim
from torg.orders.returns.model import PaidBack
from torg.payments import Gateways
from torg.permissions import Permission

TAGS = ["claims"]
ONCE = UUID("0198aaaa-0000-7000-8000-000000001610")

Words = Annotated[str, Meta(min_length=1, max_length=500)]


class ClaimedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """So many units of a line that something is wrong with."""

    line: Annotated[str, Meta(pattern="^lin_[0-9a-f]{32}$")]
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS)]


class OpenClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with which units."""

    kind: ClaimKind
    lines: Annotated[list[ClaimedLine], Meta(min_length=1, max_length=200)]
    note: Words | None = None


class ResolveClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done; without an `amount` (minor units) a refund is what was paid for the units."""

    resolution: Resolution
    amount: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    to: PaidBack = PaidBack.original
    reason: Words | None = None


class RefuseClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """Why nothing is done."""

    reason: Words


class ClaimView(Struct, frozen=True):
    """A complaint about an order, and what was done; `amount` is what was given back, by the return `given_back`."""

    id: str
    order: str
    number: str | None
    kind: ClaimKind
    state: ClaimState
    resolution: Resolution | None
    channel: str
    store: str | None
    lines: dict[str, int]
    amount: Money
    note: str | None
    reason: str | None
    given_back: str | None
    opened_at: datetime
    settled_at: datetime | None
    version: int

    @classmethod
    def of(cls, claim: Claim) -> "ClaimView":
        """The claim as its customer and staff see it."""
        return cls(
            id=ids.public("clm", claim.id),
            order=ids.public("ord", claim.order_id),
            number=claim.number,
            kind=claim.kind,
            state=claim.state,
            resolution=claim.resolution,
            channel=claim.channel,
            store=claim.store,
            lines={ids.public("lin", one.line_id): one.quantity for one in claim.lines},
            amount=Money(claim.amount, claim.currency),
            note=claim.note,
            reason=claim.reason,
            given_back=ids.public("ret", claim.return_id) if claim.return_id else None,
            opened_at=claim.opened_at,
            settled_at=claim.settled_at,
            version=claim.version,
        )


def _id_of(call: Call) -> UUID:
    key = call.request.headers.get("idempotency-key")
    return uuid5(ONCE, f"{call.actor}\n{call.request.url.path}\n{key}") if key else new_id()


@write(
    "POST",
    "/orders/{order_id:str}/claims",
    permission=Open.cart_token,
    status=201,
    summary="Complain of goods",
    tags=TAGS,
)
async def post_claim(call: Call, order_id: FromPath[str], data: Body[OpenClaim]) -> Response[ClaimView]:
    """Say that goods are missing, damaged, wrong or late; staff decide what is done."""
    order, id = ids.parse("ord", order_id), _id_of(call)
    lines = [ClaimLine(ids.parse("lin", one.line), one.quantity) for one in data.lines]
    return await call.write(
        lambda tx: open_claim(tx, order, data.kind, lines, note=data.note, id=id, by=call.actor),
        view=ClaimView.of,
    )


@read("/claims", permission=Permission.orders_claim, summary="List claims", tags=TAGS)
async def list_claims(
    call: Call,
    order: Annotated[str | None, QueryParameter(pattern="^ord_[0-9a-f]{32}$")] = None,
    claim_state: Annotated[ClaimState | None, QueryParameter(name="state")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ClaimView]:
    """Claims where the caller has the right, the oldest first."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    found = await call.read(
        lambda tx: claims_seen(
            tx,
            order_id=ids.parse("ord", order) if order else None,
            state=claim_state,
            after=after,
            limit=limit,
            by=call.actor,
        )
    )
    return found.map(ClaimView.of)


@write(
    "POST",
    "/orders/{order_id:str}/claims/{claim_id:str}/resolution",
    permission=Permission.orders_claim,
    summary="Do something about a claim",
    tags=TAGS,
)
async def resolve_claim(
    call: Call, order_id: FromPath[str], claim_id: FromPath[str], data: Body[ResolveClaim]
) -> Response[ClaimView]:
    """Send the goods again, give back what was paid, or a part of it; never more than is left of what was paid."""
    order, id = ids.parse("ord", order_id), ids.parse("clm", claim_id)
    return await call.chain(
        lambda: deciding.resolve(
            call.database,
            call.ports.get(Gateways),
            order,
            id,
            data.resolution,
            amount=data.amount,
            to=data.to,
            reason=data.reason,
            by=call.actor,
        ),
        view=ClaimView.of,
    )


@write(
    "POST",
    "/orders/{order_id:str}/claims/{claim_id:str}/refusal",
    permission=Permission.orders_claim,
    summary="Refuse a claim",
    tags=TAGS,
)
async def refuse_claim(
    call: Call, order_id: FromPath[str], claim_id: FromPath[str], data: Body[RefuseClaim]
) -> Response[ClaimView]:
    """Do nothing about it, and say why."""
    order, id = ids.parse("ord", order_id), ids.parse("clm", claim_id)
    return await call.write(
        lambda tx: deciding.refuse(tx, order, id, reason=data.reason, by=call.actor), view=ClaimView.of
    )


ROUTES = [post_claim, list_claims, resolve_claim, refuse_claim]
