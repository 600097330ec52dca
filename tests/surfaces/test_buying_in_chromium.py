"""Whole purchases in a real browser: from one device to another, out of a store's stock, beside a till, on invoice; by
keyboard alone, and without script.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from playwright.async_api import Browser, Page, expect
from tests.customers.test_sign_in import code_in_mail
from tests.live import Live
from tests.stories.buying import call, completed
from tests.stories.buying import signed_in as staff_signed_in
from tests.stories.saying_no import lying
from tests.surfaces.test_pages_in_chromium import listen
from tests.surfaces.test_shop_in_chromium import ADDRESSES, browser, server, tab_to

from torg import fulfilment, orders
from torg.demo.named import NAMED
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.ids import parse, public
from torg.orders import Seen
from torg.payments import Tender

__all__ = ["browser", "server"]
OSLO = {"street": "Storgata 1", "postal_code": "0155", "city": "Oslo"}
PATIENCE = 30
BUY = ".till .wide"


@asynccontextmanager
async def device(browser: Browser, locale: str, **more: Any) -> AsyncIterator[Page]:
    """A browser of somebody's own, that complains about nothing but a refusal."""
    context = await browser.new_context(locale=locale, **more)
    page = await context.new_page()
    heard = listen(page)
    yield page
    assert [told for told in heard if "status of 422" not in told] == []
    await context.close()


async def put_in(page: Page, place: str) -> None:
    """Open a product's page, and press its button."""
    await page.goto(place)
    await page.locator("form.buy .primary").click()
    await page.wait_for_url("**/cart?done=added")


async def to_checkout(page: Page) -> None:
    await page.locator("form[action$='/checkout/begin'] button").click()
    await page.wait_for_url("**/checkout")


async def write(page: Page, address: dict[str, str]) -> None:
    """Who buys, and where it goes."""
    await page.fill("#field-email", "guest@example.com")
    await page.fill("#field-name", "Guest Example")
    for name, value in address.items():
        field = page.locator(f"#field-{name}")
        await (field.select_option(value) if name == "region" else field.fill(value))


async def bought(page: Page, world: Database) -> Seen:
    """The order of whose page this is."""
    await page.wait_for_url("**/order/*")
    found = re.search(r"/order/(ord_[0-9a-f]{32})", page.url)
    assert found is not None
    id = parse("ord", found[1])
    return await world.read(lambda tx: orders.see(tx, id, by=SYSTEM))


async def enter(page: Page, world: Database, home: str, email: str) -> None:
    """Sign in with the code that was mailed."""
    await page.goto(f"{home}/account")
    await page.fill("#field-email", email)
    await page.keyboard.press("Enter")
    await page.locator("#field-code").wait_for()
    await page.fill("#field-code", await code_in_mail(world, email))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/account?done=in")


async def variant_of(page: Page) -> str:
    return await page.locator('.buy input[name="variant"]').get_attribute("value") or ""


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


async def test_a_cart_filled_in_japan_is_finished_on_a_phone_in_singapore_at_the_same_price(
    server: Live, browser: Browser, world: Database
):
    phone_size: Any = {"viewport": {"width": 360, "height": 740}}
    async with device(browser, "ja") as desk, device(browser, "en-SG", **phone_size) as phone:
        await put_in(desk, f"{server.url}/jp/ja/p/julekaffe")
        price = await desk.locator(".line .price").inner_text()
        assert "￥" in price or "¥" in price
        await desk.locator("form[action$='/cart/hand-over'] button").click()
        await expect(desk.locator(".qr svg")).to_be_visible()
        link = (await desk.locator("main details p").text_content() or "").strip()
        await desk.goto(f"{server.url}/jp/ja/cart")

        await phone.goto(server.url + httpx.URL(link).raw_path.decode())
        assert "/sg/en/cart/take-over/" in phone.url
        await phone.locator("main form button").click()
        await phone.wait_for_url("**/sg/en/cart?done=added")
        await expect(phone.locator("main")).to_contain_text("This cart was begun in Japan")
        assert digits(await phone.locator(".line .price").inner_text()) == digits(price)

        # Changed on the phone, it is another on the desk at once: goods, sum, and the count in the header.
        await phone.locator(".line input[name=quantity]").fill("3")
        await phone.locator(".line button").first.click()
        await phone.wait_for_url("**/cart?done=changed")
        await expect(desk.locator(".line input[name=quantity]")).to_have_value("3", timeout=PATIENCE * 1000)
        await expect(desk.locator(".cart-link .count [aria-hidden]")).to_have_text("3")
        await expect(desk.locator("[data-cart-told]")).to_be_visible()

        await to_checkout(phone)
        await write(phone, ADDRESSES["jp/ja"])
        await phone.locator(BUY).click()
        order = await bought(phone, world)
        await expect(phone.locator("main")).to_contain_text("Thank you for your order")
        assert (order.order.currency, order.order.channel) == ("JPY", "web-jp")
        goods = sum(line.gross for line in order.lines)
        assert goods == int(digits(price)) * 3
        await desk.goto(f"{server.url}/jp/ja/cart")
        await expect(desk.locator(".empty")).to_be_visible()
        await expect(desk.locator(".count")).to_have_count(0)


async def test_what_the_warehouse_has_not_is_offered_from_a_near_store_and_routed_there(
    server: Live, browser: Browser, world: Database
):
    home = f"{server.url}/de/de"
    async with device(browser, "de") as page:
        await page.goto(f"{home}/p/julekaffe")
        await lying(world, await variant_of(page), berlin=50)
        await page.reload()
        await expect(page.locator('[data-place="berlin"]')).to_contain_text("Vorrätig")
        await expect(page.locator('[data-place="hamburg"]')).to_contain_text("Ausverkauft")
        await expect(page.locator('button[value="hamburg"]')).to_have_count(0)
        await page.locator('button[value="berlin"]').click()
        await page.wait_for_url("**/cart?done=added")
        await put_in(page, f"{home}/p/julekaffe")
        await to_checkout(page)
        await write(page, ADDRESSES["de/de"])
        await page.locator(BUY).click()
        order = await bought(page, world)
        await expect(page.locator("main")).to_contain_text("Torg Berlin")
        assert {line.intent.value for line in order.lines} == {"ship", "pick_up"}
        work = await routed(world, order)
        assert {(one.kind.value, one.location) for one in work} == {("ship", "berlin"), ("pick_up", "berlin")}


async def routed(world: Database, order: Seen) -> list[Any]:
    """Where its goods come from, as soon as that is decided."""
    id, found = order.order.order_id, list[Any]()
    async with asyncio.timeout(PATIENCE):
        while len(found) < 2:
            found = list(await world.read(lambda tx: fulfilment.of_order(tx, id)))
            await asyncio.sleep(0.1)
    return found


async def test_a_sale_at_the_till_is_gone_from_the_open_page_and_in_her_history_and_hers_at_the_till(
    server: Live, browser: Browser, world: Database
):
    home, kari = f"{server.url}/no/nb", NAMED[0]
    async with (
        device(browser, "nb") as account,
        device(browser, "nb") as page,
        httpx.AsyncClient(base_url=server.url) as api,
    ):
        await enter(account, world, home, kari.email)
        await page.goto(f"{home}/p/julekaffe")
        variant, place = await variant_of(page), page.locator('[data-place="oslo"]')
        await lying(world, variant, oslo=1, lager=20)
        await page.reload()
        await expect(place).not_to_have_text("Utsolgt")
        staff = await staff_signed_in(api, "admin@torg.example")
        cart = await till_cart(api, staff, variant, kari.email)
        sold = await completed(api, cart, staff, {"tender": "cash"})
        await expect(place).to_have_text("Utsolgt")
        await listed(account, f"{home}/account", f"/order/{sold['id']}")
        await expect(account.locator(".orders li").first).to_contain_text("Oslo")
        await put_in(account, f"{home}/p/julekaffe")
        await to_checkout(account)
        await account.locator(BUY).click()
        web = public("ord", (await bought(account, world)).order.order_id)
        await at_till(api, staff, cart["customer"], {web, sold["id"]})


async def at_till(api: httpx.AsyncClient, staff: dict[str, str], customer: str, wanted: set[str]) -> None:
    """Staff see these orders among those of the customer."""
    seen = set[str]()
    async with asyncio.timeout(PATIENCE):
        while not wanted <= seen:
            found = await call(api, "GET", f"/orders?customer={customer}", headers=staff)
            seen = {one["id"] for one in found["items"]}
            await asyncio.sleep(0.1)


async def till_cart(api: httpx.AsyncClient, staff: dict[str, str], variant: str, email: str) -> Any:
    """What a customer whom the store knows carries to its till."""
    line = {"variant": variant, "intent": "carry_out"}
    body = {"channel": "till-oslo", "lines": [line]}
    cart = await call(api, "POST", "/carts", status=201, json=body, headers=staff)
    known = await call(api, "GET", f"/customers?query={email}", headers=staff)
    hers = {"customer": known["items"][0]["id"]}
    return await call(api, "PUT", f"/carts/{cart['id']}/customer", json=hers, headers=staff)


async def listed(page: Page, place: str, link: str) -> None:
    """Her page names the order as soon as it is known there."""
    async with asyncio.timeout(PATIENCE):
        await page.goto(place)
        while not await page.locator(f"a[href$='{link}']").count():
            await page.wait_for_timeout(100)
            await page.reload()


async def test_a_company_buys_on_invoice_with_its_own_reference(
    server: Live, browser: Browser, world: Database
):
    home = f"{server.url}/no/nb"
    async with device(browser, "nb") as page:
        await enter(page, world, home, NAMED[1].email)
        await put_in(page, f"{home}/p/julekaffe")
        await to_checkout(page)
        await write(page, OSLO)
        await page.locator("details:has(#field-purchase_order)").evaluate("one => one.open = true")
        await page.fill("#field-purchase_order", '"><img src=x onerror=alert(1)>')
        await page.locator('input[name="means"][value="invoice"]').check()
        await expect(page.locator("main")).to_contain_text("30 dager")
        await page.locator(BUY).click()
        order = await bought(page, world)
        assert await page.locator("img[src='x']").count() == 0
        assert [one.tender for one in order.payments] == [Tender.invoice]
        assert order.order.purchase_order == '"><img src=x onerror=alert(1)>'


async def test_everything_is_bought_by_keyboard_alone(server: Live, browser: Browser, world: Database):
    async with device(browser, "nb") as page:
        await page.goto(f"{server.url}/no/nb/p/julekaffe")
        await tab_to(page, "form.buy .primary")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/cart?done=added")
        await tab_to(page, "form[action$='/checkout/begin'] button")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/checkout")
        for name, text in {"email": "keys@example.com", "name": "Key Board", **OSLO}.items():
            await tab_to(page, f"#field-{name}")
            await page.keyboard.type(text)
        await tab_to(page, "input[name=method]")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowUp")
        await tab_to(page, BUY)
        await page.keyboard.press("Enter")
        order = await bought(page, world)
        assert (order.order.email, order.order.state.value) == ("keys@example.com", "placed")


async def test_everything_is_bought_without_script(server: Live, browser: Browser, world: Database):
    async with device(browser, "en", java_script_enabled=False) as page:
        await put_in(page, f"{server.url}/no/en/p/julekaffe")
        await to_checkout(page)
        await write(page, OSLO | {"postal_code": "1"})
        await page.locator(BUY).click()
        await expect(page.locator('[role="alert"]')).to_be_visible()
        await page.fill("#field-postal_code", OSLO["postal_code"])
        await page.locator(BUY).click()
        order = await bought(page, world)
        await expect(page.locator("main")).to_contain_text(order.order.number or "no number")
        await page.locator("a[href$='/change']").click()
        await page.fill("#field-street", "Storgata 2")
        for _ in ("look", "agree"):
            await page.locator("form[action$='/change'] button").click()
        await page.wait_for_url("**done=changed")
        await expect(page.locator("main")).to_contain_text("Storgata 2")
