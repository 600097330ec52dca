"""Gift cards on the pages of the shop, as a browser without script gets them, over the whole practice retailer."""

import re
from datetime import timedelta

import httpx
import pytest
from tests.surfaces.test_checkout import WHO, buy
from tests.surfaces.test_shop import OURS, page, said

from torg.kernel.database import Database

pytestmark = pytest.mark.usefixtures("shop")
CARD = "/no/nb/p/gavekort"


def field(text: str, name: str) -> str:
    """What stands in a field of a page."""
    (value,) = re.findall(rf'<input[^>]*name="{name}"[^>]*? value="([^"]*)"', text)
    return str(value)


async def put_in(shop: httpx.AsyncClient, **written: str) -> httpx.Response:
    """Fill the form of the gift card in, and press its button."""
    shop.cookies.clear()
    text = await page(shop, CARD)
    hidden = {name: field(text, name) for name in ("product", "variant", "sku", "once")}
    return await shop.post(
        "/no/nb/cart/gift-cards", data={**hidden, "quantity": "1", **written}, headers=OURS
    )


async def test_a_gift_card_is_bought_for_somebody_with_an_amount_and_a_greeting(
    shop: httpx.AsyncClient, world: Database
) -> None:
    day = world.clock.now().date() + timedelta(days=20)
    text = await page(shop, CARD)
    assert field(text, "amount") == "500"
    answer = await put_in(
        shop,
        amount="1 250,50",
        name="Ola Dunk",
        email="ola@example.com",
        card_language="en",
        message="Gratulerer!\r\n<b>Hilsen oss</b>",
        send_on=day.isoformat(),
    )
    assert answer.status_code == 303
    text = await page(shop, "/no/nb/cart")
    told = said(text)
    assert all(part in told for part in ("Ola Dunk <ola@example.com>", "<b>Hilsen oss</b>", "1 250,50"))
    assert "<b>Hilsen" not in text
    begun = await shop.post("/no/nb/checkout/begin", headers=OURS)
    assert begun.status_code == 303
    bought = await buy(shop, "no/nb", await page(shop, "/no/nb/checkout"), **WHO)
    assert bought.status_code == 303, said(bought.text)


async def test_what_cannot_be_is_told_beside_its_field_with_all_that_was_written(
    shop: httpx.AsyncClient,
) -> None:
    answer = await put_in(shop, amount="5", email="nobody", message="Hei", send_on="2020-01-01", name="Ola")
    assert answer.status_code == 422
    assert set(re.findall(r'id="wrong-(\w+)"', answer.text)) == {"amount", "email", "send_on"}
    assert (field(answer.text, "amount"), field(answer.text, "name")) == ("5", "Ola")
    assert ">Hei</textarea>" in answer.text
    unreadable = await put_in(shop, amount="mye")
    assert set(re.findall(r'id="wrong-(\w+)"', unreadable.text)) == {"amount"}
    empty = said(await page(shop, "/no/nb/cart"))
    assert "1 250,50" not in empty
