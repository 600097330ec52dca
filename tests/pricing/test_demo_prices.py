"""The practice retailer's prices: everywhere something to pay, the same each time, and never reset."""

from uuid import UUID

from tests.pricing.conftest import make_variants

from torg.demo import prices as demo
from torg.demo.prices import ASKING, asked, kroner
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.money import Money
from torg.markets import Atlas
from torg.pricing import (
    NewPrice,
    PriceContext,
    PriceRequest,
    delivery_rates,
    price_lists,
    prices_of,
    quote,
    set_prices,
)
from torg.promotions import list_promotions


async def _all(tx: Transaction) -> list[object]:
    found: list[object] = [*await price_lists(tx, by=SYSTEM), *await delivery_rates(tx, by=SYSTEM)]
    found += await list_promotions(tx, by=SYSTEM)
    for asking in ASKING:
        found += await prices_of(tx, asking.market.lower(), by=SYSTEM, limit=1000)
    return found


async def test_every_channel_has_a_price_for_everything_in_its_own_currency(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await demo.fill(tx)
    for channel in places.channels.values():
        context = PriceContext.of(places, channel, at=tx.now)
        found = await quote(tx, context, [PriceRequest(variant, "food") for variant in goods])
        assert set(found) == set(goods)
        assert {one.currency for one in found.values()} == {places.market(channel.market).currency}
        assert all(one.tax_included is (channel.market != "US") for one in found.values())


async def test_filling_again_adds_what_is_new_and_changes_nothing_else(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await demo.fill(tx)
    by_hand = [NewPrice(goods[0], Money(12_345, "NOK"), valid_from=demo.SINCE)]
    await set_prices(tx, "no", by_hand, by=SYSTEM)
    before = await _all(tx)
    told = len(tx.recorded)
    await demo.fill(tx)
    assert await _all(tx) == before
    assert len(tx.recorded) == told
    (late,) = await make_variants(tx, 1, prefix="LATE")
    await demo.fill(tx)
    assert [
        price for price in await prices_of(tx, "no", by=SYSTEM, variant_id=late) if price.valid_to is None
    ]


def test_prices_end_the_way_each_markets_shops_write_them() -> None:
    endings = {"NOK": 9_00, "SEK": 9_00, "DKK": 9_95, "EUR": 99, "GBP": 99, "USD": 99, "JPY": 80, "SGD": 90}
    for asking in ASKING:
        for amount in (49, 147, 999, 1349, 5_499):
            written = asked(asking, amount)
            assert written > 0
            assert written % (1_000 if asking.step == 1_000 else 100) == endings[asking.currency]


def test_colours_and_sizes_of_a_product_cost_the_same_and_large_packs_more() -> None:
    assert kroner("KOP-FJO-BLUE", 160, 160) == kroner("KOP-FJO-RED", 165, 160)
    assert kroner("TEL-VID-2P", 2000, 2000) < kroner("TEL-VID-4P", 3800, 2000)
