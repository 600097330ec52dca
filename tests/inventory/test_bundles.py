"""A bundle promises its scarcest component, and nobody gets a component twice: not by any mix of lines, not at once."""

import asyncio
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb
from tests.inventory.conftest import Stock, demand, soon
from tests.inventory.test_concurrency import assert_sound, level, try_hold

from torg.catalog import Component
from torg.inventory import (
    BundleHasNoStock,
    Demand,
    HoldEnded,
    OutOfStock,
    Receipt,
    allocate,
    allocate_all,
    availability,
    give_back,
    hold,
    receive,
    release,
    sellable,
    ship,
    taken_apart,
)
from torg.inventory.model import HoldState
from torg.inventory.store import reads
from torg.kernel.access import SYSTEM
from torg.kernel.database import TALLY, Database, Tally, Transaction
from torg.kernel.ids import new_id

COMPOSE = "UPDATE variants SET components = %(components)s WHERE id = %(id)s"


async def bundle_of(database: Database, stock: Stock, **components: tuple[UUID, int]) -> UUID:
    """A new variant that is a bundle of these."""
    bundle = await stock()
    inside = [{"variant_id": str(id), "quantity": quantity} for id, quantity in components.values()]
    await database.run(lambda tx: tx.execute(COMPOSE, id=bundle, components=Jsonb(inside)))
    database.forget("catalog.specials")
    return bundle


def wants(bundle: UUID, quantity: int, places: str, **components: tuple[UUID, int]) -> list[Demand]:
    """What a line of so many bundles wants."""
    return taken_apart(demand(bundle, quantity, *places), [Component(*one) for one in components.values()])


async def holds_of(database: Database, order: UUID) -> dict[UUID, tuple[HoldState, int]]:
    found = await database.read(lambda tx: reads.holds(tx, order))
    return {one.variant_id: (one.state, one.quantity) for one in found}


async def test_a_bundle_is_available_where_its_components_are_as_far_as_the_scarcest_goes(
    database: Database, stock: Stock
) -> None:
    kettle, cup = await stock(a=5, b=9, c=3), await stock(a=11, b=3, d=40)
    bundle = await bundle_of(database, stock, kettle=(kettle, 1), cup=(cup, 4))
    places = ["a", "b", "c", "d"]
    found = await database.read(lambda tx: availability(tx, [bundle, kettle], places))
    assert found == {bundle: {"a": 2, "b": 0}, kettle: {"a": 5, "b": 9, "c": 3}}
    assert await database.read(lambda tx: sellable(tx, [bundle.hex, cup.hex], places)) == [2, 54]


async def test_a_bundle_asks_no_more_statements_than_any_other_variant(
    database: Database, stock: Stock
) -> None:
    kettle, cup = await stock(a=5), await stock(a=11)
    bundle = await bundle_of(database, stock, kettle=(kettle, 1), cup=(cup, 4))
    counts = []
    for wanted in ([kettle], [kettle, bundle]):
        await database.read(lambda tx, w=wanted: availability(tx, w, ["a"], channel="web"))  # type: ignore[misc]  # bound per turn
        tally = Tally()
        TALLY.set(tally)
        await database.read(lambda tx, w=wanted: availability(tx, w, ["a"], channel="web"))  # type: ignore[misc]  # bound per turn
        await database.read(lambda tx, w=wanted: sellable(tx, [one.hex for one in w], ["a"], channel="web"))  # type: ignore[misc]  # bound per turn
        TALLY.set(None)
        counts.append(tally.statements)
    assert counts == [2, 2]


async def test_a_bundle_and_its_component_wanted_by_thirty_two_at_once_never_oversell(
    database: Database, stock: Stock
) -> None:
    kettle, cup = await stock(a=6, b=2), await stock(a=17, b=9)
    parts = {"kettle": (kettle, 1), "cup": (cup, 4)}
    bundle = await bundle_of(database, stock, **parts)
    asked = [wants(bundle, 1, "ab", **parts), [demand(cup, 3, "b", "a")]] * 16
    got = await asyncio.gather(*(try_hold(database, *demands) for demands in asked))
    bundles, cups = sum(got[::2]), sum(got[1::2])
    left = [await level(database, variant, place) for variant in (kettle, cup) for place in "ab"]
    assert all(one.available >= 0 for one in left)
    assert sum(one.reserved for one in left[:2]) == bundles
    assert sum(one.reserved for one in left[2:]) == 4 * bundles + 3 * cups
    free = sum(one.available for one in left[2:])
    assert free < 3 or cups == 16, "somebody was refused who could have been served"
    assert bundles == 8 or free < 4 or bundles + cups == 32
    await assert_sound(database)


async def test_a_bundle_and_its_component_in_one_order_count_together(
    database: Database, stock: Stock
) -> None:
    kettle, cup = await stock(a=3), await stock(a=9)
    parts = {"kettle": (kettle, 1), "cup": (cup, 4)}
    bundle = await bundle_of(database, stock, **parts)
    two = wants(bundle, 2, "a", **parts)
    assert not await try_hold(database, *two, demand(cup, 2, "a"))
    assert await try_hold(database, *two, demand(cup, 1, "a"))
    assert [(await level(database, one, "a")).available for one in (kettle, cup)] == [1, 0]


async def test_who_cannot_have_a_bundle_is_told_of_bundles_and_the_other_lines_are_not_blamed(
    database: Database, stock: Stock
) -> None:
    kettle, cup = await stock(a=1), await stock(a=9)
    parts = {"kettle": (kettle, 1), "cup": (cup, 4)}
    bundle = await bundle_of(database, stock, **parts)
    two, five = wants(bundle, 2, "a", **parts), demand(cup, 5, "a")

    async def work(tx: Transaction) -> None:
        await hold(tx, new_id(), [*two, five], expires_at=soon(tx), by=SYSTEM)

    with pytest.raises(OutOfStock) as refused:
        await database.run(work)
    (line,) = refused.value.facts["lines"]
    assert (line["variant"], line["wanted"], line["available"]) == (f"var_{bundle.hex}", 2, 1)


async def test_a_bundle_comes_from_one_place_that_has_all_of_it_before_it_is_split(
    database: Database, stock: Stock
) -> None:
    kettle, cup = await stock(a=1, b=2), await stock(b=9)
    parts = {"kettle": (kettle, 1), "cup": (cup, 4)}
    bundle = await bundle_of(database, stock, **parts)
    demands = wants(bundle, 1, "ab", **parts)
    held = await database.run(lambda tx: hold(tx, new_id(), demands, expires_at=soon(tx), by=SYSTEM))
    assert {part.location for part in held} == {"b"}


async def test_a_bundle_is_allocated_shipped_and_given_back_by_its_components(
    database: Database, stock: Stock
) -> None:
    kettle, cup = await stock(a=3), await stock(a=9)
    parts = {"kettle": (kettle, 1), "cup": (cup, 4)}
    bundle = await bundle_of(database, stock, **parts)
    order, demands = new_id(), wants(bundle, 2, "a", **parts)
    await database.run(lambda tx: hold(tx, order, demands, expires_at=soon(tx), by=SYSTEM))
    taken = await database.run(lambda tx: allocate(tx, order, demands))
    assert sorted(part.quantity for part in taken) == [2, 8]
    again = await database.run(lambda tx: allocate(tx, order, demands))
    assert sorted(part.quantity for part in again) == [2, 8]
    assert len((await database.run(lambda tx: allocate_all(tx, {order: demands})))[order]) == 2
    await database.run(lambda tx: ship(tx, order, [(kettle, "a", 1), (cup, "a", 4)]))
    await database.run(lambda tx: give_back(tx, order, [(kettle, "a", 1), (cup, "a", 4)], cause="test"))
    assert [(await level(database, one, "a")).available for one in (kettle, cup)] == [2, 5]
    await assert_sound(database)


async def test_of_a_bundle_whose_hold_has_ended_only_what_is_missing_is_held_anew(
    database: Database, stock: Stock
) -> None:
    kettle, cup = await stock(a=3), await stock(a=9)
    parts = {"kettle": (kettle, 1), "cup": (cup, 4)}
    bundle = await bundle_of(database, stock, **parts)
    order, demands = new_id(), wants(bundle, 1, "a", **parts)
    await database.run(lambda tx: hold(tx, order, demands, expires_at=soon(tx), by=SYSTEM))
    ended = "UPDATE holds SET state = 'expired' WHERE order_id = %(order)s AND variant_id = %(variant)s"
    freed = """UPDATE levels SET reserved = reserved - 4 WHERE variant_id = %(variant)s AND location = 'a'"""
    await database.run(lambda tx: tx.execute(ended, order=order, variant=cup))
    await database.run(lambda tx: tx.execute(freed, variant=cup))
    with pytest.raises(HoldEnded):
        await database.run(lambda tx: allocate(tx, order))
    taken = await database.run(lambda tx: allocate(tx, order, demands))
    assert sorted((part.variant_id, part.quantity) for part in taken) == sorted([(kettle, 1), (cup, 4)])
    assert [(await level(database, one, "a")).allocated for one in (kettle, cup)] == [1, 4]
    await database.run(lambda tx: release(tx, order, "test"))
    assert {state for state, _ in (await holds_of(database, order)).values()} <= {
        HoldState.given_back,
        HoldState.expired,
    }


async def test_a_bundle_has_no_stock_of_its_own(database: Database, stock: Stock) -> None:
    kettle = await stock(a=3)
    bundle = await bundle_of(database, stock, kettle=(kettle, 2))
    with pytest.raises(BundleHasNoStock):
        await database.run(lambda tx: receive(tx, [Receipt(bundle, "a", 5)], document="N", by=SYSTEM))
    assert (await database.read(lambda tx: availability(tx, [bundle], ["a"]))) == {bundle: {"a": 1}}
