"""Every page in a real browser: accessible, free of errors, and as wide as the screen at most."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from tests.architecture.test_mails import MAILS, example
from tests.surfaces import chromium

from torg.app import SUBSCRIPTIONS, build, ports
from torg.kernel import ids, mail
from torg.kernel.database import Database
from torg.kernel.drain import drain
from torg.settings import Settings

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.found() is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not chromium.MANIFEST.exists(), reason="the front end is not built"),
]
# The rules of WCAG 2.2 AA, and what axe recommends beyond them.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAULTS = """
rules => axe.run({runOnly: rules}).then(
  found => found.violations.map(wrong => `${wrong.id}: ${wrong.nodes.map(node => node.target)}`)
)
"""
# What anybody can see; more needs somebody who is signed in.
PATHS = (
    "/",
    "/docs",
    "/mailbox",
    "/mailbox?to=nobody@example.org",
    "/staff/sign-in",
    "/staff/forgot-password",
    "/gallery",
    "/gallery?density=desk",
    "/gallery?density=till",
)
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest_asyncio.fixture
async def site(settings: Settings, database: Database) -> AsyncIterator[str]:
    """The whole application on a port."""
    app = build(settings, database)
    async with app.lifespan(), chromium.on_a_port(app) as url:
        yield url


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium.chromium() as started:
        yield started


async def some_mail(database: Database, settings: Settings, language: str) -> str:
    """A mail in the mailbox, and its address."""
    template = MAILS[0]
    id = await database.run(
        lambda tx: mail.send(
            tx, to="kari.nordmann@example.org", template=template, language=language, facts=example(template)
        )
    )
    await drain(database, SUBSCRIPTIONS, settings=settings, ports=ports(settings, database))
    return f"/mailbox/{ids.public('mai', id)}"


async def faults(page: Page) -> list[str]:
    """What axe finds on the page."""
    if not chromium.AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in ui")
    await page.evaluate(chromium.AXE.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(FAULTS, RULES)
    return found


def listen(page: Page) -> list[str]:
    """What the browser complains about while the page is used."""
    heard: list[str] = []
    page.on("console", lambda told: heard.append(told.text) if told.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.mark.parametrize(
    ("language", "theme", "width"),
    [("en", "light", 320), ("ja", "dark", 320), ("nb", "dark", 1280), ("de", "light", 768)],
)
async def test_every_page_is_accessible_and_fits_the_screen(
    site: str, browser: Browser, database: Database, settings: Settings, language: str, theme: Any, width: int
):
    letter = await some_mail(database, settings, language)
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, locale=language, color_scheme=theme
    )
    page = await context.new_page()
    heard = listen(page)
    wrong = []
    for path in (*PATHS, letter):
        answer = await page.goto(site + path)
        assert answer is not None
        assert (path, answer.status) == (path, 200)
        assert await page.get_attribute("html", "lang") == language
        wrong += [f"{path}: {fault}" for fault in await faults(page)]
        wrong += [f"{path}: wider than the screen"] if await page.evaluate(TOO_WIDE) else []
    assert wrong == []
    # The letter's frame runs no script, which the browser notes when axe looks inside.
    assert [told for told in heard if not told.startswith("Blocked script execution")] == []
    await context.close()


async def test_a_page_that_does_not_exist_is_accessible_too(site: str, browser: Browser):
    page = await browser.new_page(locale="de")
    answer = await page.goto(site + "/mailbox/nothing")
    assert answer is not None
    assert answer.status == 404
    assert await faults(page) == []
    await page.click("text=Zur Startseite")
    assert page.url == f"{site}/"


async def test_the_keyboard_reaches_the_content_and_the_languages(site: str, browser: Browser):
    page = await browser.new_page(locale="en")
    await page.goto(f"{site}/mailbox")
    await page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert await skip.text_content() == "Skip to the content"
    assert (await skip.bounding_box() or {"y": -1})["y"] >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.locator("summary").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("language=nb"))
    assert await page.text_content("h1") == "Postkasse"
    await page.goto(f"{site}/mailbox")
    assert await page.text_content("h1") == "Postkasse"


async def test_a_link_in_a_letter_leaves_its_frame_and_no_script_in_it_runs(
    site: str, browser: Browser, database: Database, settings: Settings
):
    path = await some_mail(database, settings, "en")
    id = ids.parse("mai", Path(path).name)
    evil = (
        f'<a id="out" href="{site}/?from=letter">out</a><script>parent.document.title = "taken over"</script>'
    )
    await database.run(
        lambda tx: tx.execute(
            "UPDATE mails SET html = replace(html, '</body>', %(evil)s || '</body>') WHERE id = %(id)s",
            evil=evil,
            id=id,
        )
    )
    page = await browser.new_page(locale="en")
    await page.goto(site + path)
    title = await page.title()
    letter = page.frame_locator("iframe")
    await letter.locator("#out").scroll_into_view_if_needed()
    assert await page.title() == title
    await letter.locator("#out").click()
    await page.wait_for_url(re.compile("from=letter"))
    assert page.url == f"{site}/?from=letter"
