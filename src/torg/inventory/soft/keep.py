"""Keep what carts wish for, many at once: each gets what can be kept for it, and an answer of its own."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from torg.inventory import figures, rules, spread, telling
from torg.inventory.buffers import known_buffers
from torg.inventory.model import Deltas, Level, Move
from torg.inventory.soft import rules as soft
from torg.inventory.soft import store
from torg.inventory.soft.model import Kept, SoftHold, Used, Wish
from torg.inventory.store import ledger
from torg.kernel.database import Transaction


async def keep(tx: Transaction, wishes: Sequence[Wish]) -> list[Kept]:
    """Keep what is wished for as far as it is there and the holder may have it; the answers stand in the wishes' order.

    Wishes are met in their order. What is kept for a line already counts for it, so the same wish again keeps no more.
    """
    places = {(d.variant_id, place) for wish in wishes for d in wish.demands for place in d.locations}
    if not places:
        return [Kept() for _ in wishes]
    everywhere = await known_buffers(tx.database)
    there, used, levels = await _locked(tx, wishes, places)
    today = tx.now.date()
    free = {
        (level.variant_id, level.location): figures.there(level) + figures.beyond(level, today)
        for level in levels
    }
    others = {
        (channel, level.variant_id, level.location): units
        for channel in {demand.channel for wish in wishes for demand in wish.demands if demand.channel}
        for level in levels
        if (units := figures.kept(level, channel, everywhere.get(channel, {})))
    }
    decided = soft.decide(wishes, there, used, free, tx.now, others)
    made = [(hold, wish) for wish, kept in zip(wishes, decided, strict=True) for hold in kept.made]
    for group in await spread.groups(tx, {hold.bucket for hold, _ in made}):
        here = [(hold, wish) for hold, wish in made if hold.bucket in group]
        moved = await store.keep(tx, group, here)
        if len(moved) != len({(hold.variant_id, hold.location) for hold, _ in here}):
            raise AssertionError("a level that was locked has changed")
        telling.changed(tx, moved)
    return await _renew(tx, wishes, decided)


async def _locked(
    tx: Transaction, wishes: Sequence[Wish], places: Iterable[tuple[UUID, str]]
) -> tuple[list[SoftHold], list[Used], list[Level]]:
    """What is kept for the carts, what the holders have, and how the levels stand; all of it asked on one journey."""
    moves = [Move(variant, place, Deltas()) for variant, place in places]
    batches = await spread.batches(tx, moves)
    groups = await spread.groups(tx, {rules.bucket(variant) for variant, _ in places})
    orders, holders = [wish.order_id for wish in wishes], [wish.holder for wish in wishes]
    store.lock_holders(tx, holders)
    found: tuple[list[Any], ...] = await tx.together(
        *(store.lock(tx, group, orders) for group in groups),
        store.used(tx, holders),
        *(ledger.lock(tx, batch) for batch in batches),
    )
    there, used, levels = found[: len(groups)], found[len(groups)], found[len(groups) + 1 :]
    return list(chain(*there)), used, list(chain(*levels))


async def _renew(tx: Transaction, wishes: Sequence[Wish], decided: Sequence[Kept]) -> list[Kept]:
    until = {
        hold.id: tx.now + timedelta(minutes=wish.terms.minutes)
        for wish, kept in zip(wishes, decided, strict=True)
        for hold in kept.renewed
    }
    if not until:
        return list(decided)
    renewed = [hold for kept in decided for hold in kept.renewed]
    for group in await spread.groups(tx, {hold.bucket for hold in renewed}):
        here = [hold for hold in renewed if hold.bucket in group]
        await store.renew(tx, group, here, [until[hold.id] for hold in here])
    return [
        replace(kept, holds=tuple(replace(h, expires_at=until.get(h.id, h.expires_at)) for h in kept.holds))
        for kept in decided
    ]
