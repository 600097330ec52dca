"""Routing rules are tried on what a channel sent in the practice year, of which routing was never asked."""

from collections.abc import Mapping

import msgspec

from torg.demo import history_fill
from torg.inventory import RuleSet, Simulation
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.orders import try_rules as simulate

STORES = {"name": "stores first", "kinds": ["store"]}
ANYBODY = {"name": "anybody", "most_parcels": 5}
A_YEAR = 100_000


async def tried(world: Database, *rules: Mapping[str, object]) -> Simulation:
    wanted = msgspec.convert({"channel": "web-no", "rules": rules}, RuleSet)

    async def work(tx: Transaction) -> Simulation:
        return await simulate(tx, wanted, orders=A_YEAR, by=SYSTEM)

    return await world.read(work)


async def test_a_year_of_a_channel_is_tried_and_all_four_figures_follow_the_rules(
    world: Database,
) -> None:
    await history_fill.fill(world, lambda *_: None)
    found = await tried(world, STORES, ANYBODY)
    was, would_be = found.was, found.would_be
    assert was.orders == would_be.orders == was.served > 1000
    assert sum(was.loads.values()) == was.parcels >= was.served
    by_stores = sum(units for place, units in would_be.loads.items() if place != "lager-oslo")
    assert by_stores > sum(units for place, units in was.loads.items() if place != "lager-oslo")
    assert 0 < would_be.on_time <= would_be.served
    assert would_be.cost.shipping > 0 and would_be.cost.risk > 0
    warehouse = await tried(world, {"name": "warehouse", "kinds": ["warehouse"]}, ANYBODY)
    assert warehouse.would_be.loads["lager-oslo"] > would_be.loads.get("lager-oslo", 0)
