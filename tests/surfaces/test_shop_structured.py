"""The facts that pages tell search engines, as Adobe's validator of Google's rules sees them."""

import asyncio
import html
import json
import re
from typing import Any

import httpx
import pytest

from torg.settings import ROOT

pytestmark = pytest.mark.usefixtures("shop")
EMBEDDED = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
NODE = ROOT / ".venv/bin/node"


async def told(shop: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    text = (await shop.get(path)).text
    return [json.loads(one) for one in EMBEDDED.findall(text)]


async def issues(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    program = await asyncio.create_subprocess_exec(
        NODE,
        ROOT / "ui/check_structured.mjs",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await program.communicate(json.dumps(facts).encode())
    assert program.returncode == 0
    found: list[dict[str, Any]] = json.loads(said)
    return found


async def of_category(shop: httpx.AsyncClient, path: str) -> list[str]:
    text = html.unescape((await shop.get(path)).text)
    return list(dict.fromkeys(re.findall(r'<h2><a href="([^"]*/p/[^"]*)"', text)))


async def test_every_page_tells_facts_without_an_error(shop: httpx.AsyncClient):
    paths = ["/no/nb", "/jp/ja/stores", "/no/nb/stores/oslo", "/de/de/info/rueckgabe"]
    for shelf in ("/no/nb/c/kaffe-og-te", "/jp/ja/c/outdoor", "/us/en/c/kitchen"):
        paths += [shelf, *(await of_category(shop, shelf))[:8]]
    facts = [fact for path in paths for fact in await told(shop, path)]
    kinds = {fact["@type"] for fact in facts}
    assert {"WebSite", "Store", "BreadcrumbList", "Product"} <= kinds
    assert sum(fact["@type"] == "Product" for fact in facts) >= 20
    assert [one for one in await issues(facts) if one["severity"] == "ERROR"] == []


async def test_the_validator_finds_what_is_wrong(shop: httpx.AsyncClient):
    product = next(one for one in await told(shop, "/no/nb/p/julekaffe") if one["@type"] == "Product")
    product["offers"][0].pop("price")
    product.pop("name")
    assert any(one["severity"] == "ERROR" for one in await issues([product]))


async def test_a_store_says_what_a_local_business_must(shop: httpx.AsyncClient):
    stores = [one for one in await told(shop, "/no/nb/stores") if one["@type"] == "Store"]
    assert len(stores) > 1
    for store in stores:
        assert store["name"] and store["telephone"] and store["geo"]["latitude"]
        address = store["address"]
        assert address["streetAddress"] and address["addressLocality"] and address["addressCountry"] == "NO"
        assert {hours["@type"] for hours in store["openingHoursSpecification"]} == {
            "OpeningHoursSpecification"
        }
