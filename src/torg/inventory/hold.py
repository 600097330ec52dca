"""Keep goods for lines that are about to be bought: all of them, or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from torg.catalog import specials
from torg.inventory import figures, rules, spread, telling
from torg.inventory.availability import availability
from torg.inventory.buffers import known_buffers
from torg.inventory.model import AlreadyHeld, Cause, Deltas, Demand, Held, Level, Move, OutOfStock, Short
from torg.inventory.routing import route
from torg.inventory.routing.model import Destination
from torg.inventory.soft import let_go
from torg.inventory.soft.model import SoftHold
from torg.inventory.store import ledger, reads
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public

Free = Mapping[tuple[UUID, str], int]


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
    under: UUID | None = None,
) -> list[Held]:
    """Keep what every line wants until `expires_at`: by the channel's routing rules, else each line from its locations
    in order of preference.

    Refused as a whole with `OutOfStock`, which names every line that cannot be served, and then nothing is kept. What
    was decided is pinned: the answer says which location gives how many to which line. The right to do this is the
    order's; `by` stands in the ledger.

    With `kept`, what was kept for the cart that becomes this order is taken first, wherever it was kept: between the
    two nobody else can have it. What a placed order may want more of is held `under` an id of its own, until the order
    adopts it.
    """
    routed = await _routed(tx, order_id, demands, channel, to)
    soft = await let_go.locked(tx, order_id) if kept else []
    held, given_up = await _source(tx, order_id, demands, routed, soft)
    moves = [Move(part.variant_id, part.location, Deltas(reserved=part.quantity)) for part in held]
    entry = ledger.Entry(Cause.reserved, str(by), telling.document(order_id))
    for batch in await spread.batches(tx, moves):
        places = {(move.variant_id, move.location) for move in batch}
        parts = [part for part in held if (part.variant_id, part.location) in places]
        moved = await ledger.hold(tx, batch, parts, entry, order_id=under or order_id, expires_at=expires_at)
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
    free: Free | None = None
    if route.optimises(await route.known(tx.database), channel):
        places = sorted({place for line in sent for place in line.locations})
        there = await availability(tx, [line.variant_id for line in sent], places, channel=channel)
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
    levels: dict[tuple[UUID, str], Level] = {}
    for batch in await spread.batches(tx, places):
        levels |= {(level.variant_id, level.location): level for level in await ledger.lock(tx, batch)}
    given_up = await let_go.pin(tx, order_id, soft)
    levels |= {(level.variant_id, level.location): level for level in given_up}
    everywhere = await known_buffers(tx.database)
    special = await specials(tx.database)
    held: list[Held] = []
    for channel in sorted({line.channel for line in demands}, key=lambda code: code or ""):
        lines = [line for line in demands if line.channel == channel]
        kept = everywhere.get(channel or "", {})
        shelf = figures.Shelf.of(levels.values(), held, channel, kept, today=tx.now.date())
        parts, short = await _share(tx, lines, routed, shelf)
        if short:
            raise OutOfStock(count=len(short), lines=[_told(line) for line in short])
        held += shelf.mark_late(parts, special)
    return held, given_up


async def _share(
    tx: Transaction, demands: Sequence[Demand], routed: route.Routed | None, shelf: figures.Shelf
) -> tuple[list[Held], list[Short]]:
    """Lines that stay where they are bought or collected come first; the others go by the channel's rules, if any.

    What is there goes before what is expected: rules are asked about the latter when they pass on the former.
    """
    sent = [line for line in demands if line.sent]
    if routed is None or not sent:
        return rules.source_soonest(demands, shelf.there, shelf.free)
    held, short = rules.source_soonest([line for line in demands if not line.sent], shelf.there, shelf.free)
    if short:
        return held, short
    for present in (shelf.there, shelf.free) if shelf.there != shelf.free else (shelf.free,):
        left = dict(present)
        for part in held:
            left[part.variant_id, part.location] -= part.quantity
        chosen = await route.choose(tx, routed, left)
        if chosen is not None:
            return held + chosen, []
    _, short = rules.source(demands, shelf.free)
    return [], short or [Short(line.line_id, line.variant_id, line.quantity, 0) for line in sent]


def _told(line: Short) -> dict[str, object]:
    return {
        "line": public("lin", line.line_id),
        "variant": public("var", line.variant_id),
        "wanted": line.wanted,
        "available": line.available,
    }
