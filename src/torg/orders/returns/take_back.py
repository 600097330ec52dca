"""Goods come back over a counter: received, and their money on its way, before the customer leaves."""

from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Database, external
from torg.kernel.errors import TorgError
from torg.kernel.telemetry import logger
from torg.orders.returns.model import Return
from torg.orders.returns.receive import Reception, receive
from torg.orders.returns.settle import settle
from torg.payments import Gateways

log = logger(__name__)


async def take_back(database: Database, gateways: Gateways, wanted: Reception, *, by: Actor) -> Return:
    """Receive a return and give back its money; called again under the same id it goes on where it was.

    A gateway that cannot be asked now does not keep the goods from having come back: the sweep asks it later.
    """
    external()
    returned = await database.run(lambda tx: receive(tx, wanted, by=by), actor=str(by), repeatable=True)
    if not returned.state.counts:
        return returned
    return await settled(database, gateways, returned.key, returned.id) or returned


async def settled(database: Database, gateways: Gateways, key: UUID, return_id: UUID) -> Return | None:
    """The return with its money on its way; None where that is not possible now, and the sweep goes on with it."""
    try:
        return await settle(database, gateways, key, return_id)
    except TorgError as failed:
        log.warning("return not settled yet", return_=return_id.hex, code=failed.code, error=str(failed))
        return None
