"""The cart as its shopper takes it along: handed over by a code, kept for later on a list, told of by its news."""

import html
import re

import httpx
import pytest
from tests.surfaces.test_shop import OURS, field, forms, page, put_in, said
from tests.surfaces.test_shop_account import sign_in

from torg.kernel.database import Database

pytestmark = pytest.mark.usefixtures("shop")


async def test_the_cart_is_handed_over_by_digits_and_a_code_to_scan(shop: httpx.AsyncClient):
    shop.cookies.clear()
    assert (await shop.post("/no/nb/cart/hand-over", headers=OURS)).status_code == 404
    await put_in(shop)
    assert '"/no/nb/cart/hand-over"' in await page(shop, "/no/nb/cart")
    shown = await shop.post("/no/nb/cart/hand-over", headers=OURS)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert "<svg" in shown.text[shown.text.index('class="qr"') :][:200]
    digits = re.search(r'class="code"[^>]*>(\d{3} \d{3})<', shown.text)
    link = re.search(r"http://torg.test(/cart/torg_ho_[\w-]+)", shown.text)
    assert digits is not None and link is not None
    cart = shop.cookies["torg_cart"].split(".")[0]
    shop.cookies.clear()  # another device
    taken = await shop.post("/api/v1/cart-hand-overs", json={"code": digits[1]})
    assert (taken.status_code, taken.json()["id"]) == (201, cart)
    late = await shop.get(link[1], headers={"Accept-Language": "nb"}, follow_redirects=True)
    refused = await shop.post(str(late.url.path), headers=OURS)
    assert refused.status_code == 409
    evil = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert (await shop.post("/no/nb/cart/hand-over", headers=evil)).status_code == 403


async def test_a_line_waits_on_a_list_and_comes_back_into_the_cart(shop: httpx.AsyncClient, world: Database):
    shop.cookies.clear()
    await put_in(shop)
    text = await page(shop, "/no/nb/cart")
    wanted = forms(text, "/cart/save")[0]
    stranger = await shop.post("/no/nb/cart/save", data=wanted, headers=OURS)
    assert stranger.headers["location"] == "/no/nb/account?next=cart"
    entered = await sign_in(shop, world, "lists@customers.example", next="cart")
    assert entered.headers["location"] == "/no/nb/cart"
    text = await page(shop, "/no/nb/cart")
    wanted = {**forms(text, "/cart/save")[0], "page_token": field(text, "page_token")}
    for _ in range(2):
        kept = await shop.post("/no/nb/cart/save", data=wanted, headers=OURS)
        assert (kept.status_code, kept.headers["location"]) == (303, "/no/nb/cart?done=kept"), said(kept.text)
    assert "Handlekurven din er tom" in said(await page(shop, "/no/nb/cart"))
    lists = await page(shop, "/no/nb/account/lists")
    assert "Spart til senere" in said(lists) and "Julekaffe" in said(lists)
    back = {**forms(lists, "/cart/from-list")[0], "page_token": field(lists, "page_token")}
    taken = await shop.post("/no/nb/cart/from-list", data=back, headers=OURS)
    assert taken.headers["location"] == "/no/nb/cart?done=added", said(taken.text)
    assert forms(await page(shop, "/no/nb/cart"), "/cart/line")[0]["quantity"] == "2"
    assert "Julekaffe" not in said(await page(shop, "/no/nb/account/lists"))


async def test_a_list_is_named_shared_and_forgotten_and_says_nothing_of_whose_it_is(
    shop: httpx.AsyncClient, world: Database
):
    shop.cookies.clear()
    await sign_in(shop, world, "sharer@customers.example")
    evil = '"><img src=x onerror=alert(1)>'
    token = {"page_token": field(await page(shop, "/no/nb/account/lists"), "page_token")}

    async def do(deed: str, **more: str) -> httpx.Response:
        return await shop.post(f"/no/nb/account/lists{deed}", data={**token, **more}, headers=OURS)

    assert (await do("", name="")).status_code == 422
    assert (await do("", name=evil)).status_code == 303
    text = await page(shop, "/no/nb/account/lists")
    assert "<img src=x" not in text
    id = field(text, "list")
    assert (await do("/rename", list=id, name="Til jul")).status_code == 303
    shared = await do("/share", list=id)
    assert shared.status_code == 200
    link = re.search(r"http://torg.test(/no/nb/list/torg_sl_[\w-]+)", html.unescape(shared.text))
    assert link is not None
    kept = dict(shop.cookies)
    shop.cookies.clear()
    seen = said(await page(shop, link[1]))
    assert "Til jul" in seen and "sharer" not in seen
    stolen = await shop.post("/no/nb/account/lists/forget", data={"list": id}, headers=OURS)
    assert stolen.status_code in {401, 404}
    await sign_in(shop, world, "other@customers.example")
    token = {"page_token": field(await page(shop, "/no/nb/account/lists"), "page_token")}
    assert (await do("/forget", list=id)).status_code == 404
    shop.cookies.clear()
    shop.cookies.update(kept)
    token = {"page_token": field(await page(shop, "/no/nb/account/lists"), "page_token")}
    assert (await do("/unshare", list=id)).status_code == 303
    await page(shop, link[1], 404)
    assert (await do("/forget", list=id)).status_code == 303
    assert "Til jul" not in said(await page(shop, "/no/nb/account/lists"))


async def test_who_has_no_cart_is_told_to_listen_to_none(shop: httpx.AsyncClient):
    shop.cookies.clear()
    assert (await shop.get("/no/nb/cart/news")).status_code == 204
