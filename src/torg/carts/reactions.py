"""What carts do when something has happened to them: a cart that is left alone is looked at when its time has come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from torg.carts import store
from torg.carts.events import CartChanged, CartCreated
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.markets import atlas


async def look_later(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Carts were begun or changed: they are looked at when nobody has changed them for as long as their channel waits.

    The channel of a change is not told, so the shortest wait of all counts first; whoever looks knows better.
    """
    waits = [channel.settings.cart_idle_minutes for channel in (await atlas(tx.database)).channels.values()]
    shortest = min((minutes for minutes in waits if minutes), default=None)
    if shortest is None:
        return
    last: dict[UUID, datetime] = {}
    for recorded in events:
        assert isinstance(recorded.event, CartCreated | CartChanged)
        last[recorded.event.order_id] = recorded.at + timedelta(minutes=shortest)
    await store.look_later(tx, last)


SUBSCRIPTIONS = (
    Subscription(name="carts.idle", types=(CartCreated, CartChanged), handle=look_later, gathers=True),
)
