"""What orders do outside Torg and by the clock."""

from typing import Final
from uuid import UUID

from torg.kernel.access import Policy
from torg.kernel.errors import TorgError
from torg.kernel.jobs import Work, job, periodic
from torg.kernel.telemetry import logger
from torg.orders import store
from torg.orders.collect_money import collect_money
from torg.orders.issue_gift_cards import issue_gift_cards as issue
from torg.orders.place import look
from torg.orders.return_money import return_money as bring_back
from torg.orders.rules import CHECK
from torg.payments import Gateways

log = logger(__name__)

AT_ONCE: Final = 100

COLLECTED_AT_ONCE: Final = 50
"""Of how many orders one job takes the money."""


@job("orders.collect", attempts=12)
async def collect(work: Work, *, order_ids: list[UUID]) -> None:
    """Take the money that is due of orders."""
    wanted = [UUID(str(order_id)) for order_id in order_ids]
    await collect_money(work.database, work.ports.get(Gateways), wanted)


@job("orders.return_money", attempts=12)
async def return_money(work: Work, *, order_id: UUID) -> None:
    """Bring back the money of an order that will not be delivered."""
    await bring_back(work.database, work.ports.get(Gateways), UUID(str(order_id)))


@job("orders.issue_gift_cards", attempts=12)
async def issue_gift_cards(work: Work, *, order_id: UUID) -> None:
    """Issue the gift cards that an order has bought and paid."""
    await issue(work.database, work.ports.get(Policy), UUID(str(order_id)))


@periodic("orders.sweep", every=15)
async def sweep_orders(work: Work) -> None:
    """Place orders that are paid, let those lapse that nobody pays, and return money of those not delivered.

    One that cannot be moved does not keep the others waiting.
    """
    for order_id in await work.database.read(lambda tx: store.due(tx, AT_ONCE)):
        try:
            await look(work.database, work.ports.get(Gateways), order_id)
        except Exception as failed:
            _tell(order_id, failed)
            await _later(work, order_id)


def _tell(order_id: UUID, failed: Exception) -> None:
    if isinstance(failed, TorgError):
        log.warning("order not swept", order=order_id.hex, code=failed.code, error=str(failed))
    else:
        log.exception("order not swept", order=order_id.hex)


async def _later(work: Work, order_id: UUID) -> None:
    """Look at an order again after a pause, so that the others have their turn."""
    await work.database.run(lambda tx: store.postpone(tx, order_id, tx.now + CHECK))
