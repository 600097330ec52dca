"""Pages of content over the API: written, published, taken back; what customers see; what can do no harm."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from tests.kernel.people import add_key, header

from torg.content import html
from torg.kernel.database import Database
from torg.kernel.ids import new_id

pytestmark = pytest.mark.usefixtures("shop")
URL = "/api/v1/content"
SHOWN = "/api/v1/channels/web-no/content"


@pytest.fixture
async def writer(world: Database) -> dict[str, str]:
    return header((await world.run(lambda tx: add_key(tx, "content:read", "content:write"))).secret)


def written(slug: str = "", body: str = "Text.", **more: Any) -> dict[str, Any]:
    name = f"p-{new_id().hex}"
    text = {"title": "Title", "slug": slug or name, "body": body}
    return {"code": name, "texts": {"en": text, "nb": {**text, "title": "Tittel"}}, **more}


async def made(shop: httpx.AsyncClient, writer: dict[str, str], *, show: bool = True, **said: Any) -> str:
    new = written(**said)
    assert (await shop.post(URL, json=new, headers=writer)).status_code == 201
    if show:
        answer = await shop.post(f"{URL}/{new['code']}/publish", json={"version": 1}, headers=writer)
        assert answer.json()["shown"] == 1
    return str(new["code"])


async def seen(
    shop: httpx.AsyncClient, world: Database, slug: str, channel: str = "web-no"
) -> httpx.Response:
    world.forget("content.shown")
    return await shop.get(f"/api/v1/channels/{channel}/content/{slug}", headers={"Accept-Language": "en"})


async def test_a_draft_is_nobodys_business_until_it_is_published_and_after_it_is_withdrawn(
    shop: httpx.AsyncClient, world: Database, writer: dict[str, str]
):
    code = await made(shop, writer, show=False)
    assert (await seen(shop, world, code)).status_code == 404
    for _ in range(2):
        await shop.post(f"{URL}/{code}/publish", json={"version": 1}, headers=writer)
    assert (await seen(shop, world, code)).json()["title"] == "Title"
    for _ in range(2):
        answer = await shop.post(f"{URL}/{code}/withdraw", headers=writer)
        assert answer.json()["shown"] is None
    assert (await seen(shop, world, code)).json()["code"] == "page-not-found"


async def test_customers_see_the_published_version_while_the_next_is_written_and_an_earlier_one_again(
    shop: httpx.AsyncClient, world: Database, writer: dict[str, str]
):
    code = await made(shop, writer)
    next_one = written(code, "Newer.") | {"version": 1}
    next_one.pop("code")
    assert (await shop.put(f"{URL}/{code}", json=next_one, headers=writer)).json()["version"] == 2
    assert "Text." in (await seen(shop, world, code)).json()["html"]
    await shop.post(f"{URL}/{code}/publish", json={"version": 2}, headers=writer)
    assert "Newer." in (await seen(shop, world, code)).json()["html"]
    await shop.post(f"{URL}/{code}/publish", json={"version": 1}, headers=writer)
    assert "Text." in (await seen(shop, world, code)).json()["html"]
    said = (await shop.get(f"{URL}/{code}/versions", headers=writer)).json()["items"]
    assert [one["version"] for one in said] == [2, 1]


async def test_of_two_who_write_a_page_at_once_one_is_told_that_it_is_another_now(
    shop: httpx.AsyncClient, writer: dict[str, str]
):
    code = await made(shop, writer)
    change = written(code) | {"version": 1}
    change.pop("code")
    answers = await asyncio.gather(
        *(shop.put(f"{URL}/{code}", json=change, headers=writer) for _ in range(4))
    )
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    assert (await shop.get(f"{URL}/{code}", headers=writer)).json()["version"] == 2


async def test_an_address_leads_to_one_page_for_good(
    shop: httpx.AsyncClient, world: Database, writer: dict[str, str]
):
    code = await made(shop, writer)
    moved = written(f"{code}-new") | {"version": 1}
    moved.pop("code")
    await shop.put(f"{URL}/{code}", json=moved, headers=writer)
    await shop.post(f"{URL}/{code}/publish", json={"version": 2}, headers=writer)
    assert (await seen(shop, world, code)).json()["slug"] == f"{code}-new"
    there = await shop.get(f"/no/nb/info/{code}")
    assert (there.status_code, there.headers["location"]) == (301, f"/no/nb/info/{code}-new")
    thief = await shop.post(URL, json=written(code), headers=writer)
    assert (thief.status_code, thief.json()["code"]) == (409, "page-address-taken")


async def test_a_page_that_is_wrong_is_refused_with_every_wrong_field_and_nothing_is_kept(
    shop: httpx.AsyncClient, writer: dict[str, str]
):
    new = written(markets=["NO", "XX", "NO"])
    new["texts"]["xx"] = new["texts"]["en"]
    answer = await shop.post(URL, json=new, headers=writer)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["errors"]} == {"texts.xx", "markets.1", "markets.2"}
    assert (await shop.get(f"{URL}/{new['code']}", headers=writer)).status_code == 404


async def test_a_page_of_some_markets_is_in_no_other(
    shop: httpx.AsyncClient, world: Database, writer: dict[str, str]
):
    code = await made(shop, writer, markets=["DE"])
    assert (await seen(shop, world, code)).status_code == 404
    assert (await seen(shop, world, code, "web-de")).status_code == 200


async def test_only_who_may_write_writes(shop: httpx.AsyncClient, world: Database, writer: dict[str, str]):
    code = await made(shop, writer)
    reader = header((await world.run(lambda tx: add_key(tx, "content:read"))).secret)
    assert (await shop.get(f"{URL}/{code}", headers=reader)).status_code == 200
    for path in (f"{URL}/{code}/withdraw", f"{URL}/{code}/publish"):
        answer = await shop.post(path, json={"version": 1}, headers=reader)
        assert answer.status_code == 403
    assert (await seen(shop, world, code)).status_code == 200


def test_no_text_becomes_anything_but_text():
    for text in (
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/x.png)",
        "[x](javascript:alert(1))",
        "[x](  JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](http://[)",
        "<javascript:alert(1)>",
        '[x](https://a.example "\\" onmouseover=alert(1) x=\\"")',
    ):
        shown = html(text)
        assert "<script" not in shown and "<img" not in shown and 'href="java' not in shown.lower()
        assert 'href="data' not in shown and 'href="vb' not in shown and '" onmouseover' not in shown


async def test_the_shop_shows_the_retailers_pages_in_each_language_and_tells_search_engines(
    shop: httpx.AsyncClient,
):
    home = (await shop.get("/jp/ja")).text
    assert "/jp/ja/info/henpin" in home
    text = (await shop.get("/no/nb/info/retur")).text
    assert "<h1>Retur og angrerett</h1>" in text
    assert re.search('hreflang="ja-JP" href="https?://[^/]+/jp/ja/info/henpin"', text)
    assert "/no/nb/info/retur<" in (await shop.get("/no/nb/sitemap.xml")).text
    assert (await shop.get("/no/nb/info/nowhere")).status_code == 404
