"""Gift cards that an order bought are given back: unused ones are worth nothing any more, and their money goes back.

Both in one transaction with the return that says so; a job and the sweep bring the money back. Without it the cards of
an order of which goods have left could only be lowered by hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from torg import payments
from torg.kernel.access import Actor, Policy
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem
from torg.orders import store
from torg.orders.issue_gift_cards import sold
from torg.orders.model import Order, OrderLine, OrderState
from torg.orders.returns import Return, ReturnKind
from torg.orders.returns import of_order as returns_of
from torg.orders.returns.model import NotReturnable, PaidBack
from torg.orders.returns.without_goods import Part, give_back
from torg.orders.see import for_change
from torg.permissions import Permission


async def take_back_gift_cards(
    tx: Transaction,
    policy: Policy,
    order_id: UUID,
    parts: Sequence[Part],
    *,
    id: UUID,
    to: PaidBack,
    reason: str,
    by: Actor,
) -> Return:
    """Take so many unused gift cards of some lines back; under the same `id` it is done once.

    `CreditUsed` when fewer of a line are unused. Cards that wait for their day are never issued then.
    """
    order = await for_change(tx, order_id, Permission.orders_return, by=by)
    before = await returns_of(tx, order_id)
    if (there := next((one for one in before if one.id == id), None)) is not None:
        return there
    lines = {line.id: line for line in await store.lines(tx, order_id) if line.gift_card}
    if wrong := list(_wrong(order, lines, parts)):
        raise NotReturnable(*wrong)
    given = await give_back(tx, order, parts, kind=ReturnKind.undelivered, id=id, reason=reason, to=to, by=by)
    for part in parts:
        await payments.take_back_sold(
            tx,
            policy,
            order_id,
            sold(order, lines[part.line_id]),
            part.quantity,
            currency=order.currency,
            market=order.market,
            by=by,
        )
    return given


def _wrong(order: Order, lines: Mapping[UUID, OrderLine], parts: Sequence[Part]) -> Iterator[FieldProblem]:
    seen: set[UUID] = set()
    for place, part in enumerate(parts):
        field = f"lines.{place}.line"
        if part.line_id not in lines or order.state is not OrderState.placed:
            yield FieldProblem(field, "unknown-line", "The order has no such line.")
        elif part.line_id in seen:
            yield FieldProblem(field, "twice", "This stands here twice.")
        seen.add(part.line_id)
