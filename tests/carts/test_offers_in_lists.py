"""What lists and pages of products say of promotions is what a cart with one unit says."""

from datetime import timedelta
from uuid import UUID

import httpx
from tests.carts.conftest import Shop

from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.pricing import NewPrice, set_prices
from torg.promotions import CheapestFree, Goods, PercentOff, Promotion, create_promotion


async def _offered(retailer: Shop, variant: UUID, *effects: PercentOff | CheapestFree) -> str:
    rule = Promotion(key=f"p-{new_id().hex[-12:]}", names={"en": "Less", "nb": "Mindre"}, effects=effects)
    await retailer.database.run(lambda tx: create_promotion(tx, rule, by=SYSTEM))
    return rule.key


async def test_a_list_a_page_and_a_cart_agree_on_one_unit(retailer: Shop, client: httpx.AsyncClient) -> None:
    mug = await retailer.product(price=99_99)
    other = await retailer.product(price=50_00)
    goods = Goods(variants=(f"var_{mug.hex}",))
    less = await _offered(retailer, mug, PercentOff(150_000, goods))
    many = await _offered(retailer, mug, CheapestFree(3, 1, goods))
    cart = await retailer.cart(mug)
    headers = {"Accept-Language": "nb"}
    page = (await client.get("/api/v1/channels/web-no/products?limit=100", headers=headers)).json()["items"]
    variants = {one["id"]: (one, product) for product in page for one in product["variants"]}
    listed, product = variants[f"var_{mug.hex}"]
    badge = {"promotion": less, "name": "Mindre"}
    assert listed["offer"] == {
        "price": {"amount": cart.totals.gross, "currency": "NOK"},
        "promotions": [badge],
        "with_more": [{"promotion": many, "name": "Mindre"}],
        "since": listed["offer"]["since"],
        "lowest_30_days": None,
    }
    assert listed["price"]["amount"] == 99_99
    assert "offer" not in variants[f"var_{other.hex}"][0]
    detail = (await client.get(f"/api/v1/channels/web-no/products/{product['id']}", headers=headers)).json()
    assert detail["variants"][0]["price"]["offer"] == listed["offer"]


async def test_the_price_per_kilogram_is_that_of_the_price_shown(
    retailer: Shop, client: httpx.AsyncClient
) -> None:
    coffee = await retailer.product(price=100_00, content_g=250)
    await _offered(retailer, coffee, PercentOff(250_000, Goods(variants=(f"var_{coffee.hex}",))))
    page = (await client.get("/api/v1/channels/web-no/products?limit=100")).json()["items"]
    listed, product = next(
        (one, product) for product in page for one in product["variants"] if one["id"] == f"var_{coffee.hex}"
    )
    assert listed["offer"]["price"]["amount"] == 75_00
    assert listed["per_unit"] == {"amount": {"amount": 300_00, "currency": "NOK"}, "measure": "kg"}
    detail = (await client.get(f"/api/v1/channels/web-no/products/{product['id']}")).json()
    assert detail["variants"][0]["price"]["per_unit"] == listed["per_unit"]


async def test_goods_that_are_reduced_already_are_left_out_alike(
    retailer: Shop, client: httpx.AsyncClient
) -> None:
    plain, reduced = await retailer.product(price=200_00), await retailer.product(price=200_00)
    await retailer.database.run(
        lambda tx: set_prices(
            tx,
            "no",
            [
                NewPrice(reduced, Money(200_00, "NOK"), tx.now - timedelta(days=3)),
                NewPrice(reduced, Money(150_00, "NOK"), tx.now, tx.now + timedelta(days=3)),
            ],
            by=SYSTEM,
        )
    )
    goods = Goods(variants=(f"var_{plain.hex}", f"var_{reduced.hex}"), reduced=False)
    key = await _offered(retailer, plain, PercentOff(100_000, goods))
    page = (await client.get("/api/v1/channels/web-no/products?limit=100")).json()["items"]
    listed = {one["id"]: one for product in page for one in product["variants"]}
    assert listed[f"var_{plain.hex}"]["offer"]["price"]["amount"] == 180_00
    assert listed[f"var_{reduced.hex}"]["reduction"]
    assert "offer" not in listed[f"var_{reduced.hex}"]
    for variant, product in ((reduced, None), (plain, key)):
        cart = await retailer.cart(variant)
        assert [one.promotion for one in cart.promotions] == ([product] if product else [])


async def test_a_cart_tells_of_each_line_what_lists_tell_of_its_price(
    retailer: Shop, client: httpx.AsyncClient
) -> None:
    mug = await retailer.product(price=200_00)

    async def priced(tx: Transaction) -> None:
        wanted = [
            NewPrice(mug, Money(200_00, "NOK"), tx.now - timedelta(days=3)),
            NewPrice(mug, Money(150_00, "NOK"), tx.now, tx.now + timedelta(days=3)),
            NewPrice(mug, Money(120_00, "NOK"), tx.now, from_quantity=5),
        ]
        await set_prices(tx, "no", wanted, by=SYSTEM)

    await retailer.database.run(priced)
    body = {"channel": "web-no", "lines": [{"variant": f"var_{mug.hex}", "quantity": 1}]}
    made = (await client.post("/api/v1/carts", json=body)).json()
    path, headers = f"/api/v1/carts/{made['id']}", {"Torg-Token": made["token"]}
    line = (await client.get(path, headers=headers)).json()["lines"][0]
    assert line["breaks"] == [{"from_quantity": 5, "unit": {"amount": 120_00, "currency": "NOK"}}]
    page = (await client.get("/api/v1/channels/web-no/products?limit=100")).json()["items"]
    listed = {one["id"]: one for product in page for one in product["variants"]}[f"var_{mug.hex}"]
    assert line["reduction"] == listed["reduction"]
    assert line["reduction"]["regular"]["amount"] == 200_00
