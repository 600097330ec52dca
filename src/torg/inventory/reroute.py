"""Find other places for goods of a placed order that a place could not send: by the channel's rules, or by hand.

What is found is allocated at once: the order is placed and paid for, there is nothing to wait for.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from torg.inventory import figures, rights, spread, telling
from torg.inventory.availability import availability
from torg.inventory.buffers import known_buffers
from torg.inventory.model import Cause, Deltas, Demand, Held, Move, OutOfStock
from torg.inventory.routing import route
from torg.inventory.routing.model import Cost, Decision, Destination, RuleSet
from torg.inventory.store import allocations, ledger
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.permissions import Permission

Free = dict[tuple[UUID, str], int]


class Rerouted(Struct, frozen=True):
    """Who sends goods instead, and after how many days they are with the customer; without parts nobody does."""

    parts: tuple[Held, ...] = ()
    days: int = 0


async def routing_rules(tx: Transaction, channel: str) -> RuleSet:
    """How goods of this channel's orders are routed, and what becomes of those that nobody sends."""
    return route.rules_for(await route.known(tx.database), channel)


async def cancelling(tx: Transaction) -> dict[str, int]:
    """The channels that cancel orders which lack goods, and after how many days."""
    sets = (await route.known(tx.database)).rules.values()
    return {rules.channel: rules.cancel_after_days for rules in sets if rules.cancel_after_days}


async def reroute(
    tx: Transaction,
    order_id: UUID,
    demands: Sequence[Demand],
    *,
    channel: str,
    to: Destination,
    rejected: route.Rejected,
) -> Rerouted:
    """Allocate what a place did not send at others, by the channel's rules; nothing when nobody can send it all.

    Places are not asked again for goods that they have `rejected`. The decision is kept with its reasons either way.
    The right to do this is the order's.
    """
    places = sorted({place for line in demands for place in line.locations})
    there = await availability(tx, [line.variant_id for line in demands], places, channel=channel)
    ahead = {(variant, place): left for variant, row in there.items() for place, left in row.items()}
    routed = await route.prepare(tx, order_id, channel, demands, to, ahead, rejected=rejected)
    if routed is None:
        return Rerouted()
    held = await route.choose(tx, routed, await _lock(tx, demands, channel)) or []
    await _allocate(tx, order_id, held, tx.actor)
    return Rerouted(tuple(held), routed.days(held))


async def allocate_at(
    tx: Transaction,
    order_id: UUID,
    demand: Demand,
    *,
    location: str,
    channel: str,
    to: Destination,
    by: Actor,
) -> Rerouted:
    """Allocate what a place did not send at the place that somebody has chosen, whatever the rules say.

    Refused with `OutOfStock` when it has too little. Without the right to see the place's stock it is as if it did not
    exist; the right to choose is the order's.
    """
    await rights.must(tx, Permission.stock_read, {location}, by)
    asked = [Demand(demand.line_id, demand.variant_id, demand.quantity, (location,), value=demand.value)]
    free = await _lock(tx, asked)
    left = max(0, free.get((demand.variant_id, location), 0))
    if left < demand.quantity:
        line = {"line": public("lin", demand.line_id), "variant": public("var", demand.variant_id)}
        raise OutOfStock(count=1, lines=[line | {"wanted": demand.quantity, "available": left}])
    held = [Held(demand.line_id, demand.variant_id, location, demand.quantity)]
    decision = Decision(tuple(held), None, (), Cost(0, 0, 0, 0), by=str(by))
    days = await route.keep_chosen(tx, order_id, channel, asked, to, free, decision)
    await _allocate(tx, order_id, held, str(by))
    return Rerouted(tuple(held), days)


async def _lock(tx: Transaction, demands: Sequence[Demand], channel: str | None = None) -> Free:
    """What is there of each and not promised, on levels that are locked from now on; what the channel leaves to others
    is not counted. Nothing is promised a second time before it has come.
    """
    places = [Move(line.variant_id, place, Deltas()) for line in demands for place in line.locations]
    everywhere = (await known_buffers(tx.database)).get(channel or "", {})
    return {
        (level.variant_id, level.location): figures.there(level) - figures.kept(level, channel, everywhere)
        for batch in await spread.batches(tx, places)
        for level in await ledger.lock(tx, batch)
    }


async def _allocate(tx: Transaction, order_id: UUID, held: Sequence[Held], actor: str) -> None:
    moves = [Move(part.variant_id, part.location, Deltas(allocated=part.quantity)) for part in held]
    entry = ledger.Entry(Cause.allocated, actor, telling.document(order_id), "rerouted")
    for batch in await spread.batches(tx, moves):
        telling.changed(tx, await ledger.move(tx, batch, entry))
    await allocations.add(tx, order_id, held)
