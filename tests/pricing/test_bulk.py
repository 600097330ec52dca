"""Bulk changes: what is applied is what was previewed, once, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace
from tests.conftest import settle
from tests.kernel.people import actor
from tests.pricing.conftest import make_variants
from tests.pricing.test_api import key

from torg.catalog import (
    AttributeKind,
    CategoryText,
    NewAttribute,
    NewCategory,
    NewProduct,
    NewVariant,
    ProductText,
    create,
    create_category,
    declare,
)
from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, RightMissing
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid
from torg.kernel.ids import new_id, public
from torg.kernel.money import Money
from torg.markets import load_atlas
from torg.pricing import (
    NewPrice,
    PriceContext,
    PriceKind,
    PriceList,
    PriceRequest,
    add_price_list,
    load_prices,
    price_history,
    prices_of,
    quote,
    set_prices,
)
from torg.pricing.bulk import (
    Bulk,
    BulkState,
    BulkUnderWay,
    BulkWish,
    Conversion,
    Direction,
    Preview,
    PreviewStale,
    Rounding,
    Selection,
    apply,
    apply_bulk,
    bulk_of,
    go_on,
    preview,
    rules,
)
from torg.settings import Settings

DAY = timedelta(days=1)
WRITER = actor("prices:read", "prices:write")
NINETY = Rounding("1", "0.90")


class Here(Struct):
    """A price list of its own with so many variants, each at ten kroner more than the one before."""

    database: Database
    code: str
    goods: list[UUID]

    async def preview(self, wish: BulkWish) -> Preview:
        return await self.database.run(lambda tx: preview(tx, self.code, wish, by=WRITER))

    async def apply(self, wish: BulkWish, token: str) -> Bulk:
        return await self.database.run(lambda tx: apply_bulk(tx, self.code, wish, token, by=WRITER))

    async def applied(self, wish: BulkWish) -> Bulk:
        begun = await self.apply(wish, (await self.preview(wish)).token)
        return await go_on(self.database, begun.id)

    async def set(self, *prices: NewPrice) -> None:
        await self.database.run(lambda tx: set_prices(tx, self.code, prices, by=SYSTEM))

    async def amounts(self) -> list[int]:
        """What each costs now."""

        async def work(tx: Transaction) -> list[int]:
            found = await prices_of(tx, self.code, by=SYSTEM, limit=10_000)
            held = [p for p in found if p.valid_from <= tx.now and (not p.valid_to or p.valid_to > tx.now)]
            latest = {p.variant_id: p.amount for p in sorted(held, key=lambda p: p.valid_from)}
            return [latest[id] for id in self.goods if id in latest]

        return await self.database.read(work)


@pytest_asyncio.fixture
async def here(database: Database) -> AsyncIterator[Here]:
    code = f"bulk-{new_id().hex[-12:]}"

    async def fill(tx: Transaction) -> list[UUID]:
        await demo.fill(tx)
        await add_price_list(tx, PriceList(code, "Bulk", "NOK", True, market="NO"), by=SYSTEM)
        goods = await make_variants(tx, 5, prefix=code.upper())
        wanted = [NewPrice(id, kroner(100 + 10 * n), tx.now - DAY) for n, id in enumerate(goods)]
        await load_prices(tx, code, wanted, by=SYSTEM)
        return goods

    yield Here(database, code, await database.run(fill))


def kroner(whole: int) -> Money:
    return Money(whole * 100, "NOK")


def only(here: Here, **wish: Any) -> BulkWish:
    """A wish for the goods of this test."""
    return BulkWish(Selection(variants=tuple(here.goods)), **wish)


async def test_a_preview_tells_everything_and_changes_nothing(here: Here) -> None:
    lone = (await here.database.run(lambda tx: make_variants(tx, 1, prefix=f"{here.code.upper()}-X")))[0]
    wish = BulkWish(Selection(variants=(*here.goods, lone)), share=-100_000, rounding=NINETY)
    found = await here.preview(wish)
    assert (found.selected, found.without_price, found.unchanged, found.raised) == (6, 1, 0, 0)
    assert [row.amount for row in sorted(found.rows, key=lambda row: row.amount)] == [
        8990,
        9890,
        10790,
        11690,
        12590,
    ]
    assert (found.total_before, found.total) == (60_000, 53_950)
    assert await here.amounts() == [10_000, 11_000, 12_000, 13_000, 14_000]


async def test_what_is_applied_is_what_was_previewed_and_the_history_has_it(here: Here) -> None:
    wish = only(here, share=100_000)
    bulk = await here.applied(wish)
    assert (bulk.state, bulk.prices, bulk.written, bulk.left_alone) == (BulkState.applied, 5, 5, 0)
    assert await here.amounts() == [11_000, 12_100, 13_200, 14_300, 15_400]
    last = (await here.database.read(lambda tx: price_history(tx, here.goods[0], by=SYSTEM)))[0]
    assert (last.amount, last.actor) == (11_000, str(WRITER))
    again = await go_on(here.database, bulk.id)
    assert again == bulk
    assert await here.amounts() == [11_000, 12_100, 13_200, 14_300, 15_400]


async def test_a_change_while_previewing_makes_the_preview_stale(here: Here) -> None:
    wish = only(here, share=100_000)
    token = (await here.preview(wish)).token
    assert (await here.preview(wish)).token == token
    with pytest.raises(PreviewStale):
        await here.apply(replace(wish, share=200_000), token)
    await here.set(NewPrice(here.goods[2], kroner(99)))
    with pytest.raises(PreviewStale):
        await here.apply(wish, token)
    assert await here.amounts() == [10_000, 11_000, 9_900, 13_000, 14_000]


async def test_of_two_bulk_changes_at_once_one_is_refused(here: Here) -> None:
    wish = only(here, share=100_000)
    token = (await here.preview(wish)).token
    found = await asyncio.gather(*(here.apply(wish, token) for _ in range(4)), return_exceptions=True)
    begun = [one for one in found if isinstance(one, Bulk)]
    assert len(begun) == 1
    assert all(isinstance(one, Bulk | BulkUnderWay) for one in found)
    await asyncio.gather(*(go_on(here.database, begun[0].id) for _ in range(4)))
    assert await here.amounts() == [11_000, 12_100, 13_200, 14_300, 15_400]
    with pytest.raises(PreviewStale):
        await here.apply(wish, token)


async def test_a_process_that_dies_goes_on_where_it_was_and_leaves_alone_what_others_changed(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torg.pricing.bulk.apply.PORTION", 2)
    wish = only(here, share=100_000)
    begun = await here.apply(wish, (await here.preview(wish)).token)
    await here.database.run(lambda tx: apply._portion(tx, begun.id))

    async def dies(tx: Transaction) -> None:
        await apply._portion(tx, begun.id)
        raise ConnectionError("the process dies before it commits")

    with pytest.raises(ConnectionError):
        await here.database.run(dies)
    half = await here.database.read(lambda tx: bulk_of(tx, here.code, begun.id, by=SYSTEM))
    assert (half.state, half.written) == (BulkState.applying, 2)
    rest = sorted(here.goods)[2:]
    await here.set(NewPrice(rest[0], kroner(1)))
    done = await go_on(here.database, begun.id)
    assert (done.state, done.written, done.left_alone) == (BulkState.applied, 4, 1)
    changed = dict(zip(here.goods, await here.amounts(), strict=True))
    assert changed[rest[0]] == 100
    assert sorted(changed.values())[1:] == sorted(
        amount
        for id, amount in zip(here.goods, (11_000, 12_100, 13_200, 14_300, 15_400), strict=True)
        if id != rest[0]
    )


async def test_goods_in_a_campaign_are_left_alone_unless_the_change_is_a_campaign_itself(here: Here) -> None:
    now = here.database.clock.now()
    await here.set(NewPrice(here.goods[0], kroner(80), now - DAY / 2, now + DAY))
    found = await here.preview(only(here, share=-100_000))
    assert (found.in_campaign, len(found.rows)) == (1, 4)
    campaign = only(here, share=-100_000, valid_to=now + 2 * DAY)
    found = await here.preview(campaign)
    assert {row.variant_id: row.amount for row in found.rows}[here.goods[0]] == 9_000
    await here.applied(campaign)
    assert (await here.amounts())[0] == 9_000


async def test_nothing_goes_below_cost_and_what_the_currency_lacks_is_refused(here: Here) -> None:
    clerk = actor("prices:read", "prices:write", "prices:cost")

    async def costs(tx: Transaction) -> None:
        cost = PriceList(
            f"{here.code}-cost", "Cost", "NOK", False, market="NO", kind=PriceKind.cost, priority=9
        )
        await add_price_list(tx, cost, by=clerk)
        await set_prices(tx, cost.code, [NewPrice(here.goods[0], kroner(80))], by=clerk)

    await here.database.run(costs)
    wish = only(here, share=-500_000, above_cost=100_000, rounding=NINETY)
    with pytest.raises(RightMissing):
        await here.preview(wish)
    found = await here.database.run(lambda tx: preview(tx, here.code, wish, by=clerk))
    amounts = {row.variant_id: row.amount for row in found.rows}
    # 80 and a tenth is 88, with a quarter of tax 110, which ends upwards at 110.90; that is above what it cost.
    assert (found.kept_above_cost, amounts[here.goods[0]], amounts[here.goods[1]]) == (1, 11_090, 5_490)
    with pytest.raises(RightMissing):
        await here.database.run(lambda tx: prices_of(tx, f"{here.code}-cost", by=WRITER))
    wrong = only(
        here,
        rounding=Rounding("0.001", "0"),
        valid_from=here.database.clock.now() - DAY,
        conversion=Conversion("nowhere", "0", date(2026, 1, 1), "x"),
    )
    with pytest.raises(Invalid) as refused:
        await here.preview(wrong)
    assert {p.field for p in refused.value.problems} == {
        "rounding.step",
        "valid_from",
        "conversion.price_list",
        "conversion.rate",
    }


async def test_a_list_is_converted_by_a_stated_rate_and_its_trace_says_so(here: Here) -> None:
    code = f"{here.code}-jp"
    made = Conversion(here.code, "14.25", date(2026, 11, 20), "Norges Bank")
    wish = only(here, conversion=made, rounding=Rounding("10", "0"))

    async def work(tx: Transaction) -> Bulk:
        await add_price_list(tx, PriceList(code, "Japan", "JPY", True, market="JP", priority=9), by=SYSTEM)
        found = await preview(tx, code, wish, by=WRITER)
        return await apply_bulk(tx, code, wish, found.token, by=WRITER)

    begun = await here.database.run(work)
    await go_on(here.database, begun.id)
    await here.set(NewPrice(here.goods[0], kroner(500)))  # what it was converted from may change

    async def quoted(tx: Transaction) -> Any:
        known = await load_atlas(tx)
        context = PriceContext.of(known, known.channel("web-jp"), at=tx.now)
        return (await quote(tx, context, [PriceRequest(here.goods[0], "standard")]))[here.goods[0]]

    found = await here.database.read(quoted)
    assert found.unit == 1_430  # 100.00 kr at 14.25 is 1,425 yen
    step = next(step for step in found.trace if step.code == "price-converted")
    assert (step.facts["exchange_rate"], step.facts["as_of"]) == ("14.25", date(2026, 11, 20))
    await here.database.run(
        lambda tx: set_prices(tx, code, [NewPrice(here.goods[0], Money(990, "JPY"))], by=SYSTEM)
    )
    found = await here.database.read(quoted)
    assert "price-converted" not in [step.code for step in found.trace]


async def test_goods_are_selected_by_category_with_all_below_and_by_what_is_said_of_them(here: Here) -> None:
    mark = new_id().hex[-10:]

    async def goods(tx: Transaction) -> list[UUID]:
        top = NewCategory(code=f"top-{mark}", texts={"en": CategoryText(f"Top {mark}")})
        under = NewCategory(
            code=f"under-{mark}", parent=f"top-{mark}", texts={"en": CategoryText(f"Under {mark}")}
        )
        brand = NewAttribute(code=f"brand_{mark}", kind=AttributeKind.text, names={"en": "Brand"})
        organic = NewAttribute(code=f"organic_{mark}", kind=AttributeKind.boolean, names={"en": "Organic"})
        for category in (top, under):
            await create_category(tx, category, by=SYSTEM)
        for attribute in (brand, organic):
            await declare(tx, attribute, by=SYSTEM)
        made = []
        for number, (shelf, good) in enumerate(
            ((f"top-{mark}", True), (f"under-{mark}", False), (None, True))
        ):
            new = NewProduct(
                texts={"en": ProductText(name=f"Good {mark} {number}")},
                categories=(shelf,) if shelf else (),
                attributes={f"organic_{mark}": good},
                variants=(NewVariant(sku=f"SEL-{mark}-{number}".upper()),),
            )
            made.append((await create(tx, new, by=SYSTEM)).variants[0].id)
        await load_prices(tx, here.code, [NewPrice(id, kroner(50)) for id in made], by=SYSTEM)
        return made

    made = await here.database.run(goods)

    async def chosen(**selection: Any) -> set[UUID]:
        found = await here.preview(BulkWish(Selection(**selection), share=100_000))
        return {row.variant_id for row in found.rows}

    assert await chosen(categories=(f"top-{mark}",)) == set(made[:2])
    assert await chosen(categories=(f"under-{mark}",)) == {made[1]}
    assert await chosen(attributes={f"organic_{mark}": True}) == {made[0], made[2]}
    both = {"categories": (f"top-{mark}",), "attributes": {f"organic_{mark}": True}}
    assert await chosen(**both) == {made[0]}


async def test_a_bulk_change_over_http_is_carried_out_by_its_job(
    client: httpx.AsyncClient, here: Here, settings: Settings
) -> None:
    headers = await key(here.database, "prices:read", "prices:write")
    path = f"/api/v1/price-lists/{here.code}"
    wish = {
        "variants": [public("var", id) for id in here.goods],
        "amount": {"amount": 500, "currency": "NOK"},
    }
    seen = (await client.post(f"{path}/bulk-preview", json=wish, headers=headers)).json()
    assert (seen["changed"], seen["total_after"]["amount"]) == (5, 62_500)
    begun = await client.post(f"{path}/bulks", json={**wish, "token": seen["token"]}, headers=headers)
    assert begun.status_code == 202, begun.text
    await settle(here.database, settings)
    done = (await client.get(f"{path}/bulks/{begun.json()['id']}", headers=headers)).json()
    assert (done["state"], done["written"]) == ("applied", 5)
    assert [one["id"] for one in (await client.get(f"{path}/bulks", headers=headers)).json()["items"]] == [
        done["id"]
    ]
    stale = await client.post(f"{path}/bulks", json={**wish, "token": seen["token"]}, headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (409, "price-preview-stale")
    dollars = {**wish, "amount": {"amount": 1, "currency": "USD"}}
    assert (await client.post(f"{path}/bulk-preview", json=dollars, headers=headers)).status_code == 422


@given(st.integers(0, 10**9), st.integers(1, 10_000), st.data(), st.sampled_from(list(Direction)))
def test_a_rounded_amount_ends_as_wished_and_lies_as_near_as_its_direction_allows(
    amount: int, step: int, data: st.DataObject, direction: Direction
) -> None:
    ending = data.draw(st.integers(0, step - 1))
    found = rules.rounded(amount, step, ending, direction)
    assert found % step == ending and found >= 0
    if found > ending or amount >= ending:
        near = {Direction.nearest: 2 * abs(found - amount) <= step, Direction.up: 0 <= found - amount < step}
        assert near.get(direction, 0 <= amount - found < step)
    assert rules.rounded(found, step, ending, direction) == found


@given(
    st.integers(0, 10**8),
    st.integers(-1_000_000, 2_000_000),
    st.integers(0, 10**8),
    st.sampled_from(["NOK", "JPY", "KWD"]),
)
def test_nothing_comes_out_below_its_floor_or_below_zero(
    amount: int, share: int, floor: int, currency: str
) -> None:
    wish = BulkWish(share=share, rounding=Rounding("1", "0"))
    after, kept = rules.changed(amount, wish, currency, floor)
    assert after >= floor
    free, _ = rules.changed(amount, wish, currency, None)
    assert free >= 0 and (kept or after == free)
