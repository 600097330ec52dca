"""The search of the web shop as a browser without script gets it: narrowed, in order, and honest about what it did."""

import asyncio
import html
import re

import httpx
import pytest
from tests.conftest import running

from torg.app import build
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.settings import Settings

pytestmark = pytest.mark.usefixtures("shop")


async def page(shop: httpx.AsyncClient, path: str, **asked: object) -> str:
    answer = await shop.get(path, params={key: str(value) for key, value in asked.items()} or None)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def names(text: str) -> list[str]:
    return re.findall(r'<h2><a href="[^"]*/p/[^"]*">([^<]*)</a>', text)


def lowest(text: str) -> list[int]:
    prices = re.findall(r'<span class="price">(?:fra )?([\d\s\u00a0]+),', text)
    return [int(re.sub(r"\D", "", price)) for price in prices]


def found(text: str) -> int:
    told = re.search(r'<p role="status">(\d+)', text)
    assert told is not None
    return int(told[1])


async def test_what_a_question_finds_is_narrowed_as_a_shelf_is_and_the_counts_hold(shop: httpx.AsyncClient):
    text = await page(shop, "/no/nb/search", q="kaffe")
    value, count = re.findall(r'name="grind" value="([^"]+)".*?\((\d+)\)', text)[0]
    narrowed = await page(shop, "/no/nb/search", q="kaffe", grind=value)
    assert 0 < found(narrowed) == int(count) < found(text)
    assert 'name="q" value="kaffe"' in narrowed


@pytest.mark.parametrize("path", ["/no/nb/search?q=kaffe", "/no/nb/c/kaffe-og-te"])
async def test_goods_stand_by_price_up_and_down(shop: httpx.AsyncClient, path: str):
    up = lowest(await page(shop, str(httpx.URL(path).copy_add_param("sort", "cheapest"))))
    down = lowest(await page(shop, str(httpx.URL(path).copy_add_param("sort", "dearest"))))
    assert len(up) > 5 and up == sorted(up) and down == sorted(down, reverse=True) and up != down


async def test_only_what_is_in_stock_is_shown_when_that_is_wished(shop: httpx.AsyncClient):
    whole = await page(shop, "/no/nb/c/kaffe-og-te")
    there = await page(shop, "/no/nb/c/kaffe-og-te", there=1)
    assert 0 < found(there) <= found(whole)
    assert "Utsolgt" not in re.sub(r"<form.*?</form>", "", there, flags=re.DOTALL)


async def test_what_was_searched_instead_is_said_and_can_be_searched_exactly(shop: httpx.AsyncClient):
    text = await page(shop, "/no/nb/search", q="emalekop")
    assert "emaljekopp" in text and names(text)
    exactly = re.search(r'href="([^"]*exactly=1[^"]*)"', text)
    assert exactly is not None
    assert not names(await page(shop, exactly[1]))


async def test_words_that_find_nothing_together_are_left_out_and_named(shop: httpx.AsyncClient):
    text = await page(shop, "/no/nb/search", q="kaffekjele xylofon")
    assert "Utelatt: xylofon" in text and names(text)


async def test_japanese_is_found_narrowed_and_ordered(shop: httpx.AsyncClient):
    text = await page(shop, "/jp/ja/search", q="コーヒー", sort="cheapest")
    assert len(names(text)) > 5 and "価格の安い順" in text


async def test_a_question_that_could_harm_a_page_is_text(shop: httpx.AsyncClient):
    answer = await shop.get("/no/nb/search", params={"q": '"><script>alert(1)</script>'})
    assert answer.status_code == 200 and "<script>alert" not in answer.text


async def test_many_may_look_around_at_once_where_connections_are_few(
    world_settings: Settings, world_url: str, clock: FixedClock
):
    """Whoever holds a connection must not wait for another: all would hold one, and none would get on."""
    database = await Database.open(world_url, clock=clock, pool_size=4, wait=2)
    async with running(build(world_settings, database)) as few:
        paths = ("/no/nb/c/kaffe-og-te", "/no/nb/search?q=kaffe", "/api/v1/channels/web-no/suggestions?q=kaf")
        answers = await asyncio.gather(*(few.get(path) for path in paths * 3))
    await database.close()
    assert [answer.status_code for answer in answers] == [200] * 9
