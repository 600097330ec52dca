"""A customer complains of what came, or did not."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Page
from torg.kernel.ids import public
from torg.orders import store as orders
from torg.orders.claims import store
from torg.orders.claims.events import ClaimOpened
from torg.orders.claims.model import Claim, ClaimKind, ClaimLine, ClaimState
from torg.orders.model import UnknownOrder
from torg.orders.places import holding
from torg.orders.returns.decide import may_give_back, placed
from torg.orders.see import may_see
from torg.permissions import Permission


async def open_claim(
    tx: Transaction,
    order_id: UUID,
    kind: ClaimKind,
    lines: Sequence[ClaimLine],
    *,
    note: str | None,
    id: UUID,
    by: Actor,
) -> Claim:
    """Say what is wrong with which units; by the order's customer, whoever has its token, or staff for her."""
    order = await placed(tx, order_id, lock=True)
    if not may_give_back(order, by):
        if not by.may(Permission.orders_claim, store=order.store, channel=order.channel):
            raise UnknownOrder(order=public("ord", order_id))
        by.must(Permission.orders_claim, store=order.store, channel=order.channel)
    if (there := await store.find(tx, order_id, id)) is not None:
        return there
    await _must_be_bought(tx, order_id, lines)
    claim = Claim(
        order_id=order_id,
        id=id,
        kind=kind,
        lines=tuple(lines),
        number=order.number,
        channel=order.channel,
        store=order.store,
        customer_id=order.customer_id,
        currency=order.currency,
        note=note,
        actor=str(by),
        opened_at=tx.now,
    )
    await store.add(tx, claim)
    await audit.write(tx, by, "claim.opened", public("clm", id), order=public("ord", order_id))
    tx.record(ClaimOpened.of(claim))
    return claim


async def claims_of(tx: Transaction, order_id: UUID, *, by: Actor) -> list[Claim]:
    """The claims about an order, the oldest first, for who may see the order."""
    order = await orders.find(tx, order_id)
    if order is None or not may_see(order, by):
        raise UnknownOrder(order=public("ord", order_id))
    return await store.of_order(tx, order_id)


async def _must_be_bought(tx: Transaction, order_id: UUID, lines: Sequence[ClaimLine]) -> None:
    known = {line.id: line for line in await orders.lines(tx, order_id)}
    wrong = [
        FieldProblem(f"lines.{place}.quantity", "more-than-bought", "That is more than was bought.")
        for place, one in enumerate(lines)
        if one.line_id not in known or one.quantity > known[one.line_id].quantity
    ]
    if len({one.line_id for one in lines}) < len(lines):
        wrong.append(FieldProblem("lines", "twice", "This stands here twice."))
    if wrong:
        raise Invalid.of(*wrong)


async def list_claims(
    tx: Transaction,
    *,
    order_id: UUID | None,
    state: ClaimState | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    by: Actor,
) -> Page[Claim]:
    """Claims that staff may decide about, the oldest first."""
    by.must(Permission.orders_claim, anywhere=True)
    rows = await store.listed(
        tx,
        order_id=order_id,
        state=state,
        places=holding(by, Permission.orders_claim),
        after=after,
        limit=limit + 1,
    )
    return Page.cut(rows, limit, lambda one: (one.opened_at, one.id))
