"""Thousands of prices of a list at once: a handful of statements, the same rules and history as one by one."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from tests.pricing.conftest import make_variants

from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, Grant, RightMissing, SignInNeeded
from torg.kernel.database import TALLY, Database, Tally, Transaction
from torg.kernel.errors import Invalid
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.markets import Atlas
from torg.pricing import (
    MOST_LOADED,
    LoadedPrices,
    NewPrice,
    PriceChanged,
    PriceList,
    PricesLoaded,
    UnknownPriceList,
    add_price_list,
    load_prices,
    price_history,
    prices_of,
    set_prices,
)

NORWAY = PriceList(code="norway", name="Norway", currency="NOK", tax_included=True, market="NO")


def kroner(amount: int) -> Money:
    return Money(amount, "NOK")


async def statements_of(tx: Transaction, wanted: list[NewPrice]) -> int:
    tally = Tally()
    token = TALLY.set(tally)
    try:
        await load_prices(tx, "norway", wanted, by=SYSTEM)
        await tx.flush()
    finally:
        TALLY.reset(token)
    return tally.statements


async def test_a_load_takes_as_many_statements_for_one_price_as_for_hundreds(
    tx: Transaction, places: Atlas
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    variants = await make_variants(tx, 30, prefix="MANY")
    one = await statements_of(tx, [NewPrice(variants[0], kroner(100), valid_from=tx.now)])
    days = [tx.now + timedelta(days=day) for day in range(20)]
    many = [NewPrice(variant, kroner(90), valid_from=day) for variant in variants for day in days]
    assert await statements_of(tx, many) == one == 5
    assert len(await prices_of(tx, "norway", by=SYSTEM, limit=1000)) == 600


async def test_a_load_keeps_the_history_and_tells_whose_prices_changed(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    ends = tx.now + timedelta(days=5)
    first = [NewPrice(variant, kroner(100), valid_from=tx.now) for variant in goods]
    assert await load_prices(tx, "norway", first, by=SYSTEM) == LoadedPrices(changed=3, unchanged=0)
    told = len(tx.recorded)
    second = [
        NewPrice(goods[0], kroner(90), valid_from=tx.now),
        NewPrice(goods[1], kroner(100), valid_from=tx.now, valid_to=ends),
        first[2],
    ]
    assert await load_prices(tx, "norway", second, by=SYSTEM) == LoadedPrices(changed=2, unchanged=1)
    (event,) = tx.recorded[told:]
    assert isinstance(event, PricesLoaded)
    assert (event.price_list, event.currency, set(event.variants)) == ("norway", "NOK", set(goods[:2]))
    assert not [event for event in tx.recorded if isinstance(event, PriceChanged)]
    cheaper = await price_history(tx, goods[0], by=SYSTEM)
    ending = await price_history(tx, goods[1], by=SYSTEM)
    assert [(c.amount_before, c.amount, c.actor) for c in cheaper] == [
        (100, 90, "system"),
        (None, 100, "system"),
    ]
    assert [(c.valid_to_before, c.valid_to) for c in ending] == [(None, ends), (None, None)]
    kept = {p.variant_id: (p.amount, p.valid_to, p.version) for p in await prices_of(tx, "norway", by=SYSTEM)}
    assert kept == {goods[0]: (90, None, 2), goods[1]: (100, ends, 2), goods[2]: (100, None, 1)}


async def test_the_same_load_again_changes_and_tells_nothing(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    wanted = [NewPrice(variant, kroner(100), valid_from=tx.now) for variant in goods]
    await load_prices(tx, "norway", wanted, by=SYSTEM)
    told = len(tx.recorded)
    assert await load_prices(tx, "norway", wanted, by=SYSTEM) == LoadedPrices(changed=0, unchanged=3)
    assert await load_prices(tx, "norway", [], by=SYSTEM) == LoadedPrices(changed=0, unchanged=0)
    assert len(tx.recorded) == told
    logged = await tx.all(dict, "SELECT target, facts FROM audit_log WHERE action = 'prices.loaded'")
    assert logged == [{"target": "norway", "facts": {"count": 3, "given": 3}}]


async def test_a_large_load_is_told_in_facts_of_hundreds(tx: Transaction, places: Atlas) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    variants = await make_variants(tx, 260, prefix="TOLD")
    told = len(tx.recorded)
    await load_prices(tx, "norway", [NewPrice(variant, kroner(1)) for variant in variants], by=SYSTEM)
    events = [event for event in tx.recorded[told:] if isinstance(event, PricesLoaded)]
    assert [len(event.variants) for event in events] == [250, 10]
    assert {variant for event in events for variant in event.variants} == set(variants)


async def test_all_wrong_prices_of_a_load_are_named_and_none_is_set(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    wrong = [
        NewPrice(goods[0], kroner(100)),
        NewPrice(new_id(), kroner(100)),
        NewPrice(goods[1], Money(100, "SEK")),
        NewPrice(goods[0], kroner(-1), valid_to=tx.now - timedelta(days=1)),
    ]
    with pytest.raises(Invalid) as refused:
        await load_prices(tx, "norway", wrong, by=SYSTEM)
    assert {(problem.field, problem.code) for problem in refused.value.problems} == {
        ("prices.1.variant_id", "unknown-variant"),
        ("prices.2.amount.currency", "not-the-lists-currency"),
        ("prices.3", "twice"),
        ("prices.3.amount", "below-zero"),
        ("prices.3.valid_to", "ends-before-it-begins"),
    }
    assert await prices_of(tx, "norway", by=SYSTEM) == []


async def test_who_may_not_write_the_lists_prices_loads_none(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    web = Grant(frozenset({"prices:write"}), channels=frozenset({"web-no"}))
    wanted = [NewPrice(goods[0], kroner(100))]
    with pytest.raises(SignInNeeded):
        await load_prices(tx, "norway", wanted, by=VISITOR)
    with pytest.raises(RightMissing):
        await load_prices(tx, "norway", wanted, by=Actor(ActorKind.staff, id="web", grants=(web,)))
    with pytest.raises(UnknownPriceList):
        await load_prices(tx, "nowhere", wanted, by=SYSTEM)
    assert await prices_of(tx, "norway", by=SYSTEM) == []


async def test_a_load_takes_neither_versions_nor_more_than_it_can_bear(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    with pytest.raises(ValueError, match="version"):
        await load_prices(tx, "norway", [NewPrice(goods[0], kroner(1), version=0)], by=SYSTEM)
    with pytest.raises(ValueError, match="at most"):
        too_many = [NewPrice(goods[0], kroner(1))] * (MOST_LOADED + 1)
        await load_prices(tx, "norway", too_many, by=SYSTEM)


async def test_loads_and_single_changes_at_once_leave_a_history_without_gaps(database: Database) -> None:
    async def prepare(tx: Transaction) -> list[UUID]:
        await demo.fill(tx)
        await add_price_list(tx, NORWAY, by=SYSTEM)
        return await make_variants(tx, 5, prefix="ONCE")

    variants = await database.run(prepare)
    since = database.clock.now()

    async def load(amount: int) -> None:
        wanted = [NewPrice(variant, kroner(amount), valid_from=since) for variant in reversed(variants)]
        await database.run(lambda tx: load_prices(tx, "norway", wanted, by=SYSTEM))

    async def change(amount: int) -> None:
        wanted = [NewPrice(variant, kroner(amount), valid_from=since) for variant in variants]
        await database.run(lambda tx: set_prices(tx, "norway", wanted, by=SYSTEM))

    await asyncio.gather(*(load(amount) for amount in range(5)), *(change(amount) for amount in range(5, 10)))

    async def look(tx: Transaction) -> None:
        for variant in variants:
            changes = await price_history(tx, variant, by=SYSTEM)
            (present,) = await prices_of(tx, "norway", by=SYSTEM, variant_id=variant)
            assert sorted(c.amount for c in changes) == list(range(10))
            assert {c.amount_before for c in changes} == {None, *range(10)} - {present.amount}

    await database.read(look)
