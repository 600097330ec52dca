"""What follows when the goods of an exchange have come, or will not."""

from collections.abc import Sequence
from uuid import UUID

from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import Work, defer, job
from torg.orders.exchanges.exchange import arrived
from torg.orders.returns import known as returns
from torg.orders.returns.events import ReturnEnded, ReturnEvent, ReturnReceived
from torg.payments import Gateways


@job("orders.go_on_with_exchange", attempts=12)
async def go_on(work: Work, *, order_id: UUID, return_id: UUID) -> None:
    """Send the new goods, or give the money back."""
    await arrived(work.database, work.ports.get(Gateways), UUID(str(order_id)), UUID(str(return_id)))


async def follow_returns(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Goods came back, or will not: where they are exchanged, somebody goes on with it."""
    for recorded in events:
        event = recorded.event
        assert isinstance(event, ReturnEvent)
        if event.order_id is None:
            continue
        there = await returns.find(tx, event.order_id, event.return_id)
        if there is not None and there.change_id is not None:
            once = event.return_id.hex
            await defer(tx, go_on.with_(once=once), order_id=event.order_id, return_id=event.return_id)


SUBSCRIPTIONS = (
    Subscription(name="orders.exchanges", types=(ReturnReceived, ReturnEnded), handle=follow_returns),
)
