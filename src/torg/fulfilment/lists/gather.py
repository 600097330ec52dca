"""What somebody fetches in one round for many orders of a place: each good once, with who gets how many of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.fulfilment.model import Fulfilment, FulfilmentState
from torg.fulfilment.rules import unpacked
from torg.fulfilment.see import work_list
from torg.kernel.access import Actor
from torg.kernel.database import Transaction

TO_FETCH: Final = (FulfilmentState.open, FulfilmentState.picking)
MOST: Final = 100


class ForOrder(Struct, frozen=True):
    """So many units of a good for one fulfilment, and when they are to be ready."""

    order_id: UUID
    fulfilment_id: UUID
    number: str
    quantity: int
    ready_at: datetime | None


class ToFetch(Struct, frozen=True):
    """A good to be fetched from its shelf, for one order or several."""

    variant_id: UUID
    sku: str
    name: str
    quantity: int
    waits: int
    orders: tuple[ForOrder, ...]


async def gather(
    tx: Transaction, location: str | None, *, states: Sequence[FulfilmentState] = TO_FETCH, by: Actor
) -> list[ToFetch]:
    """What is to be fetched at a place for its hundred oldest fulfilments, by SKU; `waits` units are not there yet."""
    found = await work_list(tx, location=location, states=states, after=None, limit=MOST, by=by)
    return fetched(found)


def fetched(fulfilments: Sequence[Fulfilment]) -> list[ToFetch]:
    """The goods of fulfilments that are in no parcel yet, each once. Pure."""
    goods: dict[UUID, list[tuple[Fulfilment, UUID, int, int]]] = {}
    names: dict[UUID, tuple[str, str]] = {}
    for one in fulfilments:
        left = unpacked(one)
        for line in one.lines:
            units = left[line.line_id, line.variant_id]
            if units:
                names[line.variant_id] = (line.sku, line.name)
                goods.setdefault(line.variant_id, []).append((one, line.line_id, units, line.waits))
    return sorted(
        (
            ToFetch(
                variant_id=variant,
                sku=names[variant][0],
                name=names[variant][1],
                quantity=sum(units for _, _, units, _ in parts),
                waits=sum(waits for _, _, _, waits in parts),
                orders=tuple(
                    ForOrder(one.order_id, one.id, one.number, units, one.ready_at)
                    for one, _, units, _ in parts
                ),
            )
            for variant, parts in goods.items()
        ),
        key=lambda good: (good.sku, good.variant_id),
    )
