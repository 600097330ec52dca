"""Goods have come for which orders wait: they are sent to who has waited longest."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from torg import inventory
from torg.inventory import StockAdjusted, StockLoaded, StockReceived
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.errors import TorgError
from torg.kernel.events import Recorded
from torg.kernel.jobs import Work, periodic
from torg.kernel.telemetry import logger
from torg.orders.cancel import cancel
from torg.orders.shortfalls import settle, store

log = logger(__name__)

AT_ONCE: Final = 100
GOODS_MISSING: Final = "goods-missing"


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


@periodic("orders.overdue", every=60)
async def cancel_overdue(work: Work) -> None:
    """Cancel orders that have lacked goods for as long as their channel allows; their money goes back."""
    for channel, days in (await work.database.read(inventory.cancelling)).items():
        for order_id in await work.database.read(partial(_overdue, channel=channel, days=days)):
            try:
                await work.database.run(partial(cancel, order_id=order_id, reason=GOODS_MISSING, by=SYSTEM))
            except TorgError as failed:
                log.warning("order not cancelled", order=order_id.hex, code=failed.code, error=str(failed))


async def _overdue(tx: Transaction, *, channel: str, days: int) -> list[UUID]:
    return await store.overdue(tx, channel, tx.now - timedelta(days=days), AT_ONCE)
