"""What a customer likes, agreed to and has, as pages without script: kept with its proof, and hers alone."""

import httpx
import pytest
from tests.surfaces.test_shop import OURS, field, page, said
from tests.surfaces.test_shop_account import sign_in

from torg.kernel.database import Database

pytestmark = pytest.mark.usefixtures("shop")
HERE = "/no/nb/account/settings"


async def save(shop: httpx.AsyncClient, **form: str) -> httpx.Response:
    text = await page(shop, HERE)
    return await shop.post(HERE, data={"page_token": field(text, "page_token"), **form}, headers=OURS)


async def test_what_she_agrees_to_is_kept_with_the_words_she_saw_and_can_be_taken_back(
    shop: httpx.AsyncClient, world: Database
):
    shop.cookies.clear()
    away = await shop.get(HERE)
    assert (away.status_code, away.headers["location"]) == (303, "/no/nb/account")
    await sign_in(shop, world, "consents@customers.example")
    assert "checked" not in (await page(shop, HERE))
    yes = {"news-email": "yes", "language": "nb", "market": "NO", "store": "oslo"}
    for _ in range(2):
        assert (await save(shop, **yes)).headers["location"] == f"{HERE}?done=saved"
    text = await page(shop, HERE)
    assert text.count("Jeg vil ha nyheter og tilbud på e-post.") == 2  # asked once, proven once
    assert '<option value="oslo" selected>' in text
    assert (await save(shop, language="nb", market="NO", store="oslo")).status_code == 303
    assert "trukket tilbake" in said(await page(shop, HERE))
    told = (await shop.get("/api/v1/me/consents")).json()["items"]
    assert [(one["purpose"], one["given"]) for one in told] == [("news-email", False), ("news-email", True)]
    assert {one["wording"] for one in told} == {"Jeg vil ha nyheter og tilbud på e-post."}
    wrong = await save(shop, store="nowhere", **{"news-sms": "yes"})
    assert (wrong.status_code, 'id="wrong-store"' in wrong.text) == (422, True)
    assert len((await shop.get("/api/v1/me/consents")).json()["items"]) == 2


async def test_her_data_is_a_file_of_hers_alone(shop: httpx.AsyncClient, world: Database):
    shop.cookies.clear()
    assert (await shop.get(f"{HERE}/data")).status_code == 401
    await sign_in(shop, world, "data@customers.example")
    answer = await shop.get(f"{HERE}/data")
    assert answer.headers["content-disposition"].startswith("attachment")
    known = answer.json()
    assert known["customer"]["email"] == "data@customers.example"
    assert {"addresses", "preferences", "consents", "lists", "credit", "points", "orders"} < known.keys()


async def test_a_wrong_gift_card_is_told_and_no_more(shop: httpx.AsyncClient, world: Database):
    shop.cookies.clear()
    await sign_in(shop, world, "cards@customers.example")
    token = field(await page(shop, HERE), "page_token")
    form = {"page_token": token, "gift_card": '"><img src=x>'}
    answer = await shop.post(f"{HERE}/card", data=form, headers=OURS)
    assert answer.status_code >= 400
    assert "<img src=x" not in answer.text
    evil = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for path in (HERE, f"{HERE}/card", "/no/nb/account/lists", "/no/nb/account/lists/forget"):
        answer = await shop.post(path, data={"gift_card": "x", "name": "x", "list": "x"}, headers=evil)
        assert (path, answer.status_code) == (path, 403)
