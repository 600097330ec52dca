"""A customer's own pages in the shop, as a browser without script gets them."""

import httpx
import pytest
from tests.conftest import settle
from tests.customers.test_sign_in import code_in_mail, other
from tests.surfaces.test_checkout import at_checkout, buy
from tests.surfaces.test_shop import OURS, field, forms, page, put_in, said

from torg.kernel.database import Database
from torg.settings import Settings

pytestmark = pytest.mark.usefixtures("shop")
OSLO = {
    "name": "Ola Nordmann",
    "street": "Storgata 1",
    "postal_code": "0155",
    "city": "Oslo",
    "country": "NO",
}


async def sign_in(shop: httpx.AsyncClient, world: Database, email: str, next: str = "") -> httpx.Response:
    """From the address to the page that follows."""
    asked = await shop.post("/no/nb/account/code", data={"email": email, "next": next}, headers=OURS)
    assert (asked.status_code, asked.headers["location"]) == (303, "/no/nb/account?done=sent")
    assert email in said(await page(shop, asked.headers["location"]))
    code = await code_in_mail(world, email)
    return await shop.post("/no/nb/account/enter", data={"code": f"{code[:3]} {code[3:]}"}, headers=OURS)


def token(text: str) -> str:
    return field(text, "page_token")


async def send(shop: httpx.AsyncClient, path: str, text: str, **form: str) -> httpx.Response:
    return await shop.post(f"/no/nb/account/{path}", data={"page_token": token(text), **form}, headers=OURS)


async def test_whoever_reads_the_mail_is_signed_in_and_her_cart_comes_along(
    shop: httpx.AsyncClient, world: Database
):
    shop.cookies.clear()
    await put_in(shop, quantity="3")
    entered = await sign_in(shop, world, "first@customers.example")
    assert (entered.status_code, entered.headers["location"]) == (303, "/no/nb/account?done=in")
    text = await page(shop, "/no/nb/account")
    assert "first@customers.example" in said(text)
    assert forms(await page(shop, "/no/nb/cart"), "/cart/line")[0]["quantity"] == "3"
    left = await send(shop, "leave", text)
    assert left.headers["location"].endswith("done=out")
    assert "first@customers.example" not in await page(shop, "/no/nb/account")
    assert "Handlekurven din er tom" in said(await page(shop, "/no/nb/cart"))
    # On another device she finds it again.
    shop.cookies.clear()
    await sign_in(shop, world, "first@customers.example")
    assert forms(await page(shop, "/no/nb/cart"), "/cart/line")[0]["quantity"] == "3"


async def test_a_wrong_code_lets_nobody_in(shop: httpx.AsyncClient, world: Database):
    shop.cookies.clear()
    await shop.post("/no/nb/account/code", data={"email": "second@customers.example"}, headers=OURS)
    right = await code_in_mail(world, "second@customers.example")
    wrong = await shop.post("/no/nb/account/enter", data={"code": other(right)}, headers=OURS)
    assert wrong.status_code in {401, 403, 409, 422}
    assert 'role="alert"' in wrong.text
    assert 'name="code"' in wrong.text
    # Without what the browser was given when it asked, the right one is worth nothing.
    asked = dict(shop.cookies)
    shop.cookies.clear()
    stolen = await shop.post("/no/nb/account/enter", data={"code": right}, headers=OURS)
    assert stolen.status_code >= 400
    shop.cookies.update(asked)
    assert (await shop.post("/no/nb/account/enter", data={"code": right}, headers=OURS)).status_code == 303


async def test_the_checkout_is_filled_in_from_the_account_and_the_order_is_in_it(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    await at_checkout(shop, "no/nb")
    assert "next=checkout" in await page(shop, "/no/nb/checkout")
    entered = await sign_in(shop, world, "third@customers.example", next="checkout")
    assert entered.headers["location"] == "/no/nb/checkout"
    text = await page(shop, "/no/nb/account")
    assert (await send(shop, "addresses", text, **OSLO)).headers["location"].endswith("done=saved")
    text = await page(shop, "/no/nb/checkout")
    assert all(f'value="{OSLO[name]}"' in text for name in ("street", "postal_code", "city", "name"))
    bought = await buy(shop, "no/nb", text)
    assert bought.status_code == 303, said(bought.text)
    shown = await page(shop, bought.headers["location"])
    await settle(world, world_settings)
    account = await page(shop, "/no/nb/account")
    assert "Julekaffe" in said(account)
    assert bought.headers["location"].partition("?")[0] in account
    assert said(shown)
    # What is hers is nobody else's.
    shop.cookies.clear()
    await sign_in(shop, world, "fourth@customers.example")
    await page(shop, bought.headers["location"], 404)
    assert "Julekaffe" not in said(await page(shop, "/no/nb/account"))


async def test_details_and_addresses_are_kept_and_forgotten(shop: httpx.AsyncClient, world: Database):
    shop.cookies.clear()
    await sign_in(shop, world, "fifth@customers.example")
    text = await page(shop, "/no/nb/account")
    evil = '"><img src=x onerror=alert(1)>'
    saved = await send(shop, "details", text, given_name=evil, family_name="Hansen", phone="40 00 00 01")
    assert saved.status_code == 303
    text = await page(shop, "/no/nb/account")
    assert "<img src=x" not in text
    assert 'value="+4740000001"' in text
    wrong = await send(shop, "details", text, phone="nonsense")
    assert (wrong.status_code, 'id="wrong-phone"' in wrong.text) == (422, True)
    wrong = await send(shop, "addresses", text, **{**OSLO, "postal_code": "1"})
    assert (wrong.status_code, 'id="wrong-postal_code"' in wrong.text) == (422, True)
    assert 'value="Storgata 1"' in wrong.text
    look = await send(shop, "addresses", text, country="JP", look="yes")
    assert 'id="field-region"' in look.text
    await send(shop, "addresses", text, **OSLO)
    text = await page(shop, "/no/nb/account")
    gone = await send(shop, "addresses/remove", text, address=field(text, "address"))
    assert gone.headers["location"].endswith("done=removed")
    assert "Storgata 1" not in said(await page(shop, "/no/nb/account"))


async def test_forms_of_other_sites_and_of_nobody_do_nothing(shop: httpx.AsyncClient, world: Database):
    shop.cookies.clear()
    await sign_in(shop, world, "sixth@customers.example")
    evil = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for path in ("code", "enter", "leave", "details", "addresses", "addresses/remove"):
        answer = await shop.post(f"/no/nb/account/{path}", data={"email": "x@y.example"}, headers=evil)
        assert (path, answer.status_code) == (path, 403)
    assert "sixth@customers.example" in said(await page(shop, "/no/nb/account"))
    shop.cookies.clear()
    for path in ("details", "addresses", "addresses/remove"):
        answer = await shop.post(f"/no/nb/account/{path}", data={"address": "x"}, headers=OURS)
        assert (path, answer.status_code) == (path, 401)


async def test_signing_in_leads_only_to_pages_of_the_shop(shop: httpx.AsyncClient, world: Database):
    shop.cookies.clear()
    entered = await sign_in(shop, world, "seventh@customers.example", next="//evil.example")
    assert entered.headers["location"].startswith("/no/nb/account")
