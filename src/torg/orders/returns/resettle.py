"""A return's money goes another way, where a tender has refused to take it back."""

from uuid import UUID

from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction, external
from torg.kernel.ids import public
from torg.orders.returns import decide
from torg.orders.returns.model import (
    CashNotGiven,
    CreditNeedsCustomer,
    PaidBack,
    Return,
    ReturnMoved,
    ReturnState,
    UnknownReturn,
)
from torg.orders.returns.receive import SOON
from torg.orders.returns.store import returns as store
from torg.orders.returns.take_back import settled
from torg.payments import Gateways
from torg.permissions import Permission


async def resettle(
    database: Database,
    gateways: Gateways,
    order_id: UUID,
    return_id: UUID,
    *,
    to: PaidBack,
    customer_id: UUID | None,
    by: Actor,
) -> Return:
    """Say where the rest of a return's money goes, and send it on its way."""
    external()
    returned = await database.run(
        lambda tx: _choose(tx, order_id, return_id, to, customer_id, by), actor=str(by), repeatable=True
    )
    return await settled(database, gateways, returned.key, returned.id) or returned


async def _choose(
    tx: Transaction, order_id: UUID, return_id: UUID, to: PaidBack, customer_id: UUID | None, by: Actor
) -> Return:
    by.must(Permission.orders_return, anywhere=True)
    order = await decide.placed(tx, order_id, lock=True)
    there = await store.find(tx, order_id, return_id, lock=True)
    if there is None:
        raise UnknownReturn(return_=public("ret", return_id))
    by.must(Permission.orders_return, store=there.store or order.store, channel=order.channel)
    if there.state is not ReturnState.received or there.check_at is not None:
        raise ReturnMoved(state=there.state.value)
    whose = customer_id or there.customer_id
    if to is PaidBack.store_credit and whose is None:
        raise CreditNeedsCustomer()
    here = await decide.known(tx, order)
    if to is PaidBack.cash and (there.store is None or there.gross - there.refunded > here.policy.cash):
        raise CashNotGiven()
    chosen = replace(there, destination=to, customer_id=whose, check_at=tx.now + SOON)
    if not await store.save(tx, chosen):
        raise LookupError("a return of a locked order was moved")
    await audit.write(tx, by, "return.paid-back-otherwise", public("ret", return_id), to=to.value)
    return replace(chosen, version=chosen.version + 1)
