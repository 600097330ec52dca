"""The sign-in and account pages as a browser without script uses them."""

import re
from collections.abc import AsyncIterator

import httpx
import pyotp
import pytest
import pytest_asyncio
from tests.conftest import settle
from tests.kernel.people import PASSWORD, add_staff, count, new_email

from torg.kernel.access import store, tokens
from torg.kernel.access.model import Staff
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.i18n import LANGUAGES
from torg.settings import Settings

NEW_PASSWORD = "an even finer password"
HERE = {"Origin": "http://torg.test", "Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}


@pytest_asyncio.fixture(autouse=True)
async def _nobody_has_tried_before(database: Database) -> AsyncIterator[None]:
    await database.run(lambda tx: tx.execute("DELETE FROM throttles"))
    yield


@pytest_asyncio.fixture
async def staff(database: Database) -> Staff:
    return await database.run(lambda tx: add_staff(tx, "staff:read"))


class Browser:
    """Fills in forms as a person does: opens the page, takes its hidden fields along, sends it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def open(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers=HERE)

    async def send(self, page: str, action: str, **fields: str) -> httpx.Response:
        form = (await self.open(page)).text.partition(f'action="{action}"')[2].partition("</form>")[0]
        assert form, f"{page} has no form for {action}"
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        for name in fields:
            assert f'name="{name}"' in form, f"{action} has no field {name}"
        return await self.client.post(action, data={**hidden, **fields}, headers=HERE)

    async def sign_in(self, staff: Staff, password: str = PASSWORD) -> httpx.Response:
        return await self.send("/staff/sign-in", "/staff/sign-in", email=staff.email, password=password)


@pytest.fixture
def browser(client: httpx.AsyncClient) -> Browser:
    return Browser(client)


async def test_a_member_of_staff_signs_in_and_out(browser: Browser, staff: Staff) -> None:
    asked = await browser.open("/staff/account")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/staff/sign-in?next=%2Fstaff%2Faccount&done=needed"
    entered = await browser.sign_in(staff)
    assert (entered.status_code, entered.headers["location"]) == (303, "/staff/account")
    page = await browser.open("/staff/account")
    assert staff.email in page.text and page.headers["cache-control"] == "no-store"
    left = await browser.send("/staff/account", "/staff/sign-out")
    assert left.headers["location"] == "/staff/sign-in?done=out"
    assert (await browser.open("/staff/account")).status_code == 303


async def test_a_wrong_password_comes_back_with_the_address_and_without_the_password(
    browser: Browser, staff: Staff
) -> None:
    answer = await browser.sign_in(staff, "not the password")
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text and staff.email in answer.text
    assert "not the password" not in answer.text
    assert "torg_session" not in browser.client.cookies


async def test_empty_fields_are_named(browser: Browser) -> None:
    answer = await browser.send("/staff/sign-in", "/staff/sign-in", email="", password="")
    assert answer.status_code == 422
    assert 'href="#field-email"' in answer.text and 'href="#field-password"' in answer.text


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
async def test_signing_in_never_leads_to_another_site(browser: Browser, staff: Staff, place: str) -> None:
    page = await browser.client.post(
        "/staff/sign-in", data={"email": staff.email, "password": PASSWORD, "next": place}, headers=HERE
    )
    assert (page.status_code, page.headers["location"]) == (303, "/staff/account")


async def test_signing_in_leads_to_the_page_that_was_asked_for(browser: Browser, staff: Staff) -> None:
    form = await browser.open("/staff/sign-in?next=/docs/")
    assert 'name="next" value="/docs/"' in form.text
    answer = await browser.send(
        "/staff/sign-in?next=/docs/", "/staff/sign-in", email=staff.email, password=PASSWORD
    )
    assert answer.headers["location"] == "/docs/"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
async def test_another_site_can_neither_sign_anybody_in_nor_out(
    browser: Browser, database: Database, staff: Staff, headers: dict[str, str]
) -> None:
    body = {"email": staff.email, "password": PASSWORD}
    answer = await browser.client.post("/staff/sign-in", data=body, headers=headers)
    assert answer.status_code == 403 and "torg_session" not in browser.client.cookies
    await browser.sign_in(staff)
    answer = await browser.client.post("/staff/sign-out", data={}, headers=headers)
    assert answer.status_code == 403
    assert await count(database, "sessions", "subject = %(id)s", id=staff.id) == 1


@pytest.mark.parametrize("token", ["", "0011223344556677.00", "foreign"])
async def test_a_form_without_this_sessions_token_changes_nothing(
    browser: Browser, database: Database, staff: Staff, token: str
) -> None:
    await browser.sign_in(staff)
    if token == "foreign":
        token = tokens.page_token(tokens.new(tokens.COOKIE))
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "page_token": token}
    answer = await browser.client.post("/staff/account/password", data=body, headers=HERE)
    assert answer.status_code == 403
    account = await database.read(lambda tx: store.account(tx, id=staff.id))
    before = await database.read(lambda tx: store.account(tx, email=staff.email))
    assert account == before


async def test_a_password_is_changed_on_the_account_page(browser: Browser, staff: Staff) -> None:
    await browser.sign_in(staff)
    page, action = "/staff/account", "/staff/account/password"
    wrong = await browser.send(page, action, old_password="wrong wrong", new_password=NEW_PASSWORD)
    assert wrong.status_code == 422 and 'href="#field-old_password"' in wrong.text
    weak = await browser.send(page, action, old_password=PASSWORD, new_password="short")
    assert weak.status_code == 422 and 'href="#field-new_password"' in weak.text
    done = await browser.send(page, action, old_password=PASSWORD, new_password=NEW_PASSWORD)
    assert done.headers["location"] == "/staff/account?done=password"
    assert (await browser.open("/staff/account?done=password")).status_code == 200


async def test_the_second_factor_is_set_up_used_and_turned_off(
    browser: Browser, database: Database, staff: Staff, clock: FixedClock
) -> None:
    await browser.sign_in(staff)
    page = "/staff/account"
    begun = await browser.send(page, "/staff/account/second-factor", password=PASSWORD)
    assert begun.headers["location"] == "/staff/account/second-factor"
    shown = await browser.open("/staff/account/second-factor")
    assert 'src="data:image/svg+xml' in shown.text
    key = re.search(r"<code>([A-Z2-7 ]{32,})</code>", shown.text)
    assert key
    totp = pyotp.TOTP(key[1].replace(" ", ""))
    confirm = "/staff/account/second-factor/confirm"
    assert (await browser.send("/staff/account/second-factor", confirm, code="000000")).status_code == 422
    codes = await browser.send("/staff/account/second-factor", confirm, code=totp.at(clock.now()))
    recovery = re.findall(r"<li><code>([a-z2-7-]{19})</code></li>", codes.text)
    assert len(recovery) == 10
    await browser.send(page, "/staff/sign-out")
    clock.move(minutes=1)
    step = await browser.sign_in(staff)
    assert step.headers["location"].startswith("/staff/sign-in/second-factor")
    assert "torg_session" not in browser.client.cookies
    factor = "/staff/sign-in/second-factor"
    assert (await browser.send(factor, factor, code="000000")).status_code == 401
    entered = await browser.send(factor, factor, code=totp.at(clock.now()))
    assert entered.headers["location"] == "/staff/account"
    again = await browser.send(page, "/staff/account/recovery-codes", password=PASSWORD)
    assert len(re.findall(r"<li><code>", again.text)) == 10
    clock.move(minutes=1)
    off = await browser.send(
        page, "/staff/account/second-factor/end", password=PASSWORD, code=totp.at(clock.now())
    )
    assert off.headers["location"] == "/staff/account?done=factor-off"


async def test_the_page_of_the_second_factor_opens_only_after_a_password(browser: Browser) -> None:
    answer = await browser.open("/staff/sign-in/second-factor")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/sign-in")


async def test_a_forgotten_password_is_chosen_under_the_mailed_link(
    browser: Browser, database: Database, settings: Settings, staff: Staff
) -> None:
    page = "/staff/forgot-password"
    known = await browser.send(page, page, email=staff.email)
    unknown = await browser.send(page, page, email=new_email("unknown"))
    assert known.headers["location"] == unknown.headers["location"] == f"{page}?done=sent"
    await settle(database, settings)
    text = await database.read(
        lambda tx: tx.find(str, "SELECT text FROM mails WHERE recipient = %(to)s", to=staff.email)
    )
    link = re.search(r"http://torg\.test(/staff/password\?link=\S+)", text or "")
    assert link
    shown = await browser.open(link[1])
    assert staff.email in shown.text
    weak = await browser.send(link[1], "/staff/password", password="short")
    assert weak.status_code == 422
    done = await browser.send(link[1], "/staff/password", password=NEW_PASSWORD)
    assert done.headers["location"] == "/staff/sign-in?done=password"
    assert (await browser.open(link[1])).status_code == 409
    assert (await browser.sign_in(staff, NEW_PASSWORD)).headers["location"] == "/staff/account"


async def test_other_devices_are_signed_out_from_the_account_page(
    browser: Browser, client: httpx.AsyncClient, database: Database, staff: Staff
) -> None:
    for _ in range(3):
        await browser.sign_in(staff)
        client.cookies.delete("torg_session")
    await browser.sign_in(staff)
    page = "/staff/account"
    ended = await browser.send(page, "/staff/account/sessions/end")
    assert ended.headers["location"] == "/staff/account?done=session"
    assert await count(database, "sessions", "subject = %(id)s", id=staff.id) == 3
    others = await browser.send(page, "/staff/account/sessions/end-others")
    assert others.headers["location"] == "/staff/account?done=sessions"
    assert await count(database, "sessions", "subject = %(id)s", id=staff.id) == 1
    assert (await browser.open(page)).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_speaks_every_language(browser: Browser, staff: Staff, language: str) -> None:
    await browser.sign_in(staff)
    for path in ("/staff/sign-in?done=out", "/staff/forgot-password", "/staff/account", "/staff/password"):
        join = "&" if "?" in path else "?"
        page = await browser.client.get(f"{path}{join}language={language}", headers=HERE)
        assert f'lang="{language}"' in page.text
        assert page.status_code in {200, 409}


async def test_a_customer_is_asked_to_sign_in_as_staff(browser: Browser) -> None:
    answer = await browser.client.get("/staff/account", headers=HERE)
    assert answer.status_code == 303
