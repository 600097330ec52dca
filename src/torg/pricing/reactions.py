"""What prices do when something has happened: a bulk change that has begun is carried out by a job."""

from collections.abc import Sequence

from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import defer
from torg.pricing import jobs
from torg.pricing.events import PriceBulkBegun


async def carry_out(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Put bulk changes into the queue."""
    for recorded in events:
        begun = recorded.event
        assert isinstance(begun, PriceBulkBegun)
        await defer(tx, jobs.apply_bulk.with_(once=begun.bulk_id.hex), bulk_id=begun.bulk_id)


SUBSCRIPTIONS = (Subscription(name="pricing.bulk", types=(PriceBulkBegun,), handle=carry_out),)
