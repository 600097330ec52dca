"""Trying a promotion tells what it would do to a cart or basket, and changes nothing at all."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec.structs import replace
from tests.carts.conftest import Shop
from tests.kernel.people import actor, add_key, header

from torg.carts import LineWish
from torg.carts.trying import Basket, Tried, Wanted, try_promotion
from torg.kernel.access import SYSTEM, Actor, RightMissing
from torg.kernel.errors import Invalid, NotFound
from torg.kernel.ids import new_id, public
from torg.promotions import (
    CheapestFree,
    Goods,
    Limits,
    PercentOff,
    Promotion,
    create_promotion,
    disable_promotion,
    pause_promotion,
)

BUYER = actor("prices:read", "carts:read")


def rule_on(variant: UUID, percent: int = 200_000, **more: Any) -> Promotion:
    effect = PercentOff(percent, Goods(variants=(public("var", variant),)))
    return Promotion(key=f"p-{new_id().hex[-12:]}", names={"en": "Less"}, effects=(effect,), **more)


async def tried(retailer: Shop, wanted: Wanted, on: UUID | Basket, by: Actor = BUYER) -> Tried:
    return await retailer.database.read(lambda tx: try_promotion(tx, wanted, on, by=by))


async def test_a_rule_that_nobody_has_kept_is_tried_on_a_cart(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    cart = await retailer.cart(mug)
    found = await tried(retailer, Wanted(rule_on(mug)), cart.id)
    assert found.applied is not None and found.applied.amount == 20_00
    assert [(line, one.amount) for line, one in found.lines] == [(cart.lines[0].id, 20_00)]
    assert [step.code for _, one in found.lines for step in one.steps] == ["promotion-percent"]
    assert (found.without.totals.gross, found.cart.totals.gross) == (100_00, 80_00)
    assert (await retailer.look(cart)).totals == cart.totals


async def test_a_change_of_a_kept_promotion_is_tried_in_its_place(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    rule = rule_on(mug)
    await retailer.database.run(lambda tx: create_promotion(tx, rule, by=SYSTEM))
    cart = await retailer.cart(mug)
    assert cart.totals.gross == 80_00
    more = replace(rule, effects=(PercentOff(300_000, rule.effects[0].on),))  # type: ignore[union-attr]  # a percent
    found = await tried(retailer, Wanted(more), cart.id)
    assert (found.without.totals.gross, found.cart.totals.gross) == (100_00, 70_00)
    assert (await retailer.look(cart)).totals.gross == 80_00
    await retailer.database.run(lambda tx: pause_promotion(tx, rule.key, version=None, by=SYSTEM))
    paused = await tried(retailer, Wanted(rule.key), cart.id)
    assert paused.applied is not None and paused.applied.amount == 20_00
    await retailer.database.run(lambda tx: disable_promotion(tx, rule.key, version=None, by=SYSTEM))


async def test_it_says_why_it_does_not_apply_and_what_it_would_displace(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    basket = Basket("web-no", (LineWish(mug, 2),))
    three = Promotion(
        key=f"p-{new_id().hex[-12:]}",
        names={"en": "3 for 2"},
        effects=(CheapestFree(3, 1, Goods(variants=(public("var", mug),))),),
    )
    found = await tried(retailer, Wanted(three), basket)
    assert found.applied is None and found.refused is not None
    assert (found.refused.reason, found.refused.facts["lacking"]) == ("too-few", 1)
    assert [one.lacking for one in found.nearly] == [1]
    standing = rule_on(mug, 100_000, group="g")
    await retailer.database.run(lambda tx: create_promotion(tx, standing, by=SYSTEM))
    better = await tried(retailer, Wanted(rule_on(mug, 200_000, group="g")), basket)
    assert better.displaced == [standing.key]
    worse = await tried(retailer, Wanted(rule_on(mug, 50_000, group="g")), basket)
    assert worse.refused is not None and worse.refused.reason == "outweighed"
    assert worse.refused.facts["by"] == [standing.key]
    await retailer.database.run(lambda tx: disable_promotion(tx, standing.key, version=None, by=SYSTEM))


async def test_one_that_needs_a_code_is_tried_without_and_is_not_used_by_it(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    rule = rule_on(mug, needs_code=True, limits=Limits(uses=1))
    await retailer.database.run(lambda tx: create_promotion(tx, rule, by=SYSTEM))
    for _ in range(3):
        found = await tried(retailer, Wanted(rule.key), Basket("web-no", (LineWish(mug),)))
        assert found.applied is not None and found.applied.amount == 20_00


async def test_only_who_may_see_prices_and_the_cart_tries_and_wrong_rules_are_refused(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    cart = await retailer.cart(mug)
    with pytest.raises(RightMissing):
        await tried(retailer, Wanted(rule_on(mug)), cart.id, actor("carts:read"))
    with pytest.raises(NotFound):
        await tried(retailer, Wanted(rule_on(mug)), cart.id, actor("prices:read"))
    with pytest.raises(Invalid) as refused:
        await tried(retailer, Wanted(rule_on(new_id())), cart.id)
    assert [one.field for one in refused.value.problems] == ["effects.0.on.variants.0"]


async def test_trying_over_http(retailer: Shop, client: httpx.AsyncClient) -> None:
    mug = await retailer.product(price=100_00)
    key = header((await retailer.database.run(lambda tx: add_key(tx, "prices:read"))).secret)
    goods = {"variants": [public("var", mug)]}
    rule = {
        "key": "spring",
        "names": {"en": "Spring"},
        "effects": [{"type": "percent", "percent": 100_000, "on": goods}],
    }
    basket = {"channel": "web-no", "lines": [{"variant_id": public("var", mug), "quantity": 3}]}
    answer = await client.post("/api/v1/promotions/try", json={"rule": rule, "basket": basket}, headers=key)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["applies"] and told["amount"] == {"amount": 30_00, "currency": "NOK"}
    assert told["lines"][0]["adjustment"]["steps"][0]["text"]
    assert (told["without"]["gross"]["amount"], told["totals"]["gross"]["amount"]) == (300_00, 270_00)
    assert (await client.get("/api/v1/promotions/spring", headers=key)).status_code == 404
    for wrong in ({"rule": rule}, {"basket": basket}, {"rule": rule, "promotion": "x", "basket": basket}):
        assert (await client.post("/api/v1/promotions/try", json=wrong, headers=key)).status_code == 422
    assert (
        await client.post("/api/v1/promotions/try", json={"rule": rule, "basket": basket})
    ).status_code == 401
