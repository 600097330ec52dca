"""Scheduled prices: told when they are entered and when they begin, listed, taken back before that."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from tests.pricing.conftest import make_variants

from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, Actor, ActorKind, Grant, RightMissing
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.markets import Atlas
from torg.pricing import (
    NewPrice,
    PriceCancelled,
    PriceChanged,
    PriceHasBegun,
    PriceList,
    PriceListChange,
    PriceScheduled,
    Scheduled,
    add_price_list,
    cancel_scheduled,
    change_price_list,
    load_prices,
    price_history,
    prices_of,
    scheduled_prices,
    set_prices,
)
from torg.pricing.turn import LATE, turn

DAY = timedelta(days=1)
NORWAY = PriceList("norway", "Norway", "NOK", True, market="NO")
READER = Actor(ActorKind.staff, id="r", grants=(Grant(frozenset({"prices:read"})),))


def kroner(amount: int) -> Money:
    return Money(amount, "NOK")


async def test_a_scheduled_price_is_told_as_scheduled_and_one_of_now_as_changed(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    told = len(tx.recorded)
    later = NewPrice(goods[0], kroner(100), tx.now + DAY, tx.now + 2 * DAY)
    await set_prices(tx, "norway", [NewPrice(goods[0], kroner(200)), later], by=SYSTEM)
    assert [type(event) for event in tx.recorded[told:]] == [PriceChanged, PriceScheduled]
    assert [price.amount for price in await scheduled_prices(tx, "norway", by=READER)] == [100]


async def test_what_is_to_come_is_listed_in_its_order_in_pages(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    wanted = [NewPrice(id, kroner(1), tx.now + day * DAY) for id in goods for day in (-1, 0, 1, 2)]
    await set_prices(tx, "norway", wanted, by=SYSTEM)
    seen, after = [], None
    while page := await scheduled_prices(tx, "norway", by=READER, after=after, limit=4):
        seen += page
        after = (page[-1].valid_from, page[-1].variant_id, page[-1].from_quantity)
    assert [(price.valid_from, price.variant_id) for price in seen] == sorted(
        (tx.now + day * DAY, id) for id in goods for day in (1, 2)
    )


async def test_a_scheduled_price_is_taken_back_and_stays_in_the_history(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    later = tx.now + DAY
    wanted = [NewPrice(goods[0], kroner(200)), NewPrice(goods[0], kroner(100), later)]
    await set_prices(tx, "norway", wanted, by=SYSTEM)
    assert await cancel_scheduled(tx, "norway", [Scheduled(goods[0], later, version=1)], by=SYSTEM) == 1
    assert [price.amount for price in await prices_of(tx, "norway", by=READER)] == [200]
    last = (await price_history(tx, goods[0], by=READER))[0]
    assert (last.cancelled, last.amount, last.valid_from) == (True, 100, later)
    assert isinstance(tx.recorded[-1], PriceCancelled)


async def test_what_has_begun_is_unknown_or_changed_since_is_not_taken_back(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    later = tx.now + DAY
    now = NewPrice(goods[0], kroner(200), tx.now)
    await set_prices(tx, "norway", [now, NewPrice(goods[0], kroner(100), later)], by=SYSTEM)
    good = Scheduled(goods[0], later)
    with pytest.raises(PriceHasBegun):
        await cancel_scheduled(tx, "norway", [good, Scheduled(goods[0], tx.now)], by=SYSTEM)
    with pytest.raises(Invalid) as refused:
        await cancel_scheduled(tx, "norway", [good, Scheduled(goods[1], later)], by=SYSTEM)
    assert [problem.field for problem in refused.value.problems] == ["prices.1"]
    with pytest.raises(StaleVersion):
        await cancel_scheduled(tx, "norway", [Scheduled(goods[0], later, version=2)], by=SYSTEM)
    with pytest.raises(RightMissing):
        await cancel_scheduled(tx, "norway", [good], by=READER)
    assert len(await prices_of(tx, "norway", by=READER)) == 2


@pytest_asyncio.fixture
async def norway(database: Database) -> AsyncIterator[tuple[str, list[UUID]]]:
    """A list of its own with three variants, and a clock that starts where everything has been told."""
    code = f"turn-{new_id().hex[-12:]}"

    async def fill(tx: Transaction) -> list[UUID]:
        await demo.fill(tx)
        await add_price_list(tx, PriceList(code, "Turn", "NOK", True, market="NO"), by=SYSTEM)
        return await make_variants(tx, 3, prefix=code.upper())

    made = await database.run(fill)
    clock, database.clock = database.clock, FixedClock(datetime.now(UTC) + timedelta(minutes=1))
    told_until = "UPDATE price_turns SET at = %(at)s"
    await database.run(lambda tx: tx.execute(told_until, at=tx.now - LATE))
    yield code, made
    database.clock = clock


async def told(database: Database, code: str) -> list[tuple[str, object, object]]:
    """What the outbox and the feed say of a list: type, amount, amount before."""
    rows = await database.read(
        lambda tx: tx.all(
            dict,
            "SELECT type, payload FROM outbox UNION ALL SELECT type, payload FROM feed",
        )
    )
    return [
        (row["type"], row["payload"].get("amount"), row["payload"].get("amount_before"))
        for row in rows
        if row["payload"].get("price_list") == code
    ]


async def variants_told(database: Database, code: str) -> list[str]:
    """The variants that the facts of a list name, in the order in which they were told."""
    rows = await database.read(
        lambda tx: tx.all(
            dict,
            "SELECT id, payload FROM outbox UNION ALL SELECT id, payload FROM feed ORDER BY id",
        )
    )
    mine = [row["payload"] for row in rows if row["payload"].get("price_list") == code]
    return [str(id) for payload in mine for id in payload.get("variants", [payload.get("variant_id")]) if id]


async def test_a_campaign_is_told_when_it_begins_and_when_it_ends_and_each_once(
    database: Database, norway: tuple[str, list[UUID]]
) -> None:
    code, (mug, *_) = norway
    now = database.clock.now()
    wanted = [NewPrice(mug, kroner(200), now), NewPrice(mug, kroner(150), now + DAY, now + 2 * DAY)]
    await database.run(lambda tx: set_prices(tx, code, wanted, by=SYSTEM))
    before = await told(database, code)
    assert await turn(database) == 0
    for day, expected in ((1, ("price.changed", 150, 200)), (2, ("price.changed", 200, 150))):
        database.clock = FixedClock(now + day * DAY + LATE)
        await asyncio.gather(*(turn(database) for _ in range(3)))
        await turn(database)
        after = await told(database, code)
        assert sorted(after, key=str) == sorted([*before, expected], key=str)
        before = after


async def test_a_price_after_which_nothing_comes_is_told_as_ended(
    database: Database, norway: tuple[str, list[UUID]]
) -> None:
    code, (mug, *_) = norway
    now = database.clock.now()
    wanted = [NewPrice(mug, kroner(200), now, now + DAY)]
    await database.run(lambda tx: set_prices(tx, code, wanted, by=SYSTEM))
    database.clock = FixedClock(now + DAY + LATE)
    await turn(database)
    assert ("price.ended", None, 200) in await told(database, code)


async def test_hundreds_that_begin_together_are_told_together_and_none_is_left_out(
    database: Database, norway: tuple[str, list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torg.pricing.turn.AT_ONCE", 100)
    monkeypatch.setattr("torg.pricing.turn.SINGLY", 30)
    code, _ = norway
    many = await database.run(lambda tx: make_variants(tx, 120, prefix=f"{code.upper()}-M"))
    now = database.clock.now()
    wanted = [NewPrice(id, kroner(9), now + DAY) for id in many]
    await database.run(lambda tx: load_prices(tx, code, wanted, by=SYSTEM))
    database.clock = FixedClock(now + DAY + LATE)
    before = await variants_told(database, code)
    await turn(database)
    after = await variants_told(database, code)
    assert sorted(after[len(before) :]) == sorted(str(id) for id in many)
    types = [one[0] for one in await told(database, code)]
    assert types.count("price.changed") < 30


async def test_a_list_that_begins_is_told_as_changed(
    database: Database, norway: tuple[str, list[UUID]]
) -> None:
    code, _ = norway
    now = database.clock.now()
    await database.run(
        lambda tx: change_price_list(tx, code, PriceListChange(valid_from=now + DAY), version=None, by=SYSTEM)
    )
    changed = [one for one in await told(database, code) if one[0] == "price-list.changed"]
    database.clock = FixedClock(now + DAY + LATE)
    await turn(database)
    await turn(database)
    after = [one for one in await told(database, code) if one[0] == "price-list.changed"]
    assert len(after) == len(changed) + 1
