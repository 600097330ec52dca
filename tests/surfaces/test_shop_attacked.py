"""What strangers try on the shop's pages is refused: forms of other sites, planted sessions, addresses elsewhere to go
on to, markup in what people write, and asking which orders and accounts there are.
"""

import re

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from tests.conftest import settle
from tests.customers.test_sign_in import code_in_mail
from tests.surfaces.test_checkout import PEOPLE, WHO, at_checkout, buy
from tests.surfaces.test_own_order import EVIL, bought
from tests.surfaces.test_shop import OURS, page, put_in
from tests.surfaces.test_shop_account import OSLO, send, sign_in

from torg.app import build
from torg.kernel.access import tokens
from torg.kernel.database import Database
from torg.kernel.telemetry.metrics import metrics
from torg.settings import Settings

pytestmark = pytest.mark.usefixtures("shop")
THEIRS = (
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://torg.test.evil.example"},
)
SESSION = "torg_session"


def deeds(app: Litestar) -> set[str]:
    """Where the forms of the shop's pages lead."""
    found = set()
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/{front:str}/{language:str}"):
            handlers: list[HTTPRouteHandler] = route.route_handlers
            if any("POST" in one.http_methods for one in handlers):
                path = route.path_format.replace("{front}", "no").replace("{language}", "nb")
                path = path.replace("{order}", "ord_" + "0" * 32)
                found.add(re.sub(r"\{\w+\}", "something", path))
    return found


async def test_no_form_of_another_site_does_anything_anywhere_in_the_shop(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    paths = deeds(build(world_settings, world))
    assert len(paths) > 25
    shop.cookies.clear()
    await put_in(shop)
    await sign_in(shop, world, "forged@customers.example")
    for path in sorted(paths):
        for headers in THEIRS:
            answer = await shop.post(path, data={"x": "y"}, headers=headers)
            assert (path, answer.status_code) == (path, 403)
        # A browser that says nothing of where a form comes from needs the page's own token.
        answer = await shop.post(path, data={"page_token": tokens.page_token(tokens.new(tokens.COOKIE))})
        assert (path, answer.status_code) == (path, 403)
    assert "forged@customers.example" in await page(shop, "/no/nb/account")


async def test_a_session_that_somebody_planted_or_kept_is_worth_nothing_after_signing_in_or_out(
    shop: httpx.AsyncClient, world: Database
):
    shop.cookies.clear()
    planted = tokens.new(tokens.COOKIE)
    shop.cookies.set(SESSION, planted, domain="torg.test", path="/")
    await sign_in(shop, world, "planted@customers.example")
    first = shop.cookies[SESSION]
    assert first != planted
    text = await page(shop, "/no/nb/account")
    await send(shop, "code", text, email="planted@customers.example")
    code = await code_in_mail(world, "planted@customers.example")
    assert (await send(shop, "enter", text, code=code)).status_code == 303
    second = shop.cookies[SESSION]
    assert second != first
    text = await page(shop, "/no/nb/account")
    assert (await send(shop, "leave", text)).status_code == 303
    for dead in (planted, first, second):
        shop.cookies.clear()
        seen = await shop.get("/no/nb/account", headers={"Cookie": f"{SESSION}={dead}"})
        assert "planted@customers.example" not in seen.text


ELSEWHERE = ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "checkout@evil")


async def test_nothing_leads_out_of_the_shop(shop: httpx.AsyncClient, world: Database):
    shop.cookies.clear()
    for place in ELSEWHERE:
        text = await page(shop, "/no/nb/account", next=place[:20])
        leads = re.findall(r'(?:href|action)="([^"]*)"', text)
        assert [one for one in leads if not re.match(r"/(?![/\\])|#|http://torg\.test/|data:,$", one)] == []
    for place in ELSEWHERE:
        shop.cookies.clear()
        entered = await sign_in(shop, world, "open@customers.example", next=place[:20])
        assert entered.headers["location"] == "/no/nb/account?done=in"


async def test_nothing_that_people_write_becomes_markup_on_any_page_or_in_any_mail(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    await at_checkout(shop, "no/nb")
    await sign_in(shop, world, "markup@customers.example", next="checkout")
    text = await page(shop, "/no/nb/account")
    await send(shop, "details", text, given_name=EVIL, family_name=EVIL)
    await send(shop, "addresses", text, **{**OSLO, "name": EVIL, "street": EVIL, "city": EVIL})
    text = await page(shop, "/no/nb/checkout")
    told = {**PEOPLE[0][1], "name": EVIL, "street": EVIL, "city": EVIL, "company": EVIL}
    done = await buy(shop, "no/nb", text, **told, purchase_order=EVIL)
    if done.status_code == 200:  # bought for a company: the total is agreed to once more
        done = await buy(shop, "no/nb", done.text)
    path = done.headers["location"].partition("?")[0]
    await settle(world, world_settings)
    seen = await page(shop, path)
    follow = re.search(r'href="(?:http://torg.test)?(/[^"]*torg_\w+[^"]*)"', seen)
    places = ["/no/nb/account", path, f"{path}/change", f"{path}/claim", f"{path}/return", f"{path}/exchange"]
    places += [f"/no/nb/withdrawal?order={path.split('/')[-1]}", "/no/nb/account/settings"]
    places += [follow[1]] if follow else []
    shown = [await page(shop, place) for place in places]
    shown += [(await shop.get(f"/no/nb/{where}", params={name: EVIL})).text for where, name in GIVEN]
    shown += await world.read(
        lambda tx: tx.all(str, "SELECT html FROM mails WHERE recipient = 'markup@customers.example'")
    )
    assert sum("onerror=alert" in one for one in shown) >= 3  # it is there, as text
    assert [one for one in shown if "<img src=x" in one] == []


GIVEN = (
    ("search", "q"),
    ("account", "next"),
    ("cart", "done"),
    ("p/julekaffe", "postal_code"),
    ("stores", "q"),
)


async def test_nobody_learns_which_orders_there_are(shop: httpx.AsyncClient):
    path = await bought(shop)
    order = path.split("/")[-1]
    shop.cookies.clear()
    none = "ord_" + "0" * 32
    form = {"id": "ret_" + "0" * 32, "change": "och_" + "0" * 32, "kind": "late", "drop": "yes"}
    deeds = ("change", "cancel", "return", "return/call-off", "exchange", "exchange/go-on", "claim", "pay")
    for deed in ("", *(f"/{one}" for one in deeds)):
        told = []
        for one in (order, none):
            place = f"/no/nb/order/{one}{deed}"
            answers = [await shop.post(place, data=form, headers=OURS)] if deed else []
            answers += (
                [await shop.get(place)] if deed in {"", "/change", "/return", "/exchange", "/claim"} else []
            )
            told.append([(a.status_code, bare(a.text, one)) for a in answers])
        assert (deed, told[0]) == (deed, told[1])
        assert {status for status, _ in told[0]} <= {404, 422}


def bare(text: str, order: str) -> str:
    """The page without what is new on every page, and without the order that was asked for."""
    return re.sub(
        r'(name="(?:once|page_token|id)" value=")[^"]*|req_\w+', r"\1", text.replace(order, "ORDER")
    )


async def test_nobody_learns_who_has_an_account_by_answer_mail_or_work(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    known, unknown = "there@customers.example", "never@customers.example"
    shop.cookies.clear()
    await sign_in(shop, world, known)
    told, work = [], []
    for email in (known, unknown):
        shop.cookies.clear()
        before = statements()
        asked = await shop.post("/no/nb/account/code", data={"email": email}, headers=OURS)
        work.append(statements() - before)
        shown = (await page(shop, "/no/nb/account?done=sent")).replace(email, "HERS")
        wrong = await shop.post("/no/nb/account/enter", data={"code": "000 000"}, headers=OURS)
        told.append(
            (
                asked.status_code,
                asked.headers["location"],
                bare(shown, ""),
                wrong.status_code,
                bare(wrong.text.replace(email, "HERS"), ""),
            )
        )
        assert await code_in_mail(world, email)
    assert told[0] == told[1]
    assert work[0] == work[1] > 0
    assert told[0][3] in {401, 403, 409, 422}


def statements() -> float:
    """How many statements asking for codes has taken in this process."""
    found: float = metrics().statements.labels("/{front}/{language}/account/code")._value.get()
    return found


async def test_an_order_is_not_found_by_its_number_and_another_address(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    text = await at_checkout(shop, "no/nb")
    done = await buy(shop, "no/nb", text, **WHO, **PEOPLE[0][1])
    order = done.headers["location"].split("/")[-1].partition("?")[0]
    shop.cookies.clear()
    for name in (order, order.upper(), order[:-1], "../" + order):
        seen = await shop.get(f"/no/nb/order/{name}")
        assert seen.status_code == 404
        assert WHO["email"] not in seen.text
