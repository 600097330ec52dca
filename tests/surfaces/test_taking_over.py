"""A cart's link opened in another browser: looking takes nothing, its button takes the cart over, once."""

import httpx
import pytest
from tests.surfaces.test_shop import OURS, page, put_in

pytestmark = pytest.mark.usefixtures("shop")


async def test_the_link_of_a_cart_takes_it_onto_another_device_once(shop: httpx.AsyncClient):
    shop.cookies.clear()
    await put_in(shop, "/no/nb/p/julekaffe")
    cart, token, _ = shop.cookies["torg_cart"].split(".")
    offer = (await shop.post(f"/api/v1/carts/{cart}/hand-over", headers={**OURS, "Torg-Token": token})).json()
    path = httpx.URL(offer["link"]).path
    shop.cookies.clear()  # another device
    led = await shop.get(path, headers={"Accept-Language": "nb"}, follow_redirects=False)
    assert led.status_code == 302
    there = led.headers["location"]
    for _ in range(2):  # a preview looks, too
        assert "Fortsett her" in await page(shop, there)
    taken = await shop.post(there, headers=OURS, follow_redirects=False)
    assert (taken.status_code, taken.headers["location"]) == (303, "/no/nb/cart?done=added")
    assert shop.cookies["torg_cart"].split(".")[0] == cart
    assert shop.cookies["torg_cart"].split(".")[1] not in {"", token}
    assert "Julekaffe" in await page(shop, "/no/nb/cart")
    shop.cookies.clear()
    late = await shop.post(there, headers=OURS, follow_redirects=False)
    assert late.status_code == 409 and "ikke gyldig" in late.text
    assert "torg_cart" not in shop.cookies
