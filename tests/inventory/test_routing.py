"""Orders of the practice retailer are routed by a channel's rules, on locked levels, and every decision is kept."""

import asyncio
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from tests.inventory.conftest import make_variant
from tests.inventory.test_api import key

from torg.inventory import Demand, Destination, Held, OutOfStock, Receipt, hold, receive, verify
from torg.inventory.routing import keep, look, route, simulate
from torg.inventory.routing.model import Rank, RoutingPlace, Rule, RuleSet
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id, public
from torg.markets import LocationKind

CHANNEL = "web-no"
PLACES = ("lager-oslo", "oslo", "bergen")
HOME = Destination("NO", None, "5003", "standard", promised_days=10)


@pytest_asyncio.fixture(autouse=True)
async def no_rules(world: Database) -> None:
    """Nobody has said anything about routing yet."""
    for table in ("routing_rules", "routing_places", "routing_loads", "routings"):
        await world.run(lambda tx, t=table: tx.execute(f"DELETE FROM {t}"))  # type: ignore[misc]  # bound on purpose
    world.forget(route.CACHED)


async def goods(tx: Transaction, **there: int) -> UUID:
    """A new variant with so many at places; `lager` is the warehouse."""
    variant = await make_variant(tx)
    names = {"lager": "lager-oslo"}
    receipts = [Receipt(variant, names.get(code, code), units) for code, units in there.items()]
    await receive(tx, receipts, document="note", by=SYSTEM)
    return variant


def sent(variant: UUID, quantity: int, value: int = 1000) -> Demand:
    return Demand(new_id(), variant, quantity, PLACES, sent=True, value=value, weight_g=500)


async def order(tx: Transaction, *demands: Demand) -> list[tuple[str, int]]:
    held = await hold(tx, new_id(), demands, expires_at=tx.now, by=SYSTEM, channel=CHANNEL, to=HOME)
    return [(part.location, part.quantity) for part in held]


async def rule(world: Database, *rules: Rule) -> RuleSet:
    written = await world.run(lambda tx: keep.put_rules(tx, RuleSet(CHANNEL, rules), by=SYSTEM))
    world.forget(route.CACHED)
    return written


async def test_the_nearest_store_sends_before_the_warehouse(world: Database) -> None:
    await rule(world, Rule("near", ranks=(Rank.nearest,)), Rule("anybody", most_parcels=3))

    async def story(tx: Transaction) -> None:
        beans = await goods(tx, lager=9, oslo=9, bergen=2)
        assert await order(tx, sent(beans, 2)) == [("bergen", 2)]
        assert await order(tx, sent(beans, 3)) == [("lager-oslo", 3)]
        assert sorted(await order(tx, sent(beans, 15))) == [("lager-oslo", 6), ("oslo", 9)]
        with pytest.raises(OutOfStock):
            await order(tx, sent(beans, 1))
        assert await verify(tx, by=SYSTEM) == []

    await world.run(story)


async def test_every_decision_is_kept_with_its_reasons(world: Database) -> None:
    await rule(world, Rule("stores", kinds=(LocationKind.store,)), Rule("anybody"))

    async def story(tx: Transaction) -> None:
        beans, id = await goods(tx, lager=5, oslo=1), new_id()
        await hold(tx, id, [sent(beans, 2)], expires_at=tx.now, by=SYSTEM, channel=CHANNEL, to=HOME)
        (routing,) = await look.routings(tx, id, by=SYSTEM)
        assert (routing.number, routing.decision.rule, routing.decision.places) == (
            1,
            "anybody",
            ("lager-oslo",),
        )
        passed = routing.decision.steps[0]
        assert passed.left_out == {"lager-oslo": "kind", "bergen": "nothing_there"}
        assert (passed.ranked, passed.passed) == (("oslo",), "not_enough")

    await world.run(story)


async def test_what_is_collected_stays_where_it_is_collected(world: Database) -> None:
    await rule(world, Rule("stores first", kinds=(LocationKind.store,)), Rule("anybody"))

    async def story(tx: Transaction) -> None:
        beans = await goods(tx, lager=5, oslo=2)
        collected = Demand(new_id(), beans, 2, ("oslo",))
        assert await order(tx, sent(beans, 1), collected) == [("oslo", 2), ("lager-oslo", 1)]

    await world.run(story)


async def test_a_channel_without_rules_asks_its_locations_in_their_order(world: Database) -> None:
    async def story(tx: Transaction) -> None:
        beans, id = await goods(tx, lager=1, oslo=9), new_id()
        held = await hold(tx, id, [sent(beans, 2)], expires_at=tx.now, by=SYSTEM, channel="web-se", to=HOME)
        assert [(part.location, part.quantity) for part in held] == [("lager-oslo", 1), ("oslo", 1)]
        assert await look.routings(tx, id, by=SYSTEM) == []

    await world.run(story)


async def test_a_franchise_store_stays_out_and_a_small_one_takes_so_many_a_day(world: Database) -> None:
    await rule(world, Rule("stores first", kinds=(LocationKind.store,)), Rule("anybody"))
    for place in (RoutingPlace("oslo", ships=False), RoutingPlace("bergen", orders_a_day=2)):
        await world.run(lambda tx, p=place: keep.put_place(tx, p, by=SYSTEM))  # type: ignore[misc]  # bound on purpose
    world.forget(route.CACHED)
    beans = await world.run(lambda tx: goods(tx, lager=50, oslo=50, bergen=50))
    placed = await asyncio.gather(*(world.run(lambda tx: order(tx, sent(beans, 1))) for _ in range(12)))
    places = [place for ((place, _),) in placed]
    assert (places.count("bergen"), places.count("lager-oslo")) == (2, 10)


async def test_a_hundred_who_want_the_last_ten_get_ten_and_the_ledger_agrees(world: Database) -> None:
    await rule(world, Rule("near", ranks=(Rank.nearest,)), Rule("anybody", most_parcels=3))
    beans = await world.run(lambda tx: goods(tx, lager=4, oslo=3, bergen=3))

    async def want_one(tx: Transaction) -> str:
        try:
            ((place, _),) = await order(tx, sent(beans, 1))
        except OutOfStock:
            return "refused"
        return place

    outcomes = await asyncio.gather(*(world.run(want_one) for _ in range(40)))
    assert {place: outcomes.count(place) for place in (*PLACES, "refused")} == {
        "lager-oslo": 4,
        "oslo": 3,
        "bergen": 3,
        "refused": 30,
    }
    assert await world.read(lambda tx: verify(tx, by=SYSTEM)) == []


async def test_a_rule_that_optimises_chooses_the_least_cost(world: Database) -> None:
    await rule(world, Rule("cheap", optimise=True, most_parcels=3))

    async def story(tx: Transaction) -> None:
        # One parcel from the warehouse costs less than two from stores, whatever stands first.
        beans, mug = await goods(tx, lager=3, oslo=9), await goods(tx, lager=3, bergen=9)
        id = new_id()
        demands = [sent(beans, 2), sent(mug, 2)]
        held = await hold(tx, id, demands, expires_at=tx.now, by=SYSTEM, channel=CHANNEL, to=HOME)
        assert {part.location for part in held} == {"lager-oslo"}
        (routing,) = await look.routings(tx, id, by=SYSTEM)
        assert routing.decision.gap == 0

    await world.run(story)


async def test_what_was_thought_out_ahead_counts_only_while_it_fits(world: Database) -> None:
    await rule(world, Rule("cheap", optimise=True, most_parcels=3))

    async def story(tx: Transaction) -> None:
        beans, id = await goods(tx, lager=2, oslo=2), new_id()
        demand = sent(beans, 2)
        free = {(beans, "lager-oslo"): 2, (beans, "oslo"): 2}
        routed = await route.prepare(tx, id, CHANNEL, [demand], HOME, free)
        assert routed is not None and routed.ahead is not None
        (place,) = routed.ahead.places
        other = ({"lager-oslo", "oslo"} - {place}).pop()
        held = await route.choose(tx, routed, free | {(beans, place): 1})
        assert held == [Held(demand.line_id, beans, other, 2)]

    await world.run(story)


async def test_wrong_rules_are_refused_with_all_that_is_wrong(world: Database) -> None:
    await rule(world, Rule("a"))
    twice = RuleSet(CHANNEL, (Rule("a"), Rule("a", locations=("nowhere",))))
    with pytest.raises(Invalid) as refused:
        await world.run(lambda tx: keep.put_rules(tx, twice, by=SYSTEM))
    assert [p.field for p in refused.value.problems] == ["rules.1.name", "rules.1.locations"]
    with pytest.raises(StaleVersion):
        await world.run(lambda tx: keep.put_rules(tx, RuleSet(CHANNEL, (Rule("b"),)), version=7, by=SYSTEM))


async def test_other_rules_are_tried_on_past_orders_and_each_choice_has_its_effect(world: Database) -> None:
    await rule(world, Rule("warehouse", kinds=(LocationKind.warehouse,)), Rule("anybody", most_parcels=3))

    async def story(tx: Transaction) -> None:
        beans = await goods(tx, lager=3, oslo=2)
        for _ in range(4):
            await order(tx, sent(beans, 1))
        stores = RuleSet(CHANNEL, (Rule("stores", kinds=(LocationKind.store,)), Rule("anybody")))
        found = await simulate.simulate(tx, stores, orders=4, by=SYSTEM)
        assert found.was.loads == {"lager-oslo": 3, "oslo": 1}
        assert found.would_be.loads == {"lager-oslo": 2, "oslo": 2}
        assert (found.would_be.orders, found.would_be.served, found.would_be.split) == (4, 4, 0)
        only = RuleSet(CHANNEL, (Rule("stores", kinds=(LocationKind.store,)),))
        assert (await simulate.simulate(tx, only, orders=4, by=SYSTEM)).would_be.served == 2

    await world.run(story)


async def test_rules_are_written_tried_and_dropped_over_http(
    shop: httpx.AsyncClient, world: Database
) -> None:
    boss = await key(
        world, "channels:read", "channels:write", "stock:read", "stock:adjust", "fulfilment:read"
    )
    path = "/api/v1/channels/web-no/routing-rules"
    assert (await shop.get(path, headers=boss)).json()["code"] == "unknown-routing-rules"
    body = {"rules": [{"name": "near", "ranks": ["nearest"]}, {"name": "anybody", "most_parcels": 3}]}
    written = await shop.put(path, json=body, headers=boss)
    assert (written.status_code, written.json()["version"]) == (200, 1)
    stale = await shop.put(path, json=body | {"version": 9}, headers=boss)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-version")
    tried = await shop.post(f"{path}/simulation", json={"rules": body["rules"]}, headers=boss)
    assert tried.json()["would_be"]["orders"] == 0
    many = {"rules": [{"name": "x", "optimise": True}], "orders": 101}
    assert (await shop.post(f"{path}/simulation", json=many, headers=boss)).status_code == 422
    none = {"rules": [{"name": "x", "ranks": []}]}
    assert (await shop.put(path, json=none, headers=boss)).status_code == 422
    put = await shop.put("/api/v1/stock/places/bergen", json={"orders_a_day": 40}, headers=boss)
    assert put.json()["orders_a_day"] == 40
    told = (await shop.get("/api/v1/stock/places", headers=boss)).json()
    assert {place["location"]: place["orders_a_day"] for place in told}["bergen"] == 40
    unknown = public("ord", new_id())
    assert (await shop.get(f"/api/v1/orders/{unknown}/routings", headers=boss)).json() == []
    assert (await shop.delete(path, headers=boss)).status_code == 204
