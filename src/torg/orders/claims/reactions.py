"""What follows from claims: the customer is told that somebody looks into it, or why nothing is done."""

from collections.abc import Sequence

from torg.kernel import mail
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.orders import store as orders
from torg.orders.claims.events import ClaimEvent, ClaimOpened, ClaimRefused


async def tell(tx: Transaction, events: Sequence[Recorded]) -> None:
    """The customer learns that her claim has come, and why nothing is done; of money and goods others tell."""
    wishes = []
    for recorded in events:
        event = recorded.event
        assert isinstance(event, ClaimEvent)
        order = await orders.find(tx, event.order_id)
        if order is None or order.email is None:
            continue
        template = "opened" if event.type == ClaimOpened.type else "refused"
        wishes.append(
            mail.Wish(
                to=order.email,
                template=f"claims/{template}",
                language=order.language,
                region=order.country,
                zone=order.time_zone,
                dedupe=f"claims.{template}:{event.claim_id}",
                facts={"name": order.name, "number": order.number, "reason": event.reason or ""},
            )
        )
    await mail.send_all(tx, wishes)


SUBSCRIPTIONS = (Subscription(name="orders.claims-tell", types=(ClaimOpened, ClaimRefused), handle=tell),)
