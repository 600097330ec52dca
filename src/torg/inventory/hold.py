"""Keep goods for lines that are about to be bought: all of them, or none."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from torg.inventory import rules, spread, telling
from torg.inventory.model import AlreadyHeld, Cause, Deltas, Demand, Held, Level, Move, OutOfStock, Short
from torg.inventory.routing import route
from torg.inventory.routing.model import Destination
from torg.inventory.soft import let_go
from torg.inventory.soft.model import SoftHold
from torg.inventory.store import ledger, reads
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public


async def hold(
    tx: Transaction,
    order_id: UUID,
    demands: Sequence[Demand],
    *,
    expires_at: datetime,
    by: Actor,
    channel: str | None = None,
    to: Destination | None = None,
    kept: bool = False,
) -> list[Held]:
    """Keep what every line wants until `expires_at`: by the channel's routing rules, else each line from its locations
    in order of preference.

    Refused as a whole with `OutOfStock`, which names every line that cannot be served, and then nothing is kept. What
    was decided is pinned: the answer says which location gives how many to which line. The right to do this is the
    order's; `by` stands in the ledger.

    With `kept`, what was kept for the cart that becomes this order is taken first, wherever it was kept: between the
    two nobody else can have it.
    """
    routed = await _routed(tx, order_id, demands, channel, to)
    soft = await let_go.locked(tx, order_id) if kept else []
    held, given_up = await _source(tx, order_id, demands, routed, soft)
    moves = [Move(part.variant_id, part.location, Deltas(reserved=part.quantity)) for part in held]
    entry = ledger.Entry(Cause.reserved, str(by), telling.document(order_id))
    for batch in await spread.batches(tx, moves):
        places = {(move.variant_id, move.location) for move in batch}
        parts = [part for part in held if (part.variant_id, part.location) in places]
        moved = await ledger.hold(tx, batch, parts, entry, order_id=order_id, expires_at=expires_at)
        if len(moved) != len(batch):
            raise AssertionError("a level that was locked has changed")
        if moved[0].holds != len(parts):
            raise AlreadyHeld()
        telling.changed(tx, moved)
        given_up = [level for level in given_up if (level.variant_id, level.location) not in places]
    telling.changed(tx, given_up)
    return held


async def extend(tx: Transaction, order_id: UUID, expires_at: datetime) -> int:
    """Keep what the order holds for longer, never shorter; tells how many holds there were to extend."""
    holds = await reads.holds(tx, order_id)
    return sum(
        [
            await ledger.extend(tx, group, order_id, expires_at)
            for group in await spread.groups(tx, [hold.bucket for hold in holds])
        ]
    )


async def _routed(
    tx: Transaction, order_id: UUID, demands: Sequence[Demand], channel: str | None, to: Destination | None
) -> route.Routed | None:
    sent = [line for line in demands if line.sent]
    if channel is None or to is None or not sent:
        return None
    free: dict[tuple[UUID, str], int] | None = None
    if route.optimises(await route.known(tx.database), channel):
        places = sorted({place for line in sent for place in line.locations})
        there = await reads.availability(tx, [line.variant_id for line in sent], places)
        free = {(variant, place): left for variant, row in there.items() for place, left in row.items()}
    return await route.prepare(tx, order_id, channel, sent, to, free)


async def _source(
    tx: Transaction,
    order_id: UUID,
    demands: Sequence[Demand],
    routed: route.Routed | None,
    soft: Sequence[SoftHold],
) -> tuple[list[Held], list[Level]]:
    # Every level that may serve a line is locked before anything is decided, so a refusal has nothing to take back.
    places = [Move(line.variant_id, place, Deltas()) for line in demands for place in line.locations]
    places += [Move(hold.variant_id, hold.location, Deltas()) for hold in soft]
    available: dict[tuple[UUID, str], int] = {}
    for batch in await spread.batches(tx, places):
        for level in await ledger.lock(tx, batch):
            available[level.variant_id, level.location] = level.available
    given_up = await let_go.pin(tx, order_id, soft)
    available |= {(level.variant_id, level.location): level.available for level in given_up}
    if routed is None:
        held, short = rules.source(demands, available)
    else:
        held, short = await _route(tx, demands, routed, available)
    if short:
        raise OutOfStock(count=len(short), lines=[_told(line) for line in short])
    return held, given_up


async def _route(
    tx: Transaction,
    demands: Sequence[Demand],
    routed: route.Routed,
    available: dict[tuple[UUID, str], int],
) -> tuple[list[Held], list[Short]]:
    """Lines that stay where they are bought or collected come first; the others go by the channel's rules."""
    held, short = rules.source([line for line in demands if not line.sent], available)
    if short:
        return held, short
    left = dict(available)
    for part in held:
        left[part.variant_id, part.location] -= part.quantity
    chosen = await route.choose(tx, routed, left)
    if chosen is not None:
        return held + chosen, []
    _, short = rules.source(demands, available)
    return [], short or [Short(w.line_id, w.variant_id, w.quantity, 0) for w in routed.wants]


def _told(line: Short) -> dict[str, object]:
    return {
        "line": public("lin", line.line_id),
        "variant": public("var", line.variant_id),
        "wanted": line.wanted,
        "available": line.available,
    }
