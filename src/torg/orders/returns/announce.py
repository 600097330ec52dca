"""A customer announces what she will give back; she gets a number for its label."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id, public
from torg.orders.model import Order, UnknownOrder
from torg.orders.returns import decide, label
from torg.orders.returns.blank import blank, blank_line
from torg.orders.returns.decide import Decision, Known
from torg.orders.returns.events import ReturnAnnounced
from torg.orders.returns.model import (
    Came,
    CreditNeedsCustomer,
    NotReturnable,
    PaidBack,
    Return,
    ReturnLine,
    Wish,
)
from torg.orders.returns.number import take_number
from torg.orders.returns.store import returns as store
from torg.orders.returns.windows import local_day
from torg.orders.see import may_see
from torg.permissions import Permission


async def announce(
    tx: Transaction,
    order_id: UUID,
    wishes: Sequence[Wish],
    *,
    to: PaidBack = PaidBack.original,
    id: UUID | None = None,
    change_id: UUID | None = None,
    by: Actor,
) -> Return:
    """Announce units of an order that were delivered; called again under the same `id` it is the same return.

    In an exchange they pay for what the change `change_id` adds.
    """
    order = await _hers(tx, order_id, lock=True, by=by)
    id = id or new_id()
    if (there := await store.find(tx, order_id, id)) is not None:
        return there
    here, _ = await _decided(tx, order, wishes, exchange=change_id is not None)
    if to is PaidBack.store_credit and order.customer_id is None:
        raise CreditNeedsCustomer()
    return await write(tx, here, wishes, to=to, id=id, change_id=change_id, by=by)


async def preview(
    tx: Transaction, order_id: UUID, wishes: Sequence[Wish], *, exchange: bool = False, by: Actor
) -> tuple[Known, Decision]:
    """What would be given back if these units came unhurt; refused as the deed would be."""
    return await _decided(tx, await _hers(tx, order_id, lock=False, by=by), wishes, exchange=exchange)


async def choices(tx: Transaction, order_id: UUID, *, by: Actor) -> Known:
    """What may come back of an order, and until when, for who may announce it."""
    return await decide.known(tx, await _hers(tx, order_id, lock=False, by=by))


async def _decided(
    tx: Transaction, order: Order, wishes: Sequence[Wish], *, exchange: bool
) -> tuple[Known, Decision]:
    here = await decide.known(tx, order)
    came = [Came(one.line_id, one.quantity, one.reason) for one in wishes]
    postage = here.policy.label is None or label.can_be_sent(order)
    return here, decide.decide(here, came, tx, postage=postage, announced_too=False, exchange=exchange)


async def _hers(tx: Transaction, order_id: UUID, *, lock: bool, by: Actor) -> Order:
    order = await decide.placed(tx, order_id, lock=lock)
    if decide.may_give_back(order, by):
        return order
    if not (may_see(order, by) or by.may(Permission.orders_return, store=order.store, channel=order.channel)):
        raise UnknownOrder(order=public("ord", order_id))
    by.must(Permission.orders_return, store=order.store, channel=order.channel)
    return order


async def write(
    tx: Transaction,
    here: Known,
    wishes: Sequence[Wish],
    *,
    to: PaidBack,
    id: UUID,
    change_id: UUID | None = None,
    by: Actor,
) -> Return:
    """Write down what is announced of a locked order, and tell of it."""
    if not wishes:
        raise NotReturnable()
    order = here.order
    expires = tx.now + timedelta(days=here.policy.announced_days)
    number = await take_number(tx, order.order_id, id)
    announced = replace(
        blank(order, id, number, tx.now, by),
        withdrawal=here.windows.withdrawal(local_day(order, tx.now)),
        destination=to,
        change_id=change_id,
        expires_at=expires,
        check_at=expires,
        lines=tuple(_line(here, place, wish) for place, wish in enumerate(wishes)),
    )
    await store.add(tx, [announced])
    await audit.write(tx, by, "return.announced", public("ret", id), order=public("ord", order.order_id))
    tx.record(ReturnAnnounced.of(announced))
    return announced


def _line(here: Known, place: int, wish: Wish) -> ReturnLine:
    line = blank_line(here.stands.lines[wish.line_id], place)
    return replace(line, announced=wish.quantity, reason=wish.reason, note=wish.note)
