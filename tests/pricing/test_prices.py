"""Price lists and prices in the database: set, changed, scheduled, quoted in one statement, kept in the history."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.pricing.conftest import make_variants

from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, Grant, RightMissing, SignInNeeded
from torg.kernel.database import TALLY, Tally, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.markets import Atlas, CodeTaken
from torg.pricing import (
    NewPrice,
    PriceChanged,
    PriceContext,
    PriceList,
    PriceListChange,
    PriceRequest,
    Quote,
    TaxUnknown,
    Treatment,
    UnknownPriceList,
    add_price_list,
    change_price_list,
    displayed,
    price_history,
    price_list,
    price_lists,
    prices_of,
    quote,
    set_prices,
)

NORWAY = PriceList(code="norway", name="Norway", currency="NOK", tax_included=True, market="NO")
WEB = PriceList(code="web", name="Web", currency="NOK", tax_included=True, channel="web-no")
WEB_ONLY = Actor(
    ActorKind.staff,
    id="web",
    grants=(Grant(frozenset({"prices:read", "prices:write"}), channels=frozenset({"web-no"})),),
)


def kroner(amount: int) -> Money:
    return Money(amount, "NOK")


def context(tx: Transaction, places: Atlas, code: str = "web-no") -> PriceContext:
    return PriceContext.of(places, places.channel(code), at=tx.now)


async def quoted(
    tx: Transaction,
    places: Atlas,
    variants: Sequence[UUID],
    code: str = "web-no",
    tax_class: str = "standard",
) -> dict[UUID, Quote]:
    return await quote(
        tx, context(tx, places, code), [PriceRequest(variant, tax_class) for variant in variants]
    )


async def test_a_price_that_is_set_is_quoted_with_tax_and_reasons(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    await set_prices(tx, "norway", [NewPrice(goods[0], kroner(19_900))], by=SYSTEM)
    found = await quoted(tx, places, goods)
    assert set(found) == {goods[0]}
    one = found[goods[0]]
    assert (one.unit, one.currency, one.tax_included, one.tax_rate, one.tax_name) == (
        19_900,
        "NOK",
        True,
        250_000,
        "MVA",
    )
    assert [step.code for step in one.trace] == ["price", "tax"]
    assert displayed(one, including=True) == 19_900
    assert displayed(one, including=False) == 15_920


async def test_a_page_of_twenty_products_is_one_statement(tx: Transaction, places: Atlas) -> None:
    variants = await make_variants(tx, 60, prefix="PAGE")
    for prices in (NORWAY, WEB):
        await add_price_list(tx, prices, by=SYSTEM)
        await set_prices(tx, prices.code, [NewPrice(v, kroner(1_000)) for v in variants], by=SYSTEM)
    tally = Tally()
    token = TALLY.set(tally)
    try:
        found = await quoted(tx, places, variants)
    finally:
        TALLY.reset(token)
    assert len(found) == 60
    assert {one.price_list for one in found.values()} == {"web"}
    assert tally.statements == 1


async def test_nothing_asked_is_nothing_answered_without_a_statement(tx: Transaction, places: Atlas) -> None:
    assert await quoted(tx, places, []) == {}


async def test_a_campaign_lies_over_the_ordinary_price_and_goes_by_itself(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    ordinary = NewPrice(goods[0], kroner(19_900))
    begins, ends = tx.now + timedelta(days=1), tx.now + timedelta(days=8)
    campaign = NewPrice(goods[0], kroner(14_900), valid_from=begins, valid_to=ends)
    await set_prices(tx, "norway", [ordinary, campaign], by=SYSTEM)
    for days, amount in ((0, 19_900), (1, 14_900), (7, 14_900), (8, 19_900)):
        at = replace(context(tx, places), at=tx.now + timedelta(days=days))
        found = await quote(tx, at, [PriceRequest(goods[0], "standard")])
        assert found[goods[0]].unit == amount


async def test_prices_of_another_market_channel_or_currency_are_not_seen(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    for prices in (NORWAY, WEB):
        await add_price_list(tx, prices, by=SYSTEM)
        await set_prices(tx, prices.code, [NewPrice(goods[0], kroner(100))], by=SYSTEM)
    assert (await quoted(tx, places, goods, "web-no"))[goods[0]].price_list == "web"
    assert (await quoted(tx, places, goods, "phone-no"))[goods[0]].price_list == "norway"
    assert await quoted(tx, places, goods, "web-se") == {}


async def test_tax_follows_the_place_that_goods_go_to_and_a_till_stays_in_its_store(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    await set_prices(tx, "norway", [NewPrice(goods[0], kroner(100))], by=SYSTEM)
    till = context(tx, places, "till-oslo")
    assert (till.country, till.postal_code) == ("NO", "0159")
    food = PriceRequest(goods[0], "food")
    svalbard = PriceContext.of(places, places.channel("web-no"), at=tx.now, country="NO", postal_code="9170")
    assert (await quote(tx, till, [food]))[goods[0]].tax_rate == 150_000
    away = (await quote(tx, svalbard, [food]))[goods[0]]
    assert (away.unit, away.tax_rate, away.treatment) == (87, 0, Treatment.export)
    with pytest.raises(TaxUnknown):
        await quote(tx, replace(svalbard, country="GR", postal_code="81100", terms=None), [food])


async def test_new_york_prices_are_without_tax_and_cheap_clothing_is_untaxed(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    york = PriceList(code="york", name="New York", currency="USD", tax_included=False, market="US")
    await add_price_list(tx, york, by=SYSTEM)
    prices = [NewPrice(goods[0], Money(10_999, "USD")), NewPrice(goods[1], Money(11_000, "USD"))]
    await set_prices(tx, "york", prices, by=SYSTEM)
    found = await quoted(tx, places, goods, "web-us", "clothing")
    assert [(found[v].tax_rate, found[v].tax_included) for v in goods[:2]] == [(0, False), (88_750, False)]
    assert displayed(found[goods[1]], including=True) == 11_976


async def test_every_change_is_told_and_kept_in_the_history(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    (first,) = await set_prices(tx, "norway", [NewPrice(goods[0], kroner(100))], by=SYSTEM)
    changed = NewPrice(goods[0], kroner(90), valid_from=first.valid_from, version=1)
    (second,) = await set_prices(tx, "norway", [changed], by=SYSTEM)
    assert (second.amount, second.version) == (90, 2)
    told = [event for event in tx.recorded if isinstance(event, PriceChanged)]
    assert [(event.amount_before, event.amount) for event in told] == [(None, 100), (100, 90)]
    history = await price_history(tx, goods[0], by=SYSTEM)
    assert [(change.amount_before, change.amount, change.actor) for change in history] == [
        (100, 90, "system"),
        (None, 100, "system"),
    ]
    logged = await tx.all(str, "SELECT target FROM audit_log WHERE action = 'prices.set' ORDER BY id")
    assert logged == ["norway", "norway"]


async def test_a_price_that_does_not_change_is_left_alone(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    wanted = [NewPrice(goods[0], kroner(100), valid_from=tx.now)]
    before = await set_prices(tx, "norway", wanted, by=SYSTEM)
    told = len(tx.recorded)
    assert await set_prices(tx, "norway", wanted, by=SYSTEM) == before
    assert len(tx.recorded) == told
    assert len(await price_history(tx, goods[0], by=SYSTEM)) == 1


async def test_all_wrong_prices_are_named_and_none_is_set(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    past = tx.now - timedelta(days=1)
    wanted = [
        NewPrice(goods[0], kroner(100)),
        NewPrice(new_id(), kroner(100)),
        NewPrice(goods[1], kroner(-1)),
        NewPrice(goods[2], Money(100, "SEK")),
        NewPrice(goods[0], kroner(200)),
        NewPrice(goods[2], kroner(100), valid_from=tx.now, valid_to=past),
    ]
    with pytest.raises(Invalid) as refused:
        await set_prices(tx, "norway", wanted, by=SYSTEM)
    assert {(problem.field, problem.code) for problem in refused.value.problems} == {
        ("prices.1.variant_id", "unknown-variant"),
        ("prices.2.amount", "below-zero"),
        ("prices.3.amount.currency", "not-the-lists-currency"),
        ("prices.4", "twice"),
        ("prices.5", "twice"),
        ("prices.5.valid_to", "ends-before-it-begins"),
    }
    assert await prices_of(tx, "norway", by=SYSTEM) == []


async def test_a_stale_version_sets_none_of_the_prices(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    await set_prices(tx, "norway", [NewPrice(goods[0], kroner(100), valid_from=tx.now, version=0)], by=SYSTEM)
    wanted = [
        NewPrice(goods[1], kroner(50), version=0),
        NewPrice(goods[0], kroner(50), valid_from=tx.now, version=0),
    ]
    with pytest.raises(StaleVersion):
        await set_prices(tx, "norway", wanted, by=SYSTEM)
    assert [price.amount for price in await prices_of(tx, "norway", by=SYSTEM)] == [100]


async def test_only_who_may_sets_prices_and_only_in_her_channels_lists(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    await add_price_list(tx, WEB, by=WEB_ONLY)
    wanted = [NewPrice(goods[0], kroner(100))]
    with pytest.raises(SignInNeeded):
        await set_prices(tx, "web", wanted, by=VISITOR)
    with pytest.raises(RightMissing):
        await set_prices(tx, "norway", wanted, by=WEB_ONLY)
    with pytest.raises(RightMissing):
        await change_price_list(tx, "norway", PriceListChange(priority=9), version=None, by=WEB_ONLY)
    assert await prices_of(tx, "norway", by=SYSTEM) == []
    assert len(await set_prices(tx, "web", wanted, by=WEB_ONLY)) == 1
    assert [prices.code for prices in await price_lists(tx, by=WEB_ONLY)] == ["norway", "web"]
    with pytest.raises(RightMissing):
        await price_history(tx, goods[0], by=WEB_ONLY)
    assert len(await price_history(tx, goods[0], by=WEB_ONLY, code="web")) == 1


async def test_a_price_list_fits_its_market_and_channel(tx: Transaction, places: Atlas) -> None:
    wrong = PriceList(
        code="x",
        name="X",
        currency="SEK",
        tax_included=True,
        market="NO",
        channel="web-se",
        valid_from=tx.now,
        valid_to=tx.now,
    )
    with pytest.raises(Invalid) as refused:
        await add_price_list(tx, wrong, by=SYSTEM)
    assert {(problem.field, problem.code) for problem in refused.value.problems} == {
        ("channel", "not-the-lists-market"),
        ("currency", "not-the-markets-currency"),
        ("valid_to", "ends-before-it-begins"),
    }
    nowhere = PriceList(code="y", name="Y", currency="XYZ", tax_included=True, market="XX", channel="nowhere")
    with pytest.raises(Invalid) as refused:
        await add_price_list(tx, nowhere, by=SYSTEM)
    assert {problem.code for problem in refused.value.problems} == {
        "unknown-currency",
        "unknown-market",
        "unknown-channel",
    }
    assert await price_lists(tx, by=SYSTEM) == []


async def test_a_price_list_is_changed_under_its_version(tx: Transaction, places: Atlas) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    with pytest.raises(CodeTaken):
        await add_price_list(tx, NORWAY, by=SYSTEM)
    changed = await change_price_list(tx, "norway", PriceListChange(priority=5), version=1, by=SYSTEM)
    assert (changed.priority, changed.version) == (5, 2)
    with pytest.raises(StaleVersion):
        await change_price_list(tx, "norway", PriceListChange(priority=6), version=1, by=SYSTEM)
    assert (await price_list(tx, "norway", by=SYSTEM)).priority == 5
    with pytest.raises(UnknownPriceList):
        await price_list(tx, "nowhere", by=SYSTEM)


async def test_prices_of_a_list_come_in_pages(tx: Transaction, places: Atlas, goods: list[UUID]) -> None:
    await add_price_list(tx, NORWAY, by=SYSTEM)
    wanted = [
        NewPrice(variant, kroner(100), tx.now + timedelta(days=day)) for variant in goods for day in (0, 1)
    ]
    await set_prices(tx, "norway", wanted, by=SYSTEM)
    seen: list[tuple[UUID, datetime]] = []
    after = None
    while page := await prices_of(tx, "norway", by=SYSTEM, after=after, limit=4):
        after = page[-1].key
        seen += [(price.variant_id, price.valid_from) for price in page]
    assert len(seen) == 6
    assert seen == sorted(seen)
    assert len(await prices_of(tx, "norway", by=SYSTEM, variant_id=goods[0])) == 2


@pytest.mark.parametrize("variants", [5, 60])
async def test_a_quote_is_quick(tx: Transaction, places: Atlas, variants: int) -> None:
    ids = await make_variants(tx, variants, prefix="QUICK")
    await add_price_list(tx, NORWAY, by=SYSTEM)
    await set_prices(tx, "norway", [NewPrice(v, kroner(1_000)) for v in ids], by=SYSTEM)
    spent = []
    for _ in range(30):
        started = time.process_time()
        await quoted(tx, places, ids)
        spent.append(time.process_time() - started)
    assert min(spent) < 0.002 + variants * 0.00005
