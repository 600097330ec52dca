"""What changes do outside Torg and by the clock."""

from typing import Final
from uuid import UUID

from torg.kernel.database import Transaction
from torg.kernel.errors import TorgError
from torg.kernel.jobs import Work, job, periodic
from torg.kernel.telemetry import logger
from torg.orders.changes import store
from torg.orders.changes.proceed import go_on as gone_on
from torg.orders.changes.proceed import settle
from torg.orders.rules import CHECK, LONGEST_PAUSE
from torg.payments import Gateways

log = logger(__name__)

AT_ONCE: Final = 100


@job("orders.go_on_with_change", attempts=12)
async def go_on(work: Work, *, order_id: UUID, change_id: UUID) -> None:
    """Bring a change as far as its payments allow, and its money back where it is to go."""
    await _look(work, UUID(str(order_id)), UUID(str(change_id)))


async def _look(work: Work, order_id: UUID, change_id: UUID) -> None:
    await gone_on(work.database, order_id, change_id)
    await settle(work.database, work.ports.get(Gateways), order_id, change_id)


@periodic("orders.changes", every=15)
async def sweep_changes(work: Work) -> None:
    """Go on with changes that were paid, let those lapse that nobody pays, and give back what nobody has given back.

    One that cannot be moved does not keep the others waiting.
    """
    for due in await work.database.read(lambda tx: store.due(tx, AT_ONCE)):
        try:
            await _look(work, due.order_id, due.id)
        except Exception as failed:
            if isinstance(failed, TorgError):
                log.warning("change not swept", change=due.id.hex, code=failed.code, error=str(failed))
            else:
                log.exception("change not swept", change=due.id.hex)
        await _later(work, due)


async def _later(work: Work, due: store.Due) -> None:
    """Look again after a pause at what is still open, so that the others have their turn.

    Money that does not go back is asked for again ever less often: the order stands in the list of those overpaid.
    """

    async def postpone(tx: Transaction) -> None:
        since = due.ended_at or tx.now
        pause = max(CHECK, min(tx.now - since, LONGEST_PAUSE))
        await store.postpone(tx, due.order_id, due.id, tx.now + pause)

    await work.database.run(postpone)
