"""What delivery costs: by place, weight and amount, with its tax, from memory."""

import pytest
from msgspec.structs import replace

from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, VISITOR, SignInNeeded
from torg.kernel.database import TALLY, Database, Tally, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.markets import Atlas, CodeTaken, load_atlas
from torg.pricing import (
    DeliveryRate,
    DeliveryRateChange,
    DeliveryStep,
    PriceContext,
    UnknownDeliveryRate,
    add_delivery_rate,
    change_delivery_rate,
    delivery_price,
    delivery_prices,
    delivery_rates,
)

POST = DeliveryRate(
    code="no-post",
    name="Post",
    method="post",
    market="NO",
    countries=("NO",),
    steps=(DeliveryStep(9_900, 2_000), DeliveryStep(14_900, 20_000)),
    tax_included=True,
    free_from=100_000,
)
COURIER = replace(POST, code="no-courier", method="courier")
YAMATO = replace(
    POST, code="jp-post", market="JP", countries=("JP",), steps=(DeliveryStep(660),), free_from=None
)


async def test_delivery_is_quoted_with_its_tax_and_reasons_without_a_statement(database: Database) -> None:
    async def fill(tx: Transaction) -> Atlas:
        await demo.fill(tx)
        for rate in (POST, YAMATO):
            await add_delivery_rate(tx, rate, by=SYSTEM)
        return await load_atlas(tx)

    places = await database.run(fill)

    async def ask(tx: Transaction) -> None:
        norway = PriceContext.of(places, places.channel("web-no"), at=tx.now)
        japan = PriceContext.of(places, places.channel("web-jp"), at=tx.now)
        found = await delivery_prices(
            tx, norway, methods=["post", "drone"], weight_g=2_001, goods_amount=5_000
        )
        assert list(found) == ["post"]
        assert (found["post"].unit, found["post"].follows_goods, found["post"].tax_rate) == (
            14_900,
            True,
            250_000,
        )
        tally = Tally()
        token = TALLY.set(tally)
        one = await delivery_price(tx, japan, method="post", weight_g=90_000, goods_amount=10**6)
        TALLY.reset(token)
        assert tally.statements == 0
        assert one is not None
        assert (one.unit, one.follows_goods, one.tax_rate, one.currency) == (660, False, 100_000, "JPY")
        assert one.trace[0].facts["delivery_rate"] == "jp-post"
        assert await delivery_price(tx, norway, method="post", weight_g=20_001, goods_amount=0) is None
        free = await delivery_price(tx, norway, method="post", weight_g=1, goods_amount=100_000)
        assert free is not None and free.unit == 0

    await database.read(ask)


async def test_a_wrong_rate_is_refused_with_every_field(tx: Transaction, places: Atlas) -> None:
    wrong = replace(
        POST,
        code="wrong",
        market="XX",
        countries=("NO", "QX", "NO"),
        postal_prefixes=("01", "0 1"),
        steps=(DeliveryStep(100), DeliveryStep(200, 50), DeliveryStep(300, 40)),
        valid_from=tx.now,
        valid_to=tx.now,
    )
    with pytest.raises(Invalid) as refused:
        await add_delivery_rate(tx, wrong, by=SYSTEM)
    assert {(problem.field, problem.code) for problem in refused.value.problems} == {
        ("market", "unknown-market"),
        ("countries.1", "unknown-country"),
        ("countries.2", "twice"),
        ("postal_prefixes.1", "twice"),
        ("steps.1.up_to_g", "steps-out-of-order"),
        ("steps.2.up_to_g", "steps-out-of-order"),
        ("valid_to", "ends-before-it-begins"),
    }
    assert "wrong" not in {rate.code for rate in await delivery_rates(tx, by=SYSTEM)}


async def test_a_rate_is_changed_under_its_version(tx: Transaction, places: Atlas) -> None:
    await add_delivery_rate(tx, COURIER, by=SYSTEM)
    with pytest.raises(CodeTaken):
        await add_delivery_rate(tx, COURIER, by=SYSTEM)
    change = DeliveryRateChange(free_from=None, postal_prefixes=("no-90", "0 1"))
    changed = await change_delivery_rate(tx, "no-courier", change, version=1, by=SYSTEM)
    assert (changed.free_from, changed.postal_prefixes, changed.version) == (None, ("NO90", "01"), 2)
    assert changed in await delivery_rates(tx, by=SYSTEM)
    with pytest.raises(StaleVersion):
        await change_delivery_rate(tx, "no-courier", DeliveryRateChange(name="x"), version=1, by=SYSTEM)
    with pytest.raises(UnknownDeliveryRate):
        await change_delivery_rate(tx, "nowhere", DeliveryRateChange(name="x"), version=1, by=SYSTEM)


async def test_only_who_may_sets_rates(tx: Transaction, places: Atlas) -> None:
    with pytest.raises(SignInNeeded):
        await add_delivery_rate(tx, COURIER, by=VISITOR)
    assert "no-courier" not in {rate.code for rate in await delivery_rates(tx, by=SYSTEM)}
