"""Looking at routing: the rules, and why an order was routed as it was."""

from uuid import UUID

from torg.inventory import rights
from torg.inventory.routing import store
from torg.inventory.routing.model import RoutingPlace, RuleSet, UnknownRule
from torg.inventory.routing.store import Routing
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


async def rules_of(tx: Transaction, channel: str, *, by: Actor) -> RuleSet:
    """A channel's rules."""
    by.must(Permission.channels_read, channel=channel)
    found = (await store.rule_sets(tx)).get(channel)
    if found is None:
        raise UnknownRule(channel=channel[:80])
    return found


async def places(tx: Transaction, *, by: Actor) -> list[RoutingPlace]:
    """What was said of the places that the actor may look at."""
    seen = await rights.seen(tx, Permission.stock_read, by)
    said = await store.places(tx)
    return [said.get(code, RoutingPlace(code)) for code in seen]


async def routings(tx: Transaction, order_id: UUID, *, by: Actor) -> list[Routing]:
    """How an order was routed, every time, with the reasons; empty when no rules were asked.

    Seen by who has the right in the order's channel, or at a place that was chosen to send.
    """
    by.must(Permission.fulfilment_read, anywhere=True)
    return [routing for routing in await store.of_order(tx, order_id) if await _sees(tx, routing, by)]


async def _sees(tx: Transaction, routing: Routing, by: Actor) -> bool:
    return by.may(Permission.fulfilment_read, channel=routing.channel) or await rights.sees(
        tx, Permission.fulfilment_read, routing.decision.places, by
    )
