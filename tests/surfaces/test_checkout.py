"""The checkout as a browser without script gets it, over the whole practice retailer."""

import html
import re
from typing import Any

import httpx
import pytest
from tests.surfaces.test_shop import OURS, field, page, put_in, said, there

from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.markets import MarketChange, change_market

pytestmark = pytest.mark.usefixtures("shop")

# Front, what a person there writes, and the sentence on her order.
PEOPLE: list[tuple[str, dict[str, str], str]] = [
    ("no/nb", {"street": "Storgata 1", "postal_code": "0155", "city": "Oslo"}, "Takk for bestillingen"),
    (
        "de/de",
        {"street": "Hauptstr. 1", "postal_code": "10115", "city": "Berlin"},
        "Danke für Ihre Bestellung",
    ),
    (
        "us/en",
        {"street": "350 5th Ave", "postal_code": "10118", "city": "New York", "region": "NY"},
        "Thank you for your order",
    ),
    (
        "jp/ja",
        {"street": "神宮前1-1-1", "postal_code": "150-0001", "region": "東京都"},
        "ご注文ありがとうございます",
    ),
    ("sg/en", {"street": "1 Orchard Road", "postal_code": "238824"}, "Thank you for your order"),
]
WHO = {"email": "guest@example.com", "name": "Guest Example"}


async def at_checkout(shop: httpx.AsyncClient, front: str) -> str:
    """A cart with goods in it, as far as the checkout's page."""
    shop.cookies.clear()
    await put_in(
        shop, await there(shop, f"/{front}/p/julekaffe") if front != "no/nb" else "/no/nb/p/julekaffe"
    )
    begun = await shop.post(f"/{front}/checkout/begin", headers=OURS)
    assert (begun.status_code, begun.headers["location"]) == (303, f"/{front}/checkout")
    return await page(shop, f"/{front}/checkout")


def written(text: str, **said: str) -> dict[str, str]:
    """The form of the page as it stands, with what somebody writes into it."""
    form = text[text.index('<form class="till"') :]
    found = {
        name: html.unescape(value) for name, value in re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', form)
    }
    chosen = {
        name: html.unescape(value)
        for name, value in re.findall(r'type="radio"[^>]*name="(\w+)" value="([^"]*)" checked', form)
    }
    found.pop("look", None)
    return {**found, **chosen, **said}


async def buy(shop: httpx.AsyncClient, front: str, text: str, **said: str) -> httpx.Response:
    return await shop.post(f"/{front}/checkout", data=written(text, **said), headers=OURS)


@pytest.mark.parametrize(("front", "address", "thanks"), PEOPLE, ids=[one[0] for one in PEOPLE])
async def test_a_guest_buys_on_one_page_with_at_most_eight_fields(
    shop: httpx.AsyncClient, front: str, address: dict[str, str], thanks: str
):
    text = await at_checkout(shop, front)
    asked = re.sub(
        r"<details.*?</details>", "", text, flags=re.DOTALL
    )  # what only some have opens when they want it
    assert len(re.findall(r'id="field-(\w+)"', asked)) <= 8
    total = re.search(r'name="total" value="(\d+)"', text)
    answer = await buy(shop, front, text, **WHO, **address)
    assert answer.status_code == 303, said(answer.text)
    bought = await page(shop, answer.headers["location"])
    assert thanks in said(bought)
    order = answer.headers["location"].split("/")[-1].partition("?")[0]
    token = answer.cookies["torg_orders"].partition(".")[2]
    seen = (await shop.get(f"/api/v1/orders/{order}", headers={"Torg-Token": token})).json()
    assert total is not None
    assert (seen["state"], seen["total"]["amount"]) == ("placed", int(total[1]))
    assert seen["number"] in said(bought)
    assert 'class="count"' not in await page(shop, f"/{front}")


async def test_everything_that_is_wrong_is_told_and_what_was_written_stays(shop: httpx.AsyncClient):
    text = await at_checkout(shop, "no/nb")
    answer = await buy(
        shop, "no/nb", text, email="guest@", name="Kari", street="Storgata 1", postal_code="1", city=""
    )
    assert answer.status_code == 422
    assert 'value="Storgata 1"' in answer.text
    assert 'id="wrong-email"' in answer.text
    answer = await buy(
        shop,
        "no/nb",
        answer.text,
        email="guest@example.com",
        name="Kari",
        street="Storgata 1",
        postal_code="1",
    )
    assert re.findall(r'id="wrong-(\w+)"', answer.text) == ["postal_code", "city"]
    assert answer.status_code == 422


async def test_another_way_of_delivery_is_agreed_to_with_its_own_total(shop: httpx.AsyncClient):
    text = await at_checkout(shop, "no/nb")
    first = field(text, "total")
    methods = re.findall(r'name="method" value="([\w-]+)"', text)
    chosen = written(text)["method"]
    other = next(one for one in methods if one != chosen)
    again = await buy(shop, "no/nb", text, **WHO, **PEOPLE[0][1], method=other)
    assert again.status_code == 200
    assert field(again.text, "total") != first
    assert "Se over den en gang til" in said(again.text)
    bought = await buy(shop, "no/nb", again.text)
    assert bought.status_code == 303


async def test_a_button_pressed_twice_buys_once(shop: httpx.AsyncClient):
    text = await at_checkout(shop, "no/nb")
    kept = dict(shop.cookies)
    first = await buy(shop, "no/nb", text, **WHO, **PEOPLE[0][1])
    shop.cookies.clear()
    shop.cookies.update(kept)
    again = await buy(shop, "no/nb", text, **WHO, **PEOPLE[0][1])
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["location"] == again.headers["location"]


async def test_a_declined_payment_leaves_the_cart_for_another_try(shop: httpx.AsyncClient):
    text = await at_checkout(shop, "no/nb")
    answer = await buy(shop, "no/nb", text, **WHO, **PEOPLE[0][1], means="test.decline")
    assert answer.status_code == 409
    assert "ingenting blir trukket" in said(answer.text)
    bought = await buy(shop, "no/nb", answer.text, means="test.ok")
    assert bought.status_code == 303


async def test_a_payment_that_needs_a_second_step_is_gone_on_with_there(shop: httpx.AsyncClient):
    text = await at_checkout(shop, "no/nb")
    answer = await buy(shop, "no/nb", text, **WHO, **PEOPLE[0][1], means="test.second_step")
    assert answer.headers["location"].endswith("?done=pay")
    waiting = await shop.get(answer.headers["location"])
    assert waiting.headers["refresh"].startswith("0; url=http")
    assert "/test-gateway/" in waiting.headers["refresh"]
    calm = await shop.get(answer.headers["location"].partition("?")[0])
    assert "refresh" not in calm.headers
    assert "/test-gateway/" in calm.text
    # While its payment is under way the cart's checkout leads to the order.
    assert "/order/" in (await shop.get("/no/nb/checkout")).headers["location"]


async def test_what_is_picked_up_needs_no_address(shop: httpx.AsyncClient):
    shop.cookies.clear()
    await put_in(shop, store="oslo")
    await shop.post("/no/nb/checkout/begin", headers=OURS)
    text = await page(shop, "/no/nb/checkout")
    assert 'id="field-street"' not in text
    answer = await buy(shop, "no/nb", text, **WHO)
    assert "Torg Oslo" in said(await page(shop, answer.headers["location"]))


async def test_a_country_of_the_market_shows_its_own_fields_and_keeps_what_was_written(
    shop: httpx.AsyncClient, world: Database
):
    async def sells_to(*countries: str) -> None:
        await world.run(lambda tx: change_market(tx, "DE", MarketChange(countries=countries), by=SYSTEM))
        world.forget("markets.atlas")

    await sells_to("DE", "IT")
    text = await at_checkout(shop, "de/de")
    again = await buy(shop, "de/de", text, email="a@example.com", country="IT", look="yes")
    await sells_to("DE")
    assert again.status_code == 200
    assert 'value="a@example.com"' in again.text
    assert '<option value="IT" selected>Italien' in again.text
    assert 'id="field-region"' not in text
    assert 'id="field-region"' in again.text


async def test_an_order_opens_to_nobody_else(shop: httpx.AsyncClient):
    text = await at_checkout(shop, "no/nb")
    answer = await buy(shop, "no/nb", text, **WHO, **PEOPLE[0][1])
    path = answer.headers["location"]
    shop.cookies.clear()
    await page(shop, path, 404)
    order = path.split("/")[-1].partition("?")[0]
    for cookie in (f"{order}.wrong", order, "|||", "nonsense.x|y"):
        refused = await shop.get(path, headers={"Cookie": f"torg_orders={cookie}"})
        assert refused.status_code == 404
    await page(shop, "/no/nb/order/nonsense", 404)


async def test_a_form_of_another_site_buys_nothing(shop: httpx.AsyncClient):
    text = await at_checkout(shop, "no/nb")
    evil: dict[str, Any] = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for path in ("checkout", "checkout/begin"):
        answer = await shop.post(f"/no/nb/{path}", data=written(text, **WHO), headers=evil)
        assert answer.status_code == 403
    assert await page(shop, "/no/nb/checkout")


async def test_a_company_is_written_down_with_its_number_and_its_own_reference(shop: httpx.AsyncClient):
    text = await at_checkout(shop, "de/de")
    berlin = {**WHO, **PEOPLE[1][1]}
    firm = {"company": "Kaffeehaus GmbH", "purchase_order": "PO 4711"}
    wrong = await buy(shop, "de/de", text, **berlin, **firm, vat_number="DE1")
    assert (wrong.status_code, 'id="wrong-vat_number"' in wrong.text) == (422, True)
    assert 'value="Kaffeehaus GmbH"' in wrong.text
    bought = await buy(shop, "de/de", text, **berlin, **firm, vat_number="DE136695976")
    if bought.status_code == 200:  # tax is another for a company: the new total is agreed to first
        bought = await buy(shop, "de/de", bought.text)
    assert bought.status_code == 303, said(bought.text)
    order = bought.headers["location"].split("/")[-1].partition("?")[0]
    token = bought.cookies["torg_orders"].partition(".")[2]
    seen = (await shop.get(f"/api/v1/orders/{order}", headers={"Torg-Token": token})).json()
    assert (seen["business"]["company"], seen["purchase_order"]) == ("Kaffeehaus GmbH", "PO 4711")


async def test_an_invoice_is_for_companies_that_have_terms(shop: httpx.AsyncClient):
    text = await at_checkout(shop, "no/nb")
    assert 'value="invoice"' not in text
    answer = await buy(shop, "no/nb", text, **WHO, **PEOPLE[0][1], means="invoice")
    assert answer.status_code in {409, 422}
    assert (await buy(shop, "no/nb", text, **WHO, **PEOPLE[0][1])).status_code == 303


async def test_an_empty_cart_has_no_checkout(shop: httpx.AsyncClient):
    shop.cookies.clear()
    answer = await shop.get("/no/nb/checkout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/no/nb/cart")


async def test_nothing_that_a_buyer_writes_becomes_part_of_the_page(shop: httpx.AsyncClient):
    evil = '"><img src=x onerror=alert(1)>'
    text = await at_checkout(shop, "no/nb")
    answer = await buy(
        shop, "no/nb", text, email=evil, name=evil, street=evil, city=evil, gift_card=evil[:40]
    )
    assert "<img src=x" not in answer.text
    bought = await buy(shop, "no/nb", text, **{**WHO, **PEOPLE[0][1], "name": evil, "street": evil})
    assert "<img src=x" not in await page(shop, bought.headers["location"])
