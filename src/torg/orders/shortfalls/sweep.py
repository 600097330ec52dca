"""Goods have come for which orders wait: they are sent to who has waited longest."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from torg.inventory import StockAdjusted, StockLoaded, StockReceived
from torg.kernel.database import Transaction
from torg.kernel.errors import TorgError
from torg.kernel.events import Recorded
from torg.kernel.jobs import Work, periodic
from torg.kernel.telemetry import logger
from torg.orders.shortfalls import settle, store

log = logger(__name__)

AT_ONCE: Final = 100


async def goods_came(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Whoever waits for these goods is looked at with the next sweep."""
    variants: set[UUID] = set()
    for recorded in events:
        match recorded.event:
            case StockReceived(variant_id=variant) | StockAdjusted(variant_id=variant):
                variants.add(variant)
            case StockLoaded(levels=levels):
                variants.update(level.variant_id for level in levels)
    await store.came(tx, sorted(variants))


@periodic("orders.backordered", every=15)
async def sweep_backordered(work: Work) -> None:
    """Send what waits for goods and can be sent now; one that cannot be moved does not keep the others waiting."""
    for due in await work.database.read(lambda tx: store.due(tx, AT_ONCE)):
        try:
            await work.database.run(partial(settle.look_for_goods, order_id=due.order_id, id=due.id))
        except TorgError as failed:
            log.warning("shortfall not swept", order=due.order_id.hex, code=failed.code, error=str(failed))
