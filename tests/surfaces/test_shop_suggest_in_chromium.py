"""Suggestions in a real browser: by keyboard alone, accessible while they are open, and in the reader's language."""

from playwright.async_api import Browser, expect
from tests.live import Live
from tests.surfaces.test_pages_in_chromium import TOO_WIDE, faults, listen
from tests.surfaces.test_shop_in_chromium import browser, server

__all__ = ["browser", "server"]


async def test_suggestions_are_gone_through_by_keyboard_and_lead_where_they_say(
    server: Live, browser: Browser
):
    context = await browser.new_context(viewport={"width": 360, "height": 800}, locale="nb-NO")
    page = await context.new_page()
    heard = listen(page)
    await page.goto(f"{server.url}/no/nb")
    field, listed = page.get_by_role("combobox"), page.locator("#suggested")
    await field.press_sequentially("kaffekj")
    await expect(listed.get_by_role("option").first).to_be_visible()
    assert await faults(page) == [] and not await page.evaluate(TOO_WIDE)
    await field.press("Escape")
    await expect(listed).to_be_hidden()
    await field.press("e")
    await expect(listed.get_by_role("option").first).to_be_visible()
    await field.press("ArrowDown")
    await expect(listed.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    await expect(field).to_have_attribute("aria-activedescendant", "suggested-0")
    await field.press("Enter")
    await page.wait_for_url("**/no/nb/search?q=kaffekj*")
    await expect(page.locator(".product").first).to_be_visible()
    assert heard == []
    await context.close()
