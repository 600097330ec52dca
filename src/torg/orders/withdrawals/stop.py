"""What has not left of an order that its customer withdraws from: nobody sends it, and what was paid for it goes back.

Everybody who lets goods leave locks their fulfilment, and so does this: what has left a moment ago is hers, to be
returned; the rest never leaves. Under the statement's id it is done once.
"""

from uuid import UUID

from torg import fulfilment, inventory
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.orders import rules
from torg.orders import store as orders
from torg.orders.changes.wait import drop as drop_change
from torg.orders.model import Intent, Order, OrderLine
from torg.orders.plan_placed import plan_placed
from torg.orders.returns import decide
from torg.orders.returns.decide import Known
from torg.orders.returns.model import Return, ReturnKind
from torg.orders.returns.without_goods import Part, give_back
from torg.orders.shortfalls.take_off import take_off

REASON = "withdrawn"
AWAY = frozenset({Intent.ship, Intent.pick_up})


async def stop_rest(tx: Transaction, order: Order, *, id: UUID, by: Actor) -> Return | None:
    """Send nothing more of a locked order; what was paid for that is given back as a return without goods."""
    await drop_change(tx, order, REASON)
    await plan_placed(tx, [order.order_id])
    there = unsent(await decide.known(tx, order))
    left = await take_off(tx, order.order_id, _parts(there), by=by)
    taken = await fulfilment.stop(tx, order.order_id, left)
    if taken:
        units = [(one.variant_id, one.location, one.quantity) for one in taken]
        await inventory.give_back(tx, order.order_id, units, cause=REASON)
    await catch_up(tx, order)
    here = await decide.known(tx, order)
    await inventory.drop_pick_ups(tx, order.order_id, _not_collected(here.lines))
    parts = [Part(line.id, units) for line, units in unsent(here)]
    if not parts:
        return None
    kind = ReturnKind.undelivered
    return await give_back(tx, order, parts, kind=kind, id=id, reason=REASON, standard=True, by=by)


def unsent(here: Known) -> list[tuple[OrderLine, int]]:
    """How many units of which lines have not left, and were not given back for."""
    found = [(line, here.stands.undelivered(line)) for line in here.lines if line.intent in AWAY]
    return [(line, units) for line, units in found if units > 0]


def _parts(there: list[tuple[OrderLine, int]]) -> dict[tuple[UUID, UUID], int]:
    """The goods of these units, of a bundle its components."""
    parts: dict[tuple[UUID, UUID], int] = {}
    for line, units in there:
        for one in line.components:
            parts[line.id, one.variant_id] = units * one.quantity
        if not line.components:
            parts[line.id, line.variant_id] = units
    return parts


def _not_collected(lines: list[OrderLine]) -> list[str]:
    waiting = {line.store for line in lines if line.intent is Intent.pick_up and line.store}
    return sorted(waiting - {line.store for line in lines if line.gone})


async def catch_up(tx: Transaction, order: Order) -> None:
    """What left a moment ago counts as gone, though nobody has told the order's lines yet."""
    left = await fulfilment.units_left(tx, order.order_id)
    if more := rules.gone(await orders.lines(tx, order.order_id), left):
        await orders.mark_gone(tx, order.order_id, more)
