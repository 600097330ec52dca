"""The log of what was sent, and sending it again.

A replayed event keeps its `webhook-id`, so that a receiver who has it already can tell.
"""

from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel import audit, ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.webhooks import store
from torg.kernel.webhooks.body import TEST_TYPE, message
from torg.kernel.webhooks.model import (
    Called,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    NotActive,
    UnknownDelivery,
)
from torg.permissions import Permission

RANGE = 1000
SPAN = 50_000


class Sent(Struct, frozen=True):
    """A delivery with what it sends and all calls that were made for it."""

    delivery: Delivery
    message: dict[str, Any]
    calls: list[Called]


class Replayed(Struct, frozen=True):
    """How many deliveries start over, and the position up to which the range was gone through."""

    deliveries: int
    next: int
    done: bool


async def list_deliveries(
    tx: Transaction,
    endpoint: UUID,
    *,
    by: Actor,
    state: DeliveryState | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Delivery]:
    """The newest first."""
    by.must(Permission.webhooks_read)
    await store.get(tx, endpoint)
    return await store.deliveries(tx, endpoint, before=before, state=state, limit=limit)


async def load(tx: Transaction, endpoint: UUID, id: UUID, *, by: Actor) -> Sent:
    """One delivery with its calls."""
    by.must(Permission.webhooks_read)
    delivery = await _get(tx, endpoint, id)
    told = message(delivery, await store.data(tx, endpoint, id))
    return Sent(delivery, told, await store.calls(tx, endpoint, id))


async def send_test(tx: Transaction, endpoint: UUID, *, by: Actor) -> Delivery:
    """Have a test event sent."""
    by.must(Permission.webhooks_write)
    await _must_be_active(tx, endpoint)
    id = ids.new_id()
    await tx.execute(
        store.ADD_TEST,
        endpoint=endpoint,
        id=id,
        event=ids.new_id(),
        type=TEST_TYPE,
        data=Jsonb({"endpoint_id": ids.public("whk", endpoint)}),
        trace=tx.trace,
        now=tx.now,
    )
    return await _get(tx, endpoint, id)


async def replay(tx: Transaction, endpoint: UUID, id: UUID, *, by: Actor) -> Delivery:
    """Send an event again at once, whatever became of it; one that is under way just now is left alone."""
    by.must(Permission.webhooks_write)
    await _must_be_active(tx, endpoint)
    await _get(tx, endpoint, id)
    await tx.execute(store.AGAIN, endpoint=endpoint, id=id, now=tx.now)
    await audit.write(tx, by, "webhook.replayed", ids.public("whk", endpoint), delivery=ids.public("dlv", id))
    return await _get(tx, endpoint, id)


async def replay_range(
    tx: Transaction, endpoint: UUID, *, after: int, until: int | None, delivered_too: bool, by: Actor
) -> Replayed:
    """Send the events of a range of the feed that never arrived, or all of them; call again with `next` until done."""
    by.must(Permission.webhooks_write)
    target = await _must_be_active(tx, endpoint)
    head = await tx.one(int, store.HEAD)
    last = head if until is None else min(head, until)
    upto = min(last, after + SPAN)
    events = await tx.all(
        store.Happened,
        store.IN_RANGE,
        after=after,
        upto=upto,
        types=list(target.types) or None,
        limit=RANGE,
    )
    rows = [(endpoint, ids.new_id(), event) for event in events]
    added = await store.add_deliveries(tx, rows, again=True, delivered_again=delivered_too)
    reached = events[-1].position if len(events) == RANGE else max(after, upto)
    await audit.write(
        tx, by, "webhook.replayed", ids.public("whk", endpoint), after=after, until=reached, events=added
    )
    return Replayed(added, reached, reached >= last)


async def _get(tx: Transaction, endpoint: UUID, id: UUID) -> Delivery:
    found = await tx.find(Delivery, store.FIND_DELIVERY, endpoint=endpoint, id=id)
    if found is None:
        raise UnknownDelivery(delivery=ids.public("dlv", id))
    return found


async def _must_be_active(tx: Transaction, id: UUID) -> Endpoint:
    endpoint = await store.get(tx, id)
    if endpoint.state is not EndpointState.active:
        raise NotActive(state=endpoint.state.value)
    return endpoint
