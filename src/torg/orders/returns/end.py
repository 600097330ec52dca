"""An announced return comes to nothing: staff refuse it, the customer calls it off, or nothing came in time."""

from uuid import UUID

from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.orders import store as orders
from torg.orders.model import UnknownOrder
from torg.orders.returns.decide import may_give_back
from torg.orders.returns.events import ReturnEnded
from torg.orders.returns.model import AlreadyExchanged, Return, ReturnMoved, ReturnState, UnknownReturn
from torg.orders.returns.store import returns as store
from torg.orders.see import may_see
from torg.permissions import Permission


async def refuse(tx: Transaction, order_id: UUID, return_id: UUID, *, reason: str, by: Actor) -> Return:
    """Refuse an announced return, and say why."""
    by.must(Permission.orders_return, anywhere=True)
    order = await orders.find(tx, order_id, lock=True)
    if order is None:
        raise UnknownOrder(order=public("ord", order_id))
    by.must(Permission.orders_return, store=order.store, channel=order.channel)
    return await _end(tx, order_id, return_id, ReturnState.refused, reason, by)


async def call_off(tx: Transaction, order_id: UUID, return_id: UUID, *, by: Actor) -> Return:
    """The customer keeps what she had announced."""
    order = await orders.find(tx, order_id, lock=True)
    if order is None or not (may_give_back(order, by) or may_see(order, by)):
        raise UnknownOrder(order=public("ord", order_id))
    if not may_give_back(order, by):
        by.must(Permission.orders_return, store=order.store, channel=order.channel)
    there = await store.find(tx, order_id, return_id, lock=True)
    if there is not None and there.exchanged:
        raise AlreadyExchanged()
    return await _end(tx, order_id, return_id, ReturnState.called_off, None, by)


async def expire(tx: Transaction, order_id: UUID, return_id: UUID, *, by: Actor) -> Return | None:
    """Nothing came of what was announced, and its time is over; None when that is not so any more."""
    await orders.find(tx, order_id, lock=True)
    there = await store.find(tx, order_id, return_id, lock=True)
    over = there is not None and there.expires_at is not None and there.expires_at <= tx.now
    if there is None or not over or there.state is not ReturnState.announced:
        return None
    return await _end(tx, order_id, return_id, ReturnState.expired, None, by)


async def _end(
    tx: Transaction, order_id: UUID, return_id: UUID, state: ReturnState, reason: str | None, by: Actor
) -> Return:
    there = await store.find(tx, order_id, return_id, lock=True)
    if there is None:
        raise UnknownReturn(return_=public("ret", return_id))
    if there.state is state:
        return there
    if there.state is not ReturnState.announced:
        raise ReturnMoved(state=there.state.value)
    if there.exchanged:
        await orders.owe(tx, order_id, there.exchanged)
    ended = replace(
        there,
        state=state,
        reason=reason or there.reason,
        exchanged=0 if there.exchanged else there.exchanged,
        check_at=None,
    )
    if not await store.save(tx, ended):
        raise LookupError("a return of a locked order was moved")
    await audit.write(tx, by, f"return.{state}", public("ret", return_id), reason=reason)
    tx.record(ReturnEnded.of(ended))
    return replace(ended, version=ended.version + 1)
