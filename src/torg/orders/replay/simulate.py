"""Try routing rules on what a channel has sent, history of other systems included."""

from torg import inventory
from torg.inventory import RuleSet, Simulation
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.orders.replay import store
from torg.permissions import Permission


async def simulate(tx: Transaction, wanted: RuleSet, *, orders: int, by: Actor) -> Simulation:
    """Cost, splits, promises kept and loads of the channel's last sent orders: as it was, and by these rules.

    Nothing is changed. What is not known of the past is taken as `replay_sent` says.
    """
    by.must(Permission.channels_read, channel=wanted.channel)
    sent = await store.sent(tx, wanted.channel, orders)
    return await inventory.replay_sent(tx, wanted, sent, by=by)
