"""The shop in a real browser, from a real server with a real worker: accessible everywhere, whole without script, by
keyboard alone, and live where a store's stock changes.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.customers.test_sign_in import code_in_mail
from tests.live import Live, live
from tests.storefront.test_stock_news import stock
from tests.surfaces import chromium
from tests.surfaces.test_pages_in_chromium import TOO_WIDE, faults, listen

from torg.kernel.database import Database
from torg.settings import Settings

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.found() is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not chromium.MANIFEST.exists(), reason="the front end is not built"),
]
ADDRESSES = {
    "de/de": {"street": "Hauptstr. 1", "postal_code": "10115", "city": "Berlin"},
    "jp/ja": {"street": "神宮前1-1-1", "postal_code": "150-0001", "region": "東京都"},
}
SHIFT = """
new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 300);
})
"""
SMALL = """
[...document.querySelectorAll("main button, main select, main input:not([type=checkbox],[type=radio],[type=hidden])")]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44)
  .map(one => one.outerHTML.slice(0, 80))
"""


@pytest.fixture(scope="module")
def server(world_url: str, world_folder: Path) -> Iterator[Live]:
    wanted = Settings(
        environment="demo", data=world_folder, database_url=world_url, secret="s" * 40, log_level="error"
    )
    with ExitStack() as stack:
        stack.enter_context(live("worker", wanted))
        yield stack.enter_context(live("server", wanted))


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium.chromium() as started:
        yield started


async def look(page: Page, what: str, wrong: list[str]) -> None:
    wrong += [f"{what}: {fault}" for fault in await faults(page)]
    wrong += [f"{what}: wider than the screen"] if await page.evaluate(TOO_WIDE) else []
    wrong += [f"{what}: jumps"] if await page.evaluate(SHIFT) > 0.02 else []
    wrong += [f"{what}: too small to touch: {one}" for one in await page.evaluate(SMALL)]


@pytest.mark.parametrize(("front", "theme", "width"), [("de/de", "light", 320), ("jp/ja", "dark", 1920)])
async def test_every_page_and_state_is_accessible_and_fits(
    server: Live, browser: Browser, world: Database, front: str, theme: Any, width: int
):
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, locale=front[-2:], color_scheme=theme
    )
    page = await context.new_page()
    heard, wrong = listen(page), list[str]()
    home = f"{server.url}/{front}"
    await page.goto(home)
    await look(page, "home", wrong)
    await page.locator(".countries summary").click()
    await look(page, "countries", wrong)
    await page.locator(".countries summary").click()
    await page.locator(".shelves a").first.click()
    await look(page, "category", wrong)
    if width < 960:
        await page.locator(".facets > summary").click()
    await page.locator(".facet-values label").first.click()
    await page.locator(".apply button").click()
    await page.locator(".chips .chip").first.wait_for()
    await look(page, "narrowed", wrong)
    await page.goto(f"{page.url.split('?')[0]}?page=99")
    await look(page, "an empty shelf", wrong)
    await page.goto(f"{home}/p/julekaffe")
    await look(page, "product", wrong)
    await page.locator(".zoom").first.click()
    await page.locator(".large:popover-open").wait_for()
    await look(page, "zoomed", wrong)
    await page.keyboard.press("Escape")
    await page.locator(".why summary").click()
    await page.locator("form.buy .primary").click()
    await page.locator(".line").wait_for()
    await look(page, "cart", wrong)
    await page.fill("#field-code", "NO-SUCH-CODE")
    await page.keyboard.press("Enter")
    await page.locator('[role="alert"]').wait_for()
    await look(page, "a wrong code", wrong)
    await page.goto(f"{home}/cart")
    await page.locator("form[action$='/checkout/begin'] button").click()
    await page.wait_for_url("**/checkout")
    await look(page, "checkout", wrong)
    await page.fill("#field-email", "guest@example.com")
    await page.fill("#field-name", "Guest Example")
    for name, value in ADDRESSES[front].items():
        one = page.locator(f"#field-{name}")
        await (one.select_option(value) if name == "region" else one.fill(value))
    await page.fill("#field-postal_code", "1")
    await page.locator(".till .wide").click()
    await page.locator('[role="alert"]').wait_for()
    await look(page, "a wrong address", wrong)
    await page.fill("#field-postal_code", ADDRESSES[front]["postal_code"])
    await page.locator(".till .wide").click()
    await page.wait_for_url("**/order/*")
    await look(page, "order", wrong)
    await page.goto(f"{home}/account")
    await look(page, "the way in", wrong)
    await page.fill("#field-email", f"{front[:2]}@customers.example")
    await page.keyboard.press("Enter")
    await page.locator("#field-code").wait_for()
    await page.fill("#field-code", await code_in_mail(world, f"{front[:2]}@customers.example"))
    await look(page, "the code", wrong)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/account?done=in")
    await look(page, "an empty account", wrong)
    for path in ("stores", "search?q=kaffe", "search?q=xyzzyx", "search", "p/nothing"):
        await page.goto(f"{home}/{path}")
        await look(page, path, wrong)
    await page.locator("#main a").first.click()
    assert wrong == []
    assert [told for told in heard if "404" not in told and "status of 4" not in told] == []
    await context.close()


async def test_goods_are_bought_into_the_cart_by_keyboard_alone(server: Live, browser: Browser):
    page = await browser.new_page(locale="nb")
    await page.goto(f"{server.url}/no/nb")
    await page.locator("#seek").focus()
    await page.keyboard.type("julekaffe")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/search?q=julekaffe")
    await tab_to(page, ".product a")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/p/julekaffe")
    await tab_to(page, "form.buy .primary")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/cart?done=added")
    await tab_to(page, ".line select")
    await page.keyboard.type("Hentes: Torg Oslo")
    await tab_to(page, ".line .row .button")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/cart?done=changed")
    assert await page.locator(".line select").input_value() == "oslo"


async def tab_to(page: Page, wanted: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


async def test_the_shop_is_whole_without_script(server: Live, browser: Browser):
    context = await browser.new_context(java_script_enabled=False, locale="en")
    page = await context.new_page()
    await page.goto(f"{server.url}/gb/en")
    await page.locator(".products a").first.click()
    await page.locator(".option").last.click()
    await page.locator("#field-quantity").fill("3")
    await page.locator("form.buy .primary").click()
    assert await page.locator(".count").inner_text() != ""
    assert await page.locator(".line input[name=quantity]").input_value() == "3"
    await page.locator(".line input[name=quantity]").fill("1")
    await page.locator(".line button").first.click()
    assert await page.locator(".line input[name=quantity]").input_value() == "1"
    await page.locator(".line button[name=remove]").click()
    await expect(page.locator(".empty")).to_contain_text("Your cart is empty")
    await context.close()


async def test_a_unit_that_goes_in_a_store_is_gone_from_the_open_page_within_a_second(
    server: Live, browser: Browser, world: Database
):
    page = await browser.new_page(locale="nb")
    await page.goto(f"{server.url}/no/nb/p/julekaffe")
    place = page.locator('[data-place="oslo"]')
    await expect(place).to_contain_text("På lager")
    variant = await page.locator('.buy input[name="variant"]').get_attribute("value") or ""
    await page.wait_for_timeout(500)  # until the page listens

    await stock(world, variant, "oslo", 3)
    await expect(place).to_have_text("Bare noen få igjen", timeout=1000)
    await stock(world, variant, "oslo", 0)
    await expect(place).to_have_text("Utsolgt", timeout=1000)
    await expect(page.locator('button[value="oslo"]')).to_be_disabled()
    await stock(world, variant, "oslo", 50)
    await expect(place).to_have_text("På lager", timeout=1000)
    await expect(page.locator('button[value="oslo"]')).to_be_enabled()
    await page.reload()
    await expect(place).to_contain_text("På lager")


async def test_pages_seen_and_the_cart_open_without_a_connection(server: Live, browser: Browser):
    context = await browser.new_context(locale="nb")
    page = await context.new_page()
    heard = listen(page)
    await page.goto(f"{server.url}/no/nb")
    await page.evaluate("navigator.serviceWorker.ready")
    await page.goto(f"{server.url}/no/nb/p/julekaffe")
    await page.locator("form.buy .primary").click()
    await page.wait_for_url("**/cart?done=added")
    await page.goto(f"{server.url}/no/nb/account")
    await page.wait_for_timeout(300)
    assert heard == []
    await context.set_offline(True)
    seen = page.locator("[data-offline]")
    for path, title in (("/p/julekaffe", "Julekaffe"), ("/cart", "Handlekurv")):
        await page.goto(f"{server.url}/no/nb{path}")
        await expect(page.locator("h1")).to_contain_text(title)
        await expect(seen).to_be_visible()
    assert await faults(page) == []
    assert await page.locator(".line img").first.evaluate("one => one.naturalWidth > 0")
    for path in ("/stores", "/account"):
        await page.goto(f"{server.url}/no/nb{path}")
        await expect(page.locator("h1")).to_have_text("Du er frakoblet")
    await context.set_offline(False)
    await page.goto(f"{server.url}/no/nb/cart")
    await expect(seen).to_be_hidden()
    await context.close()


async def test_the_shop_can_be_installed(server: Live, browser: Browser):
    page = await browser.new_page()
    await page.goto(f"{server.url}/jp/ja")
    session = await page.context.new_cdp_session(page)
    told = await session.send("Page.getAppManifest")
    assert told["errors"] == []
    assert told["url"].endswith("/jp/ja/app.webmanifest")
    refused = await session.send("Page.getInstallabilityErrors")
    assert [one["errorId"] for one in refused["installabilityErrors"]] in ([], ["in-incognito"])
