"""The lowest price of thirty days beside what promotions take off for everybody (directive 98/6/EC, article 6a)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from msgspec.structs import replace
from tests.carts.conftest import Shop

from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.pricing import NewPrice, set_prices
from torg.promotions import (
    Condition,
    Goods,
    Hours,
    KnownCustomer,
    PercentOff,
    Promotion,
    change_promotion,
    create_promotion,
    pause_promotion,
    resume_promotion,
)

DAY = timedelta(days=1)


def less(mug: UUID, percent: int, *conditions: Condition, key: str = "") -> Promotion:
    return Promotion(
        key=key or f"p-{new_id().hex[-12:]}",
        names={"en": "Less"},
        effects=(PercentOff(percent * 10_000, Goods(variants=(f"var_{mug.hex}",))),),
        conditions=conditions,
    )


async def begun(retailer: Shop, mug: UUID, percent: int, *conditions: Condition) -> str:
    rule = less(mug, percent, *conditions)
    await retailer.database.run(lambda tx: create_promotion(tx, rule, by=SYSTEM))
    return rule.key


async def rests(retailer: Shop, key: str) -> None:
    await retailer.database.run(lambda tx: pause_promotion(tx, key, version=None, by=SYSTEM))


async def shown(
    retailer: Shop, client: httpx.AsyncClient, mug: UUID, channel: str = "web-no"
) -> dict[str, Any]:
    """What a list says of the mug, which its page says as well."""
    page = (await client.get(f"/api/v1/channels/{channel}/products?limit=100")).json()["items"]
    found = [
        (one, product) for product in page for one in product["variants"] if one["id"] == f"var_{mug.hex}"
    ]
    listed: dict[str, Any]
    ((listed, product),) = found
    detail = (await client.get(f"/api/v1/channels/{channel}/products/{product['id']}")).json()
    price = detail["variants"][0]["price"]
    assert (price["offer"], price["reduction"]) == (listed.get("offer"), listed.get("reduction"))
    return listed


def amounts(listed: dict[str, Any]) -> tuple[int, int | None]:
    """The price that is offered, and the lowest before."""
    lowest = listed["offer"]["lowest_30_days"]
    return listed["offer"]["price"]["amount"], lowest and lowest["amount"]


async def test_what_an_earlier_promotion_asked_is_the_lowest_price_before_the_next(
    retailer: Shop, client: httpx.AsyncClient, clock: FixedClock
) -> None:
    mug = await retailer.product(price=200_00)
    clock.move(days=40)
    earlier = await begun(retailer, mug, 30)
    clock.move(days=5)
    await rests(retailer, earlier)
    members = await begun(retailer, mug, 50, KnownCustomer())
    clock.move(days=10)
    await rests(retailer, members)
    at = clock.now()
    await begun(retailer, mug, 20)
    listed = await shown(retailer, client, mug)
    assert amounts(listed) == (160_00, 140_00)
    assert listed["offer"]["since"] == at.isoformat().replace("+00:00", "Z")
    assert "reduction" not in listed
    clock.move(days=20)
    assert amounts(await shown(retailer, client, mug)) == (160_00, 140_00)


async def test_thirty_days_after_a_promotion_its_price_counts_no_longer(
    retailer: Shop, client: httpx.AsyncClient, clock: FixedClock
) -> None:
    mug = await retailer.product(price=200_00)
    clock.move(days=40)
    await rests(retailer, await begun(retailer, mug, 30))
    clock.move(days=31)
    await begun(retailer, mug, 20)
    assert amounts(await shown(retailer, client, mug)) == (160_00, 200_00)


async def test_a_campaign_in_a_list_tells_what_a_promotion_asked_before_it(
    retailer: Shop, client: httpx.AsyncClient, clock: FixedClock
) -> None:
    mug = await retailer.product(price=200_00)
    clock.move(days=40)
    promotion = await begun(retailer, mug, 30)
    clock.move(days=5)
    await rests(retailer, promotion)
    clock.move(days=5)
    until = clock.now() + 5 * DAY
    campaign = NewPrice(mug, Money(150_00, "NOK"), clock.now(), until)
    await retailer.database.run(lambda tx: set_prices(tx, "no", [campaign], by=SYSTEM))
    listed = await shown(retailer, client, mug)
    assert listed["reduction"]["lowest_30_days"]["amount"] == 140_00
    body = {"channel": "web-no", "lines": [{"variant": f"var_{mug.hex}", "quantity": 1}]}
    made = (await client.post("/api/v1/carts", json=body)).json()
    cart = (await client.get(f"/api/v1/carts/{made['id']}", headers={"Torg-Token": made["token"]})).json()
    assert cart["lines"][0]["reduction"] == listed["reduction"]


async def test_a_promotion_that_rested_begins_anew_and_one_that_got_another_name_does_not(
    retailer: Shop, client: httpx.AsyncClient, clock: FixedClock
) -> None:
    mug = await retailer.product(price=200_00)
    clock.move(days=40)
    began = clock.now()
    key = await begun(retailer, mug, 20)
    clock.move(days=1)
    renamed = replace(less(mug, 20, key=key), names={"en": "Much less"})
    await retailer.database.run(lambda tx: change_promotion(tx, key, renamed, version=None, by=SYSTEM))
    listed = await shown(retailer, client, mug)
    assert amounts(listed) == (160_00, 200_00)
    assert listed["offer"]["since"] == began.isoformat().replace("+00:00", "Z")
    await rests(retailer, key)
    clock.move(days=1)
    await retailer.database.run(lambda tx: resume_promotion(tx, key, version=None, by=SYSTEM))
    assert amounts(await shown(retailer, client, mug)) == (160_00, 160_00)


async def test_a_happy_hour_tells_of_the_day_before(
    retailer: Shop, client: httpx.AsyncClient, clock: FixedClock
) -> None:
    mug = await retailer.product(price=200_00)
    clock.move(days=40)
    oslo = clock.now().hour * 60 + clock.now().minute
    await begun(retailer, mug, 20, Hours(from_minute=max(0, oslo - 120), to_minute=min(1440, oslo + 180)))
    assert amounts(await shown(retailer, client, mug)) == (160_00, 200_00)
    clock.move(days=1)
    assert amounts(await shown(retailer, client, mug)) == (160_00, 160_00)


async def test_where_the_law_says_so_a_reduction_that_grows_in_steps_is_one(
    retailer: Shop, client: httpx.AsyncClient, clock: FixedClock
) -> None:
    mug = await retailer.product(price=200_00)
    clock.move(days=40)
    key = await begun(retailer, mug, 20)
    clock.move(days=10)
    await retailer.database.run(
        lambda tx: change_promotion(tx, key, less(mug, 40, key=key), version=None, by=SYSTEM)
    )
    assert amounts(await shown(retailer, client, mug)) == (120_00, 200_00)
    clock.move(days=10)
    await retailer.database.run(
        lambda tx: change_promotion(tx, key, less(mug, 30, key=key), version=None, by=SYSTEM)
    )
    assert amounts(await shown(retailer, client, mug)) == (140_00, 120_00)
