"""The web shop's pages as a browser without script gets them, over the whole practice retailer."""

import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from torg.inventory import Reason, adjust
from torg.inventory.look import levels
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import parse
from torg.kernel.money import Money
from torg.markets import close_channel, reopen_channel
from torg.pricing import NewPrice, set_prices

pytestmark = pytest.mark.usefixtures("shop")
OURS = {"Sec-Fetch-Site": "same-origin"}


async def page(shop: httpx.AsyncClient, path: str, status: int = 200, **params: Any) -> str:
    answer = await shop.get(path, params=params or None)
    assert (path, answer.status_code) == (path, status)
    return answer.text


def said(text: str) -> str:
    """What people read of a page's content."""
    content = text[text.index("<main") : text.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", content)).split())


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return found[1]


async def put_in(
    shop: httpx.AsyncClient, product: str = "/no/nb/p/julekaffe", **changes: str
) -> httpx.Response:
    """Press the button of a product's page."""
    text = await page(shop, product)
    form = {"variant": field(text, "variant"), "once": field(text, "once"), "quantity": "2", **changes}
    action = re.search(r'action="([^"]*/cart/lines)"', text)
    assert action is not None
    return await shop.post(action[1], data=form, headers=OURS)


async def there(shop: httpx.AsyncClient, path: str) -> str:
    """The present address of a page that had another."""
    return str((await shop.get(path)).headers["location"])


def forms(text: str, action: str) -> list[dict[str, str]]:
    """The hidden and chosen fields of each form that leads to an address."""
    found = re.findall(rf'<form[^>]*action="[^"]*{action}">(.*?)</form>', text, re.DOTALL)
    return [dict(re.findall(r'name="([\w_]+)"[^>]*? value="([^"]*)"', form)) for form in found]


WISHES = [
    ("nn-NO,nb;q=0.9", "/no/nb"),
    ("sv", "/se/sv"),
    ("da-DK", "/dk/da"),
    ("de-AT,de;q=0.8", "/de/de"),
    ("ja", "/jp/ja"),
    ("en-SG,en;q=0.5", "/sg/en"),
    ("en-GB", "/gb/en"),
    ("ja-SG,en;q=0.1", "/sg/en"),
]


async def test_the_first_page_is_in_the_browsers_language(shop: httpx.AsyncClient):
    for wish, place in WISHES:
        answer = await shop.get("/shop", headers={"Accept-Language": wish})
        assert (wish, answer.status_code, answer.headers["location"]) == (wish, 302, place)
        assert "Accept-Language" in answer.headers["vary"]


async def test_who_comes_again_comes_to_the_country_where_she_was(shop: httpx.AsyncClient):
    await page(shop, "/dk/en/stores")
    answer = await shop.get("/shop", headers={"Accept-Language": "nb"})
    assert answer.headers["location"] == "/dk/da"


FRONTS = ("no/nb", "no/en", "se/sv", "dk/da", "de/de", "gb/en", "us/en", "jp/ja", "sg/en")


async def test_every_page_stands_in_its_language_and_names_its_sisters(shop: httpx.AsyncClient):
    for front in FRONTS:
        await stands(shop, front)


async def stands(shop: httpx.AsyncClient, front: str) -> None:
    home = await page(shop, f"/{front}")
    category = re.search(rf'href="(/{front}/c/[^"]+)"', home)
    product = re.search(rf'href="(/{front}/p/[^"]+)"', home)
    assert category is not None
    assert product is not None
    for path in (
        f"/{front}",
        category[1],
        product[1],
        f"/{front}/stores",
        f"/{front}/search?q=a",
        f"/{front}/cart",
    ):
        text = await page(shop, path)
        assert f'<html lang="{front[-2:]}"' in text
        assert text.count("<h1") == 1
        canonical = re.search(r'rel="canonical" href="([^"]+)"', text)
        if canonical is None:
            assert '<meta name="robots" content="noindex">' in text
            continue
        assert canonical[1] == f"http://torg.test{path}"
        sisters = dict(re.findall(r'hreflang="(\w\w-\w\w)" href="http://torg.test([^"]+)"', text))
        assert path in sisters.values()
        for sister in list(sisters.values())[:3]:
            assert f'href="http://torg.test{path}"' in await page(shop, sister)


async def test_an_address_in_another_language_leads_to_the_present_one_with_what_was_asked(
    shop: httpx.AsyncClient,
):
    answer = await shop.get("/no/nb/c/coffee-and-tea?roast=dark")
    assert (answer.status_code, answer.headers["location"]) == (301, "/no/nb/c/kaffe-og-te?roast=dark")
    answer = await shop.get("/no/en/p/julekaffe")
    assert answer.status_code == 301
    assert (await shop.get(answer.headers["location"])).status_code == 200


async def test_an_address_counts_before_the_code_of_another_category(shop: httpx.AsyncClient):
    tree = (await shop.get("/api/v1/channels/web-sg/categories", headers={"Accept-Language": "en"})).json()
    for category in tree["items"]:
        text = await page(shop, f"/sg/en/c/{category['slug']}")
        assert f"<h1>{category['name']}</h1>" in text


async def test_as_many_products_are_found_with_a_wish_as_were_promised(shop: httpx.AsyncClient):
    async def look(query: str) -> tuple[int, dict[tuple[str, str], int]]:
        text = await page(shop, f"/no/nb/c/kaffe{query}")
        found = re.search(r'role="status">(\d+) ', text)
        boxes = re.findall(r'name="([\w-]+)" value="([\w-]+)"(?: checked)?><label[^>]*>.*?\((\d+)\)', text)
        return int(found[1]) if found else 0, {(name, value): int(count) for name, value, count in boxes}

    total, offered = await look("")
    assert total > 1
    assert len({name for name, _ in offered}) > 2
    for (name, value), count in offered.items():
        assert (await look(f"?{name}={value}"))[0] == count
    (name, value), _ = min(offered.items(), key=lambda one: one[1])
    narrowed, rest = await look(f"?{name}={value}")
    other, count = next((one, n) for one, n in rest.items() if one[0] != name and n > 0)
    assert (await look(f"?{name}={value}&{other[0]}={other[1]}"))[0] == count
    # A second value of the same kind means either, so none of its kind's counts has changed.
    assert {one: n for one, n in rest.items() if one[0] == name} == {
        one: n for one, n in offered.items() if one[0] == name
    }
    both = "&".join(f"{one[0]}={one[1]}" for one in offered if one[0] == name)
    assert narrowed <= (await look(f"?{both}"))[0] <= total


async def test_what_an_address_says_wrongly_is_as_if_it_had_not_been_said(shop: httpx.AsyncClient):
    plain = said(await page(shop, "/no/nb/c/kaffe"))
    assert said(await page(shop, "/no/nb/c/kaffe?colour=nonsense&sort=best&page=nix&x=%00")) == plain
    assert "Ingenting her" in said(await page(shop, "/no/nb/c/kaffe?page=399"))


async def test_a_page_that_is_not_there_is_told_inside_the_shop(shop: httpx.AsyncClient):
    for path in ("/no/nb/p/nothing", "/no/nb/c/nothing", "/no/nb/stores/berlin"):
        text = await page(shop, path, 404)
        assert 'href="/no/nb/c/kaffe-og-te"' in text
    for path in ("/no/ja", "/xx/nb", "/no/nb/nothing"):
        await page(shop, path, 404)


async def test_a_closed_channel_has_no_shop(shop: httpx.AsyncClient, world: Database):
    await world.run(lambda tx: close_channel(tx, "web-gb", version=None, by=SYSTEM))
    world.forget("markets.atlas")
    await page(shop, "/gb/en", 404)
    assert "/gb/en" not in await page(shop, "/no/nb")
    await world.run(lambda tx: reopen_channel(tx, "web-gb", version=None, by=SYSTEM))
    world.forget("markets.atlas")
    await page(shop, "/gb/en")


async def test_the_page_says_what_the_api_says(shop: httpx.AsyncClient):
    told = (
        await shop.get("/api/v1/channels/web-no/products/julekaffe", headers={"Accept-Language": "nb"})
    ).json()
    variant = next(one for one in told["variants"] if one["availability"] != "out")
    text = await page(shop, "/no/nb/p/julekaffe")
    price = variant["price"]["amount"]["amount"]
    assert f"{price // 100},{price % 100:02d} kr" in said(text)
    assert all(place["name"] in said(text) for place in variant["stock"] if place["store"])
    facts = [json.loads(one) for one in re.findall(r'ld\+json">(.*?)</script>', text, re.DOTALL)]
    offers = next(one for one in facts if one["@type"] == "Product")["offers"]
    assert {one["sku"]: one["price"] for one in offers} == {
        one["sku"]: f"{one['price']['amount']['amount'] / 100:.2f}"
        for one in told["variants"]
        if one["price"]
    }


async def test_where_it_is_sent_is_asked_once(shop: httpx.AsyncClient):
    first = await page(shop, "/no/nb/p/julekaffe", postal_code="5014")
    other = re.findall(r'href="(/no/nb/p/[^"]+)"', await page(shop, "/no/nb"))[-1]
    assert first.index("Torg Bergen") < first.index("Torg Oslo")
    assert 'value="5014"' in await page(shop, other)
    assert 'value="5014"' not in await page(shop, await there(shop, "/se/sv/p/julekaffe"))
    text = await page(shop, "/no/nb/p/julekaffe", postal_code='"><script>alert(1)</script>')
    assert "<script>alert" not in text


async def test_nothing_that_a_reader_writes_becomes_part_of_the_page(shop: httpx.AsyncClient):
    evil = "</script><img src=x onerror=alert(1)>\"'"
    odd: dict[str, Any] = {evil: evil}
    for path in ("/no/nb/search", "/no/nb/stores", "/no/nb/c/kaffe", "/no/nb/cart"):
        text = await page(shop, path, q=evil, postal_code=evil, done=evil, **odd)
        assert "<img src=x" not in text


async def test_the_same_form_sent_twice_puts_goods_in_once(shop: httpx.AsyncClient):
    text = await page(shop, "/no/nb/p/julekaffe")
    form = {"variant": field(text, "variant"), "once": field(text, "once"), "quantity": "2"}
    shop.cookies.clear()
    first = await shop.post("/no/nb/cart/lines", data=form, headers=OURS)
    cart = first.cookies["torg_cart"]
    shop.cookies.clear()
    again = await shop.post("/no/nb/cart/lines", data=form, headers=OURS)
    assert (first.status_code, again.status_code) == (303, 303)
    assert again.cookies["torg_cart"] == cart
    assert forms(await page(shop, "/no/nb/cart"), "/cart/line")[0]["quantity"] == "2"
    await put_in(shop, quantity="3")
    assert forms(await page(shop, "/no/nb/cart"), "/cart/line")[0]["quantity"] == "5"
    assert 'aria-hidden="true">5</span>' in await page(shop, "/no/nb")


async def test_a_cart_is_changed_without_script(shop: httpx.AsyncClient):
    await put_in(shop)
    text = await page(shop, "/no/nb/cart")
    line = forms(text, "/cart/line")[0]
    changed = await shop.post(
        "/no/nb/cart/line", data={**line, "quantity": "4", "way": "oslo", "remove": ""}, headers=OURS
    )
    assert changed.status_code == 303
    text = await page(shop, changed.headers["location"])
    assert 'value="oslo" selected' in text
    assert "Torg Oslo" in said(text)
    stale = await shop.post(
        "/no/nb/cart/line", data={**line, "once": "another-one", "remove": "yes"}, headers=OURS
    )
    assert stale.status_code == 409
    assert 'role="alert"' in stale.text
    wrong = await shop.post("/no/nb/cart/code", data={"code": "NO-SUCH-CODE"}, headers=OURS)
    assert wrong.status_code in {404, 409, 422}
    assert 'role="alert"' in wrong.text
    line = forms(wrong.text, "/cart/line")[0]
    gone = await shop.post("/no/nb/cart/line", data={**line, "remove": "yes"}, headers=OURS)
    assert "Handlekurven din er tom" in said(await page(shop, gone.headers["location"]))


async def test_another_sites_form_changes_nothing(shop: httpx.AsyncClient):
    await put_in(shop)
    before = said(await page(shop, "/no/nb/cart"))
    line = forms(await page(shop, "/no/nb/cart"), "/cart/line")[0]
    for path, form in (
        ("line", {**line, "remove": "yes"}),
        ("lines", {"variant": line["line"]}),
        ("code", {"code": "X"}),
    ):
        answer = await shop.post(
            f"/no/nb/cart/{path}",
            data=form,
            headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        )
        assert answer.status_code == 403
    assert said(await page(shop, "/no/nb/cart")) == before


async def test_a_cart_begun_in_japan_keeps_its_yen_in_singapore(shop: httpx.AsyncClient):
    shop.cookies.clear()
    added = await put_in(shop, await there(shop, "/jp/ja/p/julekaffe"))
    assert added.headers["location"] == "/jp/ja/cart?done=added"
    at_home = said(await page(shop, "/jp/ja/cart"))
    total = re.findall(r"￥[\d,]+", at_home)
    abroad = said(await page(shop, "/sg/en/cart"))
    assert re.findall(r"[¥￥][\d,]+", abroad)[0].lstrip("¥￥") == total[0].lstrip("￥")
    assert "begun in Japan" in abroad
    assert "Christmas coffee" in abroad
    more = await put_in(shop, await there(shop, "/sg/en/p/julekaffe"))
    assert more.status_code == 303
    assert forms(await page(shop, "/sg/en/cart"), "/cart/line")[0]["quantity"] == "4"


async def test_a_cart_opens_only_with_its_token(shop: httpx.AsyncClient):
    shop.cookies.clear()
    added = await put_in(shop)
    name, token, units = added.cookies["torg_cart"].split(".")
    shop.cookies.clear()
    for cookie in (f"{name}.{token}x.{units}", f"{name}..{units}", name, "nonsense", "crt_1.2.3.4", ""):
        answer = await shop.get("/no/nb/cart", headers={"Cookie": f"torg_cart={cookie}"})
        assert answer.status_code == 200
        assert "Handlekurven din er tom" in said(answer.text)


async def test_the_country_and_language_links_keep_the_page_and_what_was_chosen(shop: httpx.AsyncClient):
    text = await page(shop, "/no/nb/c/kaffe?sort=newest&theme=dark")
    menu = text[text.index('id="tongues"') : text.index("</details>")]
    links = [html.unescape(link) for link in re.findall(r'<li><a href="([^"]+)"', menu)]
    english = next(link for link in links if link.startswith("/no/en/c/"))
    assert parse_qs(urlsplit(english).query) == {"sort": ["newest"]}
    assert any(link.startswith("/jp/") for link in links)
    for link in links:
        assert (await shop.get(link, follow_redirects=True)).status_code == 200


async def test_the_sitemap_lists_every_page_once_and_each_is_there(shop: httpx.AsyncClient):
    assert "Sitemap: http://torg.test/sitemap.xml" in await page(shop, "/robots.txt")
    lists = re.findall(r"<loc>http://torg.test(.*?)</loc>", await page(shop, "/sitemap.xml"))
    assert len(lists) == 13
    for path in (lists[0], lists[-1]):
        urls = re.findall(r"<loc>http://torg.test(.*?)</loc>", await page(shop, path))
        front = path.removesuffix("/sitemap.xml?part=1")
        listed = {url for url in urls if "/p/" in url}
        assert front in urls
        assert len(urls) == len(set(urls))
        assert len(listed) > 10
        shown, more = set[str](), f"/api/v1/channels/web-{front[1:3]}/products?limit=100"
        while more:
            part = (await shop.get(more, headers={"Accept-Language": front[-2:]})).json()
            shown |= {f"{front}/p/{one['slug']}" for one in part["items"]}
            more = (
                part["next"] and f"/api/v1/channels/web-{front[1:3]}/products?limit=100&cursor={part['next']}"
            )
        assert listed == shown
        for url in [one for one in urls if "/p/" not in one] + sorted(listed)[:5]:
            assert (url, (await shop.get(url)).status_code) == (url, 200)


async def test_the_cart_says_what_promotions_take_off_and_what_is_lacking(shop: httpx.AsyncClient):
    shop.cookies.clear()
    await put_in(shop, quantity="1")
    used = await shop.post("/no/nb/cart/code", data={"code": "WELCOME10"}, headers=OURS)
    assert used.status_code == 303
    text = said(await page(shop, "/no/nb/cart"))
    cart = shop.cookies["torg_cart"].split(".")
    told = (
        await shop.get(f"/api/v1/carts/{cart[0]}", headers={"Torg-Token": cart[1], "Accept-Language": "nb"})
    ).json()
    assert told["promotions"] or told["unapplied"]
    for one in [*told["nearly"], *told["unapplied"]]:
        assert " ".join(one["message"].split()) in text
    for one in told["promotions"]:
        assert one["amount"]["amount"] == 0 or one["name"] in text


def card(text: str, slug: str) -> str:
    """What people read of a product in a list."""
    found = re.search(rf'<li class="product">((?:(?!</li>).)*/p/{slug}".*?)</li>', text, re.DOTALL)
    assert found is not None, slug
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split())


async def test_another_price_or_stock_shows_at_once_wherever_a_product_is_shown(
    shop: httpx.AsyncClient, world: Database
):
    goods = (await shop.get("/api/v1/channels/web-no/products", params={"limit": 1})).json()["items"][0]
    path = f"/no/nb/p/{goods['slug']}"
    category = re.findall(r'href="(/no/nb/c/[^"]+)"', (await page(shop, path)).split("<main")[1])[0]
    variants = [parse("var", one["id"]) for one in goods["variants"]]
    seen = [card(await page(shop, place), goods["slug"]) for place in ("/no/nb", category)]

    async def priced(tx: Transaction) -> None:
        new = [NewPrice(one, Money(7_654_321, "NOK"), tx.now) for one in variants]
        await set_prices(tx, "no", new, by=SYSTEM)

    async def taken(tx: Transaction) -> None:
        there = [
            one for id in variants for one in (await levels(tx, by=SYSTEM, variant_id=id, limit=100)).items
        ]
        for one in there:
            free = one.on_hand - one.allocated - one.reserved
            if free > 0:
                await adjust(tx, one.variant_id, one.location, -free, reason=Reason.correction, by=SYSTEM)

    await world.run(priced)
    dearer = [card(await page(shop, place), goods["slug"]) for place in ("/no/nb", category)]
    assert all("76 543,21" in one for one in dearer) and dearer != seen
    await world.run(taken)
    gone = [card(await page(shop, place), goods["slug"]) for place in ("/no/nb", category)]
    assert all("Utsolgt" in one for one in gone) and not any("Utsolgt" in one for one in dearer)
