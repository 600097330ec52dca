"""What a channel leaves to others: it is not promised to that channel, under lock, and still sold by the others."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio
from msgspec.structs import replace
from psycopg.types.json import Jsonb
from tests.inventory.conftest import demand, make_variant, soon, stock_up
from tests.inventory.test_bundles import COMPOSE
from tests.inventory.test_concurrency import assert_sound, level

from torg.inventory import Demand, OutOfStock, Plan, availability, hold, keep_back, plan, sellable
from torg.inventory.buffers import buffers
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id


async def of_channel(database: Database, channel: str | None, variant: UUID, quantity: int = 1) -> bool:
    """Whether the channel was promised so many from the store in Oslo."""
    wanted = replace(demand(variant, quantity, "oslo"), channel=channel)

    async def work(tx: Transaction) -> None:
        await hold(tx, new_id(), [wanted], expires_at=soon(tx), by=SYSTEM)

    try:
        await database.run(work)
    except OutOfStock:
        return False
    return True


async def kept(database: Database, channel: str, units: int) -> None:
    await database.run(lambda tx: keep_back(tx, channel, "oslo", units, by=SYSTEM))
    database.forget("inventory.buffers")


async def shown(database: Database, channel: str | None, variants: list[UUID]) -> list[int]:
    """How many a product's page shows of each in Oslo; a list shows as many."""
    found = await database.read(lambda tx: availability(tx, variants, ["oslo"], channel=channel))
    units = [found[one]["oslo"] for one in variants]
    listed = await database.read(
        lambda tx: sellable(tx, [one.hex for one in variants], ["oslo"], channel=channel)
    )
    assert listed == units
    return units


@pytest_asyncio.fixture(autouse=True)
async def tidy(world: Database) -> AsyncIterator[None]:
    """The practice retailer's channels keep nothing back before and after."""
    yield
    await world.run(lambda tx: tx.execute("DELETE FROM channel_buffers"))
    world.forget("inventory.buffers")


async def test_the_web_stops_at_its_buffer_while_the_till_sells_the_last_units(world: Database) -> None:
    variant = await world.run(lambda tx: stock_up(tx, oslo=10))
    await kept(world, "web-no", 4)
    asked = ["web-no", "till-oslo"] * 16
    got = await asyncio.gather(*(of_channel(world, channel, variant) for channel in asked))
    web, till = sum(got[::2]), sum(got[1::2])
    assert web + till == 10, "the till sells what the web leaves to it"
    assert web <= 6
    assert not await of_channel(world, "till-oslo", variant)
    await assert_sound(world)


async def test_a_buffer_is_left_however_many_ask_for_it_at_once(world: Database) -> None:
    variant = await world.run(lambda tx: stock_up(tx, oslo=10))
    await kept(world, "web-no", 4)
    got = await asyncio.gather(*(of_channel(world, "web-no", variant) for _ in range(24)))
    assert sum(got) == 6
    assert (await level(world, variant, "oslo")).available == 4
    assert await of_channel(world, "till-oslo", variant, 4)


async def test_what_a_level_says_of_a_channel_counts_in_place_of_what_the_location_says(
    world: Database,
) -> None:
    more, less, silent = [await world.run(lambda tx: stock_up(tx, oslo=10)) for _ in range(3)]
    await kept(world, "web-no", 4)
    for variant, units in ((more, 7), (less, 0)):
        to = Plan(buffer=1, kept={"web-no": units})
        await world.run(lambda tx, v=variant, p=to: plan(tx, v, "oslo", p, by=SYSTEM))  # type: ignore[misc]  # bound per turn
    asked = [more, less, silent]
    for channel, left in (("web-no", [2, 9, 6]), ("app-no", [9, 9, 10]), (None, [9, 9, 10])):
        assert await shown(world, channel, asked) == left


async def test_units_of_a_buffer_are_not_promised_before_they_are_there_either(world: Database) -> None:
    variant = await world.run(lambda tx: stock_up(tx, oslo=2))
    await kept(world, "web-no", 4)
    assert not await of_channel(world, "web-no", variant)
    assert (await world.read(lambda tx: availability(tx, [variant], ["oslo"], channel="web-no"))) == {
        variant: {"oslo": 0}
    }
    assert await of_channel(world, "till-oslo", variant, 2)


async def test_what_a_channel_leaves_of_components_limits_its_bundles(world: Database) -> None:
    kettle, cup = [await world.run(lambda tx, n=n: stock_up(tx, oslo=n)) for n in (4, 12)]  # type: ignore[misc]  # bound per turn
    bundle = await world.run(make_variant)
    inside = [{"variant_id": str(kettle), "quantity": 1}, {"variant_id": str(cup), "quantity": 4}]
    await world.run(lambda tx: tx.execute(COMPOSE, id=bundle, components=Jsonb(inside)))
    world.forget("catalog.specials")
    await kept(world, "web-no", 3)
    for channel, left in (("web-no", 1), ("till-oslo", 3)):
        assert await shown(world, channel, [bundle]) == [left]


async def test_lines_of_several_channels_in_one_order_share_the_same_units(world: Database) -> None:
    variant = await world.run(lambda tx: stock_up(tx, oslo=5))
    await kept(world, "web-no", 2)

    def lines(web: int, counter: int) -> list[Demand]:
        return [
            replace(demand(variant, web, "oslo"), channel="web-no"),
            demand(variant, counter, "oslo"),
        ]

    async def bought(web: int, counter: int) -> None:
        await world.run(lambda tx: hold(tx, new_id(), lines(web, counter), expires_at=soon(tx), by=SYSTEM))

    for web, counter in ((3, 1), (1, 5)):
        with pytest.raises(OutOfStock):
            await bought(web, counter)
    await bought(1, 2)


async def test_a_buffer_has_a_version_and_names_a_channel_that_exists(world: Database) -> None:
    first = await world.run(lambda tx: keep_back(tx, "web-no", "bergen", 2, by=SYSTEM, version=0))
    assert (first.units, first.version) == (2, 1)
    for stale in (0, 2):
        with pytest.raises(StaleVersion):
            await world.run(
                lambda tx, v=stale: keep_back(tx, "web-no", "bergen", 5, by=SYSTEM, version=v)  # type: ignore[misc]  # bound per turn
            )
    second = await world.run(lambda tx: keep_back(tx, "web-no", "bergen", 5, by=SYSTEM, version=1))
    assert (second.units, second.version) == (5, 2)
    assert await world.read(lambda tx: buffers(tx, "web-no", by=SYSTEM)) == [second]
    variant = await world.run(lambda tx: stock_up(tx, oslo=1))
    with pytest.raises(Invalid) as refused:
        await world.run(lambda tx: plan(tx, variant, "oslo", Plan(kept={"nowhere": 1}), by=SYSTEM))
    assert [(one.field, one.code) for one in refused.value.problems] == [("kept.nowhere", "unknown-channel")]
