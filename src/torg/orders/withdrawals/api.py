"""Withdrawals over HTTP: stated by anybody, listed for staff."""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid5

from litestar import Response
from msgspec import Meta, Struct

from torg.kernel import cursors, ids
from torg.kernel.access.browser import address_of
from torg.kernel.http import Body, Call, Cursor, Limit, Open, Page, QueryParameter, read, write
from torg.kernel.ids import new_id
from torg.markets import Code
from torg.orders.withdrawals.model import Outcome, Statement, Withdrawal
from torg.orders.withdrawals.withdraw import list_withdrawals as withdrawals_seen
from torg.orders.withdrawals.withdraw import state
from torg.permissions import Permission

TAGS = ["returns"]
ONCE = UUID("0198aaaa-0000-7000-8000-000000001620")


class StateWithdrawal(Struct, frozen=True, forbid_unknown_fields=True):
    """Who withdraws, from which order, and where the acknowledgement goes."""

    number: Annotated[str, Meta(min_length=1, max_length=40, examples=["NO-7K3M9Q"])]
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    email: Annotated[str, Meta(min_length=3, max_length=254, pattern="^[^@\\s]+@[^@\\s]+$")]
    market: Code
    message: Annotated[str, Meta(max_length=1000)] | None = None


class Acknowledged(Struct, frozen=True):
    """The statement has come; the same whether or not there is such an order."""

    id: str
    number: str
    name: str
    email: str
    at: datetime

    @classmethod
    def of(cls, one: Withdrawal) -> "Acknowledged":
        """What whoever has stated it is told."""
        return cls(ids.public("wdr", one.id), one.number, one.name, one.email, one.at)


class WithdrawalView(Struct, frozen=True):
    """A statement and what it has done, as staff see it."""

    id: str
    order: str | None
    outcome: Outcome
    number: str
    name: str
    email: str
    message: str | None
    given_back: str | None
    at: datetime

    @classmethod
    def of(cls, one: Withdrawal) -> "WithdrawalView":
        """The statement as staff see it."""
        return cls(
            id=ids.public("wdr", one.id),
            order=ids.public("ord", one.order_id) if one.order_id else None,
            outcome=one.outcome,
            number=one.number,
            name=one.name,
            email=one.email,
            message=one.message,
            given_back=ids.public("ret", one.return_id) if one.return_id else None,
            at=one.at,
        )


@write(
    "POST",
    "/withdrawals",
    permission=Open.public,
    status=201,
    summary="Withdraw from a contract",
    tags=TAGS,
)
async def state_withdrawal(call: Call, data: Body[StateWithdrawal]) -> Response[Acknowledged]:
    """Take the statement of a consumer who withdraws; it is acknowledged by mail with its content and time."""
    key = call.request.headers.get("idempotency-key")
    id = uuid5(ONCE, f"{call.actor}\n{key}") if key else new_id()
    said = Statement(
        number=data.number,
        name=data.name,
        email=data.email,
        message=data.message,
        language=call.language,
        market=data.market,
    )
    return await call.chain(
        lambda: state(call.database, said, id=id, address=address_of(call.request), by=call.actor),
        view=Acknowledged.of,
    )


@read("/withdrawals", permission=Permission.orders_return, summary="List withdrawals", tags=TAGS)
async def list_withdrawals(
    call: Call,
    outcome: Annotated[Outcome | None, QueryParameter(description="`not_found` is work for staff.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[WithdrawalView]:
    """Statements of consumers, the newest first."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    found = await call.read(
        lambda tx: withdrawals_seen(tx, outcome=outcome, after=after, limit=limit, by=call.actor)
    )
    return found.map(WithdrawalView.of)


ROUTES = [state_withdrawal, list_withdrawals]
