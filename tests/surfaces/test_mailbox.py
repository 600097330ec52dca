"""The mailbox of a demo shows every mail, and nobody's mail where people are real."""

import re
from collections.abc import AsyncIterator
from typing import Any, cast
from uuid import UUID

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar
from tests.kernel import people

from torg.kernel import ids
from torg.kernel.access import ActorKind
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.ids import new_id
from torg.kernel.mail import store
from torg.kernel.mail.model import Mail, MailStatus
from torg.kernel.ports import Ports
from torg.settings import Settings
from torg.surfaces import mailbox

HTML = '<!doctype html><html lang="nb"><head><title>x</title></head><body><a href="https://torg.test/x">Her</a></body></html>'


@pytest_asyncio.fixture
async def browser(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar([*mailbox.ROUTES], openapi_config=None)
    app.state.settings = Settings(environment="demo")
    app.state.database = database
    app.state.ports = Ports()
    transport = httpx.ASGITransport(cast(Any, app))
    async with httpx.AsyncClient(transport=transport, base_url="http://torg.test") as client:
        client.app = app  # type: ignore[attr-defined]  # for tests that change the settings
        yield client


async def put(
    database: Database, to: str = "kari@example.org", subject: str = "Koden din", **changes: Any
) -> UUID:
    made = Mail(
        id=new_id(),
        recipient=to,
        subject=subject,
        html=HTML,
        text="Koden er 123456 <b> https://torg.test/x",
        language="nb",
        template="shop/hello",
        secret=False,
        status=MailStatus.queued,
        attempts=0,
        reason=None,
        queued_at=database.clock.now(),
        ended_at=None,
    )
    made = msgspec.structs.replace(made, **changes)
    await database.run(lambda tx: store.add(tx, [made]))
    return made.id


async def test_the_list_shows_the_newest_mails_of_all_or_of_one(
    browser: httpx.AsyncClient, database: Database
):
    await put(database, subject="Til Kari <script>")
    await put(database, to="ola@example.org", subject="Til Ola")
    everything = await browser.get("/mailbox", headers={"Accept-Language": "nb"})
    assert everything.status_code == 200
    assert "Til Kari &lt;script&gt;" in everything.text
    assert "Til Ola" in everything.text
    only = await browser.get("/mailbox", params={"to": "Ola@example.org"})
    assert "Til Ola" in only.text
    assert "Til Kari" not in only.text


async def test_an_empty_mailbox_says_what_to_do(browser: httpx.AsyncClient):
    answer = await browser.get(
        "/mailbox", params={"to": "nobody@example.org"}, headers={"Accept-Language": "ja"}
    )
    assert "まだメールはありません" in answer.text


async def test_older_mails_are_one_page_further(
    browser: httpx.AsyncClient, database: Database, clock: FixedClock
):
    for number in range(30):
        await put(database, to="many@example.org", subject=f"Nr. {number}.")
        clock.move(seconds=1)
    first = await browser.get("/mailbox", params={"to": "many@example.org"})
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older is not None
    rest = await browser.get(older[1].replace("&amp;", "&"))
    seen = re.findall(r"Nr\. (\d+)\.", first.text + rest.text)
    assert seen == [str(number) for number in reversed(range(30))]
    assert 'rel="next"' not in rest.text


async def test_a_mail_shows_its_text_and_its_letter_in_a_frame_that_may_do_nothing(
    browser: httpx.AsyncClient, database: Database
):
    id = ids.public("mai", await put(database))
    shown = await browser.get(f"/mailbox/{id}")
    assert "Koden er 123456 &lt;b&gt;" in shown.text
    assert f'src="/mailbox/{id}/html"' in shown.text
    assert 'sandbox="allow-top-navigation-by-user-activation"' in shown.text
    assert "script-src 'self'" in shown.headers["content-security-policy"]
    assert "frame-src 'self'" in shown.headers["content-security-policy"]
    letter = await browser.get(f"/mailbox/{id}/html")
    assert '<base target="_top">' in letter.text
    policy = letter.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy


@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/{id}", "/mailbox/{id}/html"])
@pytest.mark.parametrize(
    "settings",
    [Settings(environment="live"), Settings(environment="demo", mail="smtp://mail.test"), Settings()],
)
async def test_there_is_no_mailbox_where_people_are_real(
    browser: httpx.AsyncClient, database: Database, path: str, settings: Settings
):
    id = ids.public("mai", await put(database))
    browser.app.state.settings = settings  # type: ignore[attr-defined]  # carried for tests that change the settings
    answer = await browser.get(path.format(id=id))
    assert answer.status_code == 404
    assert "123456" not in answer.text


@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/{id}", "/mailbox/{id}/html"])
async def test_the_mailbox_of_a_practice_copy_opens_for_staff_only(
    browser: httpx.AsyncClient, database: Database, path: str
):
    id = ids.public("mai", await put(database))
    browser.app.state.settings = Settings(environment="practice")  # type: ignore[attr-defined]  # carried for tests that change the settings
    answer = await browser.get(path.format(id=id))
    assert answer.status_code == 401
    assert "123456" not in answer.text


@pytest.mark.parametrize(
    ("words", "status"),
    [(("customers:read",), 403), (("staff:write",), 403), (("customers:read", "staff:write"), 200)],
)
async def test_the_mailbox_of_a_practice_copy_needs_the_rights_to_all_that_mails_hold(
    browser: httpx.AsyncClient, database: Database, words: tuple[str, ...], status: int
):
    app = browser.app  # type: ignore[attr-defined]  # carried for tests that change the settings
    app.state.settings = Settings(environment="practice")
    app.state.ports.add(people.POLICY.__class__, people.POLICY)
    colleague = await database.run(lambda tx: people.add_staff(tx, *words))
    opened = await people.bearer(database, ActorKind.staff, colleague.id)
    answer = await browser.get("/mailbox", headers=people.header(opened.token))
    assert answer.status_code == status


@pytest.mark.parametrize(
    "path",
    ["/mailbox/mai_0", f"/mailbox/mai_{'0' * 32}", f"/mailbox/ord_{'0' * 32}/html", "/mailbox?after=x"],
)
async def test_an_unknown_mail_is_a_page_that_says_so(browser: httpx.AsyncClient, path: str):
    answer = await browser.get(path, headers={"Accept-Language": "sv"})
    assert answer.status_code == 404
    assert "Hittades inte" in answer.text


@pytest.mark.parametrize("query", ["to=" + "x" * 300, "after=" + "x" * 50])
async def test_a_query_that_is_too_long_is_refused(browser: httpx.AsyncClient, query: str):
    assert (await browser.get(f"/mailbox?{query}")).status_code in {400, 422}


async def test_a_status_and_its_reason_are_shown(browser: httpx.AsyncClient, database: Database):
    id = await put(database)

    async def fail(tx: Any) -> None:
        await store.claim(tx, 1000)
        await store.mark_failed(tx, id, 1, "550 nobody here")

    await database.run(fail)
    answer = await browser.get(f"/mailbox/{ids.public('mai', id)}", headers={"Accept-Language": "da"})
    assert "Mislykkedes" in answer.text
    assert "550 nobody here" in answer.text
