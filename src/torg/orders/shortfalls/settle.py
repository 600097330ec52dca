"""Staff decide about what no place sends by itself: look again, choose a place, or wait for goods.

Every decision locks the order, so two at once are made one after the other, and the second finds what the first did.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg import fulfilment, inventory
from torg.fulfilment import Rejection
from torg.inventory import OutOfStock, RejectionReason, Rerouted
from torg.kernel import audit
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.kernel.ids import new_id, public
from torg.markets import atlas
from torg.orders import rules
from torg.orders import store as orders
from torg.orders.model import Order
from torg.orders.shortfalls import store
from torg.orders.shortfalls.events import ShortfallBackordered, ShortfallEvent, ShortfallSettled
from torg.orders.shortfalls.model import (
    OPEN,
    PAUSE,
    Shortfall,
    ShortfallNotOpen,
    ShortfallState,
    UnknownShortfall,
    Why,
)
from torg.orders.shortfalls.see import sees
from torg.orders.shortfalls.send import Lines, demand, look_elsewhere, send
from torg.permissions import Permission

CORRECTED: Final = frozenset({RejectionReason.not_found, RejectionReason.damaged})
"""These reasons have set the place's stock right: what it has by the books later, has come since."""


async def retry(
    tx: Transaction, order_id: UUID, id: UUID, *, by: Actor, version: int | None = None
) -> Shortfall:
    """Ask the channel's rules once more, without the places that have said no; the answer tells whether it is `served`.

    What is to be collected is asked of its store.
    """
    order, missing = await _for_settling(tx, order_id, id, version, by=by)
    said = await fulfilment.rejections(tx, order_id)
    return await _try(tx, order, missing, said, by) or missing


async def choose(
    tx: Transaction,
    order_id: UUID,
    id: UUID,
    location: str,
    *,
    quantity: int | None = None,
    by: Actor,
    version: int | None = None,
) -> Shortfall:
    """Have a place send it, or `quantity` of it, whatever the rules say; `OutOfStock` when it has too little."""
    order, missing = await _for_settling(tx, order_id, id, version, by=by)
    wanted = missing.quantity if quantity is None else quantity
    if wanted > missing.quantity:
        more = "That is more than is missing."
        raise Invalid.of(FieldProblem("quantity", "more-than-missing", more))
    lines = {line.id: line for line in await orders.lines(tx, order_id)}
    known = await atlas(tx.database)
    only = lines[missing.line_id].store
    if only is not None and known.location(location).code != known.store(only).location:
        message = "The customer collects it in another store."
        raise Invalid.of(FieldProblem("location", "collected-elsewhere", message))
    found = await _at(tx, order, replace(missing, quantity=wanted), lines, location, by)
    return await _sent(tx, order, missing, lines, found, wanted, by)


async def wait(
    tx: Transaction, order_id: UUID, id: UUID, *, by: Actor, version: int | None = None
) -> Shortfall:
    """Let it wait for goods: when some come, it is sent by the channel's rules without anybody asking again."""
    _, missing = await _for_settling(tx, order_id, id, version, by=by)
    later = replace(missing, state=ShortfallState.backordered, due_at=tx.now + PAUSE)
    return await _save(tx, later, by, ShortfallBackordered.of(later))


async def look_for_goods(tx: Transaction, order_id: UUID, id: UUID) -> bool:
    """Send what is backordered if goods have come; tells whether they had."""
    order, missing = await _for_settling(tx, order_id, id, None, by=SYSTEM)
    said = [one for one in await fulfilment.rejections(tx, order_id) if one.reason not in CORRECTED]
    if await _try(tx, order, missing, said, SYSTEM, quietly=True):
        return True
    await store.postpone(tx, missing, tx.now + PAUSE)
    return False


async def _for_settling(
    tx: Transaction, order_id: UUID, id: UUID, version: int | None, *, by: Actor
) -> tuple[Order, Shortfall]:
    by.must(Permission.fulfilment_write, anywhere=True)
    order = await orders.find(tx, order_id, lock=True)
    found = await store.find(tx, order_id, id, lock=True)
    if order is None or found is None or not sees(by, found):
        raise UnknownShortfall(shortfall=public("sho", id))
    by.must(Permission.fulfilment_write, store=found.store, channel=found.channel)
    if found.state not in OPEN:
        raise ShortfallNotOpen()
    if version is not None and version != found.version:
        raise StaleVersion(given=version, present=found.version)
    return order, found


async def _try(
    tx: Transaction,
    order: Order,
    missing: Shortfall,
    said: Sequence[Rejection],
    by: Actor,
    *,
    quietly: bool = False,
) -> Shortfall | None:
    lines = {line.id: line for line in await orders.lines(tx, order.order_id)}
    only = lines[missing.line_id].store
    if only is not None:
        place = (await atlas(tx.database)).store(only).location
        try:
            found = [await _at(tx, order, missing, lines, place, by)]
        except OutOfStock:
            found = []
    else:
        found, _ = await look_elsewhere(tx, order, lines, [missing], said)
    if found:
        return await _sent(tx, order, missing, lines, found[0], missing.quantity, by)
    if quietly:
        return None
    return await _save(tx, replace(missing, why=Why.one_place if only else Why.nobody), by)


async def _at(
    tx: Transaction, order: Order, missing: Shortfall, lines: Lines, place: str, by: Actor
) -> Rerouted:
    return await inventory.allocate_at(
        tx,
        order.order_id,
        demand(missing, lines[missing.line_id], order.channel, (place,)),
        location=place,
        channel=order.channel,
        to=rules.destination(order, tx.now),
        by=by,
    )


async def _sent(
    tx: Transaction, order: Order, missing: Shortfall, lines: Lines, found: Rerouted, units: int, by: Actor
) -> Shortfall:
    await send(tx, order, lines, [found], origin=new_id(), round=missing.round + 1)
    if units < missing.quantity:
        return await _save(tx, replace(missing, quantity=missing.quantity - units), by)
    served = replace(missing, state=ShortfallState.served, settled_at=tx.now, settled_by=str(by))
    return await _save(tx, served, by, ShortfallSettled.of(served))


async def _save(tx: Transaction, missing: Shortfall, by: Actor, *told: ShortfallEvent) -> Shortfall:
    if not await store.save(tx, missing):
        raise LookupError("a shortfall that was locked was moved")
    facts = {"order": public("ord", missing.order_id), "quantity": missing.quantity, "why": missing.why}
    await audit.write(tx, by, f"shortfall.{missing.state}", public("sho", missing.id), **facts)
    tx.record(*told)
    return replace(missing, version=missing.version + 1)
