"""Other places send what one did not: the goods become the order's there, and the place is told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from torg import fulfilment, inventory
from torg.fulfilment import FulfilmentKind, Rejection
from torg.inventory import Demand, Rerouted
from torg.kernel import mail
from torg.kernel.database import Transaction
from torg.markets import atlas
from torg.orders import letters, rules
from torg.orders import store as orders
from torg.orders.model import Intent, Order, OrderLine
from torg.orders.plans import plans
from torg.orders.shortfalls.model import Shortfall

Lines = Mapping[UUID, OrderLine]


async def look_elsewhere(
    tx: Transaction,
    order: Order,
    lines: Lines,
    missing: Sequence[Shortfall],
    said: Sequence[Rejection],
) -> tuple[list[Rerouted], set[UUID]]:
    """Allocate what is missing at other places by the channel's rules: all of it together, else each line by itself.

    `said` are the rejections that count: who has refused goods is not asked for them again. Tells what was found, and
    of which shortfalls.
    """
    if not missing:
        return [], set()
    together = await _route(tx, order, lines, missing, said)
    if together.parts:
        return [together], {one.id for one in missing}
    found, sent = [], set()
    for one in missing if len(missing) > 1 else ():
        alone = await _route(tx, order, lines, [one], said)
        if alone.parts:
            found.append(alone)
            sent.add(one.id)
    return found, sent


async def _route(
    tx: Transaction,
    order: Order,
    lines: Lines,
    missing: Sequence[Shortfall],
    said: Sequence[Rejection],
) -> Rerouted:
    known = await atlas(tx.database)
    places = known.channel(order.channel).locations
    return await inventory.reroute(
        tx,
        order.order_id,
        [demand(one, lines[one.line_id], order.channel, places) for one in missing],
        channel=order.channel,
        to=rules.destination(order, tx.now),
        rejected=_rejected(said, {one.variant_id for one in missing}),
    )


def demand(missing: Shortfall, line: OrderLine, channel: str, places: Sequence[str]) -> Demand:
    """What is missing, as routing sees it: its share of what the line costs and weighs."""
    units = line.quantity * sum(one.quantity for one in line.components) or line.quantity
    return Demand(
        line.id,
        missing.variant_id,
        missing.quantity,
        tuple(places),
        sent=line.intent is Intent.ship,
        value=line.gross * missing.quantity // units,
        weight_g=line.weight_g * line.quantity * missing.quantity // units,
        channel=channel,
    )


def _rejected(said: Sequence[Rejection], variants: Collection[UUID]) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = {}
    for one in said:
        if one.variant_id in variants:
            found.setdefault(one.location, set()).add(one.variant_id)
    return found


async def send(
    tx: Transaction, order: Order, lines: Lines, found: Sequence[Rerouted], *, origin: UUID, round: int
) -> None:
    """Tell places what they send instead of another, the order which stores those are, and the customer.

    `origin` is what this makes up for; for each there is one answer.
    """
    parts = [part for one in found for part in one.parts]
    if not parts:
        return
    known = await atlas(tx.database)
    wanted = plans(order, list(lines.values()), parts, known, origin=origin, round=round)
    stores = {*order.stores, *(plan.store for plan in wanted if plan.store)}
    await orders.delivered_by(tx, {order.order_id: sorted(stores)})
    await fulfilment.plan(tx, {order.order_id: wanted})
    shipped = [
        (line.name, line.quantity)
        for plan in wanted
        if plan.kind is FulfilmentKind.ship
        for line in plan.lines
    ]
    if order.email is not None and shipped:
        latest = tx.now.date() + timedelta(days=max(one.days for one in found))
        await mail.send_all(tx, [letters.elsewhere(order, shipped, latest, origin)])
