"""From the feed to the endpoints: a delivery for each endpoint that wants the event."""

from collections.abc import Sequence

from torg.kernel import ids
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.webhooks import store


async def fan_out(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Add the deliveries; exactly once, since this is the subscription's own transaction."""
    targets = await tx.all(store.Target, store.TARGETS)
    if not targets:
        return
    rows = []
    for event in events:
        happened = store.Happened(event.position, event.id, event.type, event.at, tx.trace)
        for target in targets:
            if event.position > target.after and (not target.types or event.type in target.types):
                rows.append((target.id, ids.new_id(), happened))
    await store.add_deliveries(tx, rows)


SUBSCRIPTIONS = (Subscription(name="webhooks", types=(), handle=fan_out, from_start=False),)
