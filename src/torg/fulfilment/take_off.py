"""An order wants less, or something else, than places were told: what nobody works on yet is taken off their lists.

What is being gathered, is ready or has left stays as it is: whoever asks for it is refused. Where the law lets the
customer have no more of it, what has not left is stopped, whoever works on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.customers import Address
from torg.fulfilment import rules, store
from torg.fulfilment.errors import NotOnAList
from torg.fulfilment.events import FulfilmentCancelled, FulfilmentReduced
from torg.fulfilment.model import (
    TO_DO,
    Fulfilment,
    FulfilmentKind,
    FulfilmentState,
)
from torg.fulfilment.shipments.give_up import give_up_all
from torg.kernel.database import Transaction

CALLED_OFF: Final = frozenset({FulfilmentState.cancelled, FulfilmentState.rejected})

Part = tuple[UUID, UUID]
"""An order's line and a variant: a bundle's line has several."""


class TakenOff(Struct, frozen=True):
    """So many units of a line that a location does not send any more."""

    fulfilment_id: UUID
    line_id: UUID
    variant_id: UUID
    location: str
    quantity: int


class Direction(Struct, frozen=True):
    """To whom and where goods go, by which method, and who is told."""

    recipient: str
    address: Address | None
    email: str | None
    method: str | None


def _untouched(one: Fulfilment) -> bool:
    """Whether nobody works on it, and nothing of it is packed or has left."""
    whole = {(line.line_id, line.variant_id): line.quantity for line in one.lines}
    return one.state is FulfilmentState.open and rules.unpacked(one) == whole


def begun(fulfilments: Iterable[Fulfilment]) -> dict[Part, int]:
    """How many units somebody works on, has ready or has let leave, by the order's line and variant."""
    found: dict[Part, int] = {}
    for one in fulfilments:
        if one.state not in CALLED_OFF and not _untouched(one):
            for line in one.lines:
                part = (line.line_id, line.variant_id)
                found[part] = found.get(part, 0) + line.quantity
    return found


async def take_off(tx: Transaction, order_id: UUID, wanted: Mapping[Part, int]) -> list[TakenOff]:
    """Have places not send so many units any more, of the last that was planned first; tells which did not have to.

    `NotOnAList`, and nothing changed, when more is to be taken off than nobody works on. What is empty is cancelled.
    The right to do this is the order's.
    """
    there = [one for one in await store.of_order(tx, order_id, lock=True) if one.lines and _untouched(one)]
    taken = _taken(there, wanted)
    if sum(one.quantity for one in taken) < sum(wanted.values()):
        raise NotOnAList()
    await _write(tx, order_id, there, taken)
    return taken


async def stop(tx: Transaction, order_id: UUID, wanted: Mapping[Part, int]) -> list[TakenOff]:
    """Send so many units less, also of what somebody works on, has ready or has packed; tells which those are.

    What has left meanwhile has left. Of what waits for a carrier nothing leaves: what stays wanted is packed anew.
    """
    there = [one for one in await store.of_order(tx, order_id, lock=True) if one.state in TO_DO]
    await give_up_all(tx, order_id)
    taken = _taken(there, wanted)
    await _write(tx, order_id, there, taken)
    for one in there:
        off = sum(part.quantity for part in taken if part.fulfilment_id == one.id)
        left = sum(line.quantity for line in one.lines) - off
        if off and left and left == sum(line.gone for line in one.lines):
            await store.move(tx, replace(one, version=one.version + 1), FulfilmentState.shipped)
    return taken


def _taken(there: Sequence[Fulfilment], wanted: Mapping[Part, int]) -> list[TakenOff]:
    """At most so many units that have not left, of the last that was planned first."""
    left = dict(wanted)
    taken: list[TakenOff] = []
    for one in reversed(there):
        for line in one.lines:
            part = (line.line_id, line.variant_id)
            units = min(left.get(part, 0), line.quantity - line.gone)
            if units:
                left[part] -= units
                taken.append(TakenOff(one.id, line.line_id, line.variant_id, one.location, units))
    return taken


async def _write(
    tx: Transaction, order_id: UUID, there: Sequence[Fulfilment], taken: Sequence[TakenOff]
) -> None:
    if taken:
        await store.take_off(tx, order_id, taken)
        tx.record(*(_event(one, taken) for one in there if any(t.fulfilment_id == one.id for t in taken)))


def _event(one: Fulfilment, taken: Sequence[TakenOff]) -> FulfilmentCancelled | FulfilmentReduced:
    off: dict[UUID, int] = {}
    for part in taken:
        if part.fulfilment_id == one.id:
            off[part.line_id] = off.get(part.line_id, 0) + part.quantity
    units = sum(line.quantity for line in one.lines)
    if sum(off.values()) == units:
        return FulfilmentCancelled.of(one)
    return FulfilmentReduced.of_units(one, off)


async def direct(tx: Transaction, order_id: UUID, to: Direction) -> list[Fulfilment]:
    """Have what nobody works on yet sent there, in that way; news of what has not left goes to that address.

    Tells what is sent to another place, or in another way, than before.
    """
    there = await store.of_order(tx, order_id, lock=True)
    await store.direct(tx, order_id, to)
    return [one for one in there if one.state is FulfilmentState.open and one.kind is FulfilmentKind.ship]
