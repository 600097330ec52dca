"""What somebody may see of the work of fulfilment: that of the stores, and of the channels, of her rights."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from torg import inventory
from torg.fulfilment import store
from torg.fulfilment.errors import UnknownFulfilment
from torg.fulfilment.model import Fulfilment, FulfilmentKind, FulfilmentLine, FulfilmentState
from torg.inventory import Waiting
from torg.kernel.access import Actor, ActorKind
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.markets import atlas
from torg.permissions import Permission


async def for_work(tx: Transaction, order_id: UUID, fulfilment_id: UUID, *, by: Actor) -> Fulfilment:
    """A fulfilment, locked, for who may move it; who may not even see it is told that there is none."""
    by.must(Permission.fulfilment_write, anywhere=True)
    found = await store.find(tx, order_id, fulfilment_id, lock=True)
    if found is None or not sees(by, found):
        raise UnknownFulfilment(fulfilment=public("ful", fulfilment_id))
    by.must(Permission.fulfilment_write, store=found.store, channel=found.channel)
    return found


async def work_list(
    tx: Transaction,
    *,
    location: str | None,
    states: Sequence[FulfilmentState],
    after: tuple[datetime, UUID] | None,
    limit: int,
    by: Actor,
) -> list[Fulfilment]:
    """What there is to do where the actor may look, the oldest first; its lines say what cannot leave yet."""
    by.must(Permission.fulfilment_read, anywhere=True)
    known = await atlas(tx.database)
    stores = {shop.location: shop.code for shop in known.stores.values()}
    if location is not None:
        known.location(location)
        by.must(Permission.fulfilment_read, store=stores.get(location), anywhere=location not in stores)
    held = [grant.stores for grant in by.grants if grant.holds(Permission.fulfilment_read)]
    everywhere = by.kind is ActorKind.system or None in held
    reachable = frozenset().union(*(codes or () for codes in held))
    places = [
        code
        for code in ([location] if location else sorted(known.locations))
        if everywhere or stores.get(code) in reachable
    ]
    found: list[Fulfilment] = []
    while len(found) < limit:
        rows = await store.work(tx, places, states, after, limit)
        found += [row for row in rows if sees(by, row)]
        if len(rows) < limit:
            break
        after = (rows[-1].created_at, rows[-1].id)
    return await _with_times(tx, found[:limit])


async def _with_times(tx: Transaction, found: list[Fulfilment]) -> list[Fulfilment]:
    """With what cannot leave yet, and when a store has promised to have it ready."""
    to_do = [one for one in found if not one.state.left]
    waiting, ready = await tx.together(
        inventory.waiting(tx, {one.order_id for one in to_do}),
        inventory.promised_pick_ups(tx, {(one.location, one.order_id) for one in to_do}),
    )
    waits = {(one.order_id, one.line_id, one.variant_id, one.location): one for one in waiting}
    return [
        replace(
            one,
            lines=tuple(_waiting(one, line, waits) for line in one.lines),
            ready_at=_on_its_clock(one, ready.get((one.location, one.order_id)) or one.ready_at),
        )
        for one in found
    ]


def _on_its_clock(fulfilment: Fulfilment, moment: datetime | None) -> datetime | None:
    if moment is None or fulfilment.kind is not FulfilmentKind.pick_up:
        return None
    return moment.astimezone(ZoneInfo(fulfilment.time_zone))


def _waiting(
    fulfilment: Fulfilment, line: FulfilmentLine, waits: Mapping[tuple[UUID, UUID, UUID, str], Waiting]
) -> FulfilmentLine:
    found = waits.get((fulfilment.order_id, line.line_id, line.variant_id, fulfilment.location))
    if found is None or fulfilment.state.left:
        return line
    return replace(line, waits=found.units, expected=found.expected)


def sees(by: Actor, fulfilment: Fulfilment) -> bool:
    """Whether the actor may see the fulfilment."""
    rights = (Permission.fulfilment_read, Permission.fulfilment_write)
    return any(by.may(right, store=fulfilment.store, channel=fulfilment.channel) for right in rights)
