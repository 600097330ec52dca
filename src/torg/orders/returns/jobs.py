"""What returns do outside Torg and by the clock."""

from functools import partial
from typing import Final
from uuid import UUID

from torg.fulfilment import Carriers
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.errors import TorgError
from torg.kernel.jobs import Work, job, periodic
from torg.kernel.telemetry import logger
from torg.orders.returns import label
from torg.orders.returns.end import expire
from torg.orders.returns.model import ReturnState
from torg.orders.returns.receive import SOON
from torg.orders.returns.settle import settle
from torg.orders.returns.store import returns as store
from torg.payments import Gateways

log = logger(__name__)

AT_ONCE: Final = 100


@job("orders.settle_return", attempts=12)
async def settle_return(work: Work, *, key: UUID, return_id: UUID) -> None:
    """Give back the money of a return."""
    await settle(work.database, work.ports.get(Gateways), UUID(str(key)), UUID(str(return_id)))


@job("orders.label_return", attempts=12)
async def label_return(work: Work, *, key: UUID, return_id: UUID) -> None:
    """Ask a carrier for the label of an announced return; while it is silent the sweep of carriers asks again."""
    await label.ask(work.database, work.ports.get(Carriers), UUID(str(key)), UUID(str(return_id)))


@periodic("orders.returns", every=15)
async def sweep_returns(work: Work) -> None:
    """Settle returns whose money has not gone, and let those expire that nobody brings.

    One that cannot be moved does not keep the others waiting.
    """
    for due in await work.database.read(partial(store.due, limit=AT_ONCE)):
        try:
            if due.state is ReturnState.announced:
                await work.database.run(partial(expire, order_id=due.key, return_id=due.id, by=SYSTEM))
            else:
                await settle(work.database, work.ports.get(Gateways), due.key, due.id)
        except TorgError as failed:
            log.warning("return not swept", return_=due.id.hex, code=failed.code, error=str(failed))
        except Exception:
            log.exception("return not swept", return_=due.id.hex)
        await work.database.run(partial(_later, key=due.key, id=due.id))


async def _later(tx: Transaction, *, key: UUID, id: UUID) -> None:
    await store.postpone(tx, key, id, tx.now + SOON)
