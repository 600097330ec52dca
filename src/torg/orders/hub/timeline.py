"""What happened to an order, from beginning to end: every fact that the feed has of it and of whatever belongs to it
(payments, fulfilments, parcels, shortfalls, returns, claims, documents), and the notes of staff; each with who did it.

The feed keeps facts for ever and numbers them, so nothing is written a second time for a timeline. What another system
did before this one took over stands in the order itself only.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from torg.kernel import feed
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.kernel.outward import outward
from torg.orders.events import OrderNoted
from torg.orders.hub import store
from torg.orders.hub.note import seen_by_staff
from torg.permissions import Permission

NOTE: Final = "note"
MOST: Final = 1000
BEFORE: Final = "cart."
"""What was done to the cart is told by the journey of the order."""


class Happening(Struct, frozen=True):
    """Something that happened to an order, and who did it."""

    at: datetime
    type: str
    by: str
    data: dict[str, Any]


async def timeline(tx: Transaction, order_id: UUID, *, by: Actor) -> list[Happening]:
    """All that happened to an order, the oldest first, for staff who may read it."""
    by.must(Permission.orders_read, anywhere=True)
    await seen_by_staff(tx, order_id, by)
    facts, notes = await tx.together(feed.of_key(tx, str(order_id), limit=MOST), _notes(tx, order_id))
    happened = [
        Happening(fact.at, fact.type, fact.actor, outward(fact.payload))
        for fact in facts
        if fact.type != OrderNoted.type and not fact.type.startswith(BEFORE)
    ]
    return sorted([*happened, *notes], key=lambda one: one.at)


async def _notes(tx: Transaction, order_id: UUID) -> Iterator[Happening]:
    return (
        Happening(one.created_at, NOTE, one.actor, {"id": public("note", one.id), "text": one.text})
        for one in await store.notes(tx, order_id)
    )
