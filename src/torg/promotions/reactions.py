"""What promotions do when something has happened."""

from collections.abc import Sequence

from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import defer
from torg.promotions import jobs
from torg.promotions.events import CodesOrdered


async def make_codes(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Codes were ordered: a job makes them."""
    for recorded in events:
        event = recorded.event
        assert isinstance(event, CodesOrdered)
        await defer(tx, jobs.make_codes.with_(once=event.pool.hex), pool=event.pool)


SUBSCRIPTIONS = (Subscription(name="promotions.codes", types=(CodesOrdered,), handle=make_codes),)
