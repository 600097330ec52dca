"""The pages that only a signed-in colleague sees, in a real browser: accessible, fitting, and usable without script."""

from collections.abc import AsyncIterator
from typing import Any

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from tests.kernel.people import PASSWORD, add_staff
from tests.surfaces import chromium
from tests.surfaces.test_pages_in_chromium import TOO_WIDE, faults

from torg.app import build
from torg.kernel.database import Database
from torg.settings import Settings

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.found() is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not chromium.MANIFEST.exists(), reason="the front end is not built"),
]


@pytest_asyncio.fixture
async def site(settings: Settings, database: Database) -> AsyncIterator[str]:
    app = build(settings, database)
    async with app.lifespan(), chromium.on_a_port(app) as url:
        yield url


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium.chromium() as started:
        yield started


async def sign_in(page: Page, site: str, email: str, password: str) -> None:
    await page.goto(f"{site}/staff/sign-in")
    await page.fill("#field-email", email)
    await page.fill("#field-password", password)
    await page.click("main button")


async def set_up_factor(page: Page) -> pyotp.TOTP:
    await page.fill("#field-password", PASSWORD)
    await page.click("form[action$='/account/second-factor'] button")
    key = (await page.text_content("code") or "").replace(" ", "")
    return pyotp.TOTP(key)


@pytest.mark.parametrize(
    ("language", "theme", "width"),
    [("en", "light", 1280), ("nb", "light", 360), ("ja", "dark", 768), ("de", "dark", 320)],
)
async def test_every_page_of_the_account_is_accessible_and_fits_the_screen(
    site: str, browser: Browser, database: Database, language: str, theme: Any, width: int
) -> None:
    staff = await database.run(lambda tx: add_staff(tx, "staff:read"))
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, locale=language, color_scheme=theme
    )
    page = await context.new_page()
    wrong: list[str] = []

    async def look(name: str) -> None:
        assert await page.get_attribute("html", "lang") == language
        wrong.extend(f"{name}: {fault}" for fault in await faults(page))
        if await page.evaluate(TOO_WIDE):
            wrong.append(f"{name}: wider than the screen")

    await sign_in(page, site, staff.email, "not the password")
    await look("refused")
    await sign_in(page, site, staff.email, PASSWORD)
    await look("account")
    await page.fill("#field-old_password", "not the password")
    await page.fill("#field-new_password", "short")
    await page.click("form[action$='/account/password'] button")
    await look("wrong fields")
    totp = await set_up_factor(page)
    await look("set up")
    await page.fill("#field-code", totp.at(database.clock.now()))
    await page.click("main button")
    assert await page.locator("ol code").count() == 10
    await look("codes")
    await page.click("main a")
    await look("account with second factor")
    await page.click("form[action$='/sign-out'] button")
    await look("signed out")
    await sign_in(page, site, staff.email, PASSWORD)
    await look("second factor")
    await page.goto(f"{site}/staff/password?link=nothing")
    await look("expired link")
    assert wrong == []
    await context.close()


async def test_signing_in_and_setting_up_the_second_factor_need_no_script(
    site: str, browser: Browser, database: Database
) -> None:
    staff = await database.run(lambda tx: add_staff(tx, "staff:read"))
    context = await browser.new_context(java_script_enabled=False, locale="en")
    page = await context.new_page()
    await sign_in(page, site, staff.email, PASSWORD)
    assert page.url == f"{site}/staff/account"
    totp = await set_up_factor(page)
    await page.fill("#field-code", totp.at(database.clock.now()))
    await page.click("main button")
    assert await page.text_content("h1") == "Your recovery codes"
    await page.click("main a")
    await page.click("form[action$='/sign-out'] button")
    assert page.url == f"{site}/staff/sign-in?done=out"
    await page.goto(f"{site}/staff/account")
    assert page.url.startswith(f"{site}/staff/sign-in")
    await context.close()
