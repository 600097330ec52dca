"""Withdrawing from a contract as a browser without script does it: found from every page, confirmed, acknowledged."""

import html
import re

import httpx
import pytest
from tests.surfaces.test_checkout import PEOPLE, WHO, at_checkout, buy
from tests.surfaces.test_shop import OURS, field, page, said

from torg.kernel.database import Database

pytestmark = pytest.mark.usefixtures("shop")


async def bought(shop: httpx.AsyncClient) -> str:
    """The path of the page of an order that this browser has made."""
    answer = await buy(shop, "no/nb", await at_checkout(shop, "no/nb"), **WHO, **PEOPLE[0][1])
    return str(answer.headers["location"]).partition("?")[0]


async def test_a_guest_withdraws_in_two_steps_from_the_page_of_her_order(
    shop: httpx.AsyncClient, world: Database
):
    path = await bought(shop)
    order = path.split("/")[-1]
    assert f"/no/nb/withdrawal?order={order}" in await page(shop, path)
    form = await page(shop, f"/no/nb/withdrawal?order={order}")
    found = re.findall(r'name="(name|number|email)"[^>]*? value="([^"]*)"', form)
    fields = {name: html.unescape(value) for name, value in found}
    assert fields["email"] == WHO["email"]
    asked = await shop.post("/no/nb/withdrawal", data=fields, headers=OURS)
    assert "Bekreft at du angrer" in said(asked.text)
    sure = {**fields, "message": "", "confirmed": "yes", "id": field(asked.text, "id")}
    done = await shop.post("/no/nb/withdrawal", data=sure, headers=OURS)
    assert done.status_code == 200, said(done.text)
    assert "Erklæringen din har kommet" in said(done.text)
    query = "SELECT count(*) FROM mails WHERE template = 'withdrawals/acknowledged' AND subject LIKE %(n)s"
    again = await shop.post("/no/nb/withdrawal", data=sure, headers=OURS)
    assert again.status_code == 200
    assert await world.read(lambda tx: tx.one(int, query, n=f"%{fields['number']}%")) == 1
    assert "Denne ordren er kansellert" in said(await page(shop, path))


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("no/nb", "Angre kjøpet her"),
        ("se/sv", "Ångra köpet här"),
        ("dk/da", "Fortryd købet her"),
        ("de/de", "Vertrag widerrufen"),
        ("sg/en", "Withdraw from contract here"),
        ("jp/ja", "契約をここで撤回する"),
    ],
)
async def test_every_page_leads_to_it_in_its_language(shop: httpx.AsyncClient, front: str, words: str):
    assert f'href="/{front}/withdrawal"' in await page(shop, f"/{front}")
    assert words in said(await page(shop, f"/{front}/withdrawal"))


async def test_the_answer_for_an_order_that_is_not_there_is_the_same(shop: httpx.AsyncClient):
    shop.cookies.clear()
    fields = {"name": "Eve", "number": "NO-000000", "email": "eve@example.com", "message": ""}
    asked = await shop.post("/no/nb/withdrawal", data=fields, headers=OURS)
    sure = {**fields, "confirmed": "yes", "id": field(asked.text, "id")}
    done = await shop.post("/no/nb/withdrawal", data=sure, headers=OURS)
    assert "Erklæringen din har kommet" in said(done.text)
    wrong = await shop.post("/no/nb/withdrawal", data={**fields, "email": "eve"}, headers=OURS)
    assert wrong.status_code == 422
    assert 'id="wrong-email"' in wrong.text
