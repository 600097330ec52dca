"""Pages speak the reader's language, are strict about what they load, and forget nothing that accessibility needs."""

import gzip
import json
from html.parser import HTMLParser
from typing import Any, cast

import httpx
import pytest
from jinja2 import UndefinedError
from litestar import Litestar, Request, Response, Router, get

from torg.kernel import assets, i18n, pages
from torg.kernel.assets import Assets, NotBuilt
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.settings import Settings


class Page(HTMLParser):
    """What a reader's program finds in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.refers: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.tags.append((tag, known))
        self.ids += [known["id"]] if "id" in known else []
        self.refers += [known["for"]] if "for" in known else []
        self.refers += (known.get("aria-describedby") or "").split()
        self.refers += [known["href"][1:]] if (known.get("href") or "").startswith("#") else []


@pytest.fixture(autouse=True)
def built(tmp_path, monkeypatch):
    (tmp_path / "manifest.json").write_text(json.dumps({"app.css": "app-1F2E.css"}))
    (tmp_path / "app-1F2E.css").write_text("body { color: green }" * 20)
    (tmp_path / "photo-77.png").write_bytes(b"png")
    known = Assets(tmp_path)
    monkeypatch.setattr(assets, "assets", lambda: known)
    monkeypatch.setattr(pages, "assets", lambda: known)
    return known


@pytest.fixture
async def browser():
    @get("/hello", opt={"permission": "public"})
    async def hello(request: Request) -> Response[bytes]:
        return pages.render(request, "layout/problem.html", told=i18n.Told("<b>", "x"))

    @get("/stale", opt={"permission": "public"})
    async def stale() -> None:
        raise StaleVersion(given=1, present=2)

    @get("/broken", opt={"permission": "public"})
    async def broken() -> None:
        raise RuntimeError("the secret of the house")

    router = Router(
        "/", route_handlers=[hello, stale, broken, *assets.ROUTES], exception_handlers=pages.HANDLERS
    )
    app = Litestar([router], openapi_config=None)
    app.state.settings = Settings(environment="practice")
    transport = httpx.ASGITransport(cast(Any, app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://torg.test") as client:
        yield client


async def test_a_page_escapes_what_it_shows_and_allows_no_inline_script(browser):
    answer = await browser.get("/hello")
    assert answer.status_code == 200
    assert "<h1>&lt;b&gt;</h1>" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    found = Page(answer.text)
    assert not [
        tag for tag, known in found.tags if tag == "script" or any(name.startswith("on") for name in known)
    ]
    assert not [tag for tag, known in found.tags if "style" in known or tag == "style"]


async def test_a_page_says_that_the_copy_is_for_practice(browser):
    assert "Øvingskopi" in (await browser.get("/hello", headers={"Accept-Language": "nb"})).text


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_a_page_speaks_the_language_that_the_browser_asks_for(browser, language):
    answer = await browser.get("/hello", headers={"Accept-Language": language})
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["content-language"] == language


async def test_a_chosen_language_is_remembered(browser):
    first = await browser.get("/hello?language=ja&theme=dark&q=a%26b", headers={"Accept-Language": "nb"})
    assert '<html lang="ja" data-theme="dark">' in first.text
    assert 'href="/hello?theme=dark&amp;q=a%26b&amp;language=sv"' in first.text
    assert "Secure" in first.headers["set-cookie"]
    second = await browser.get("/hello", headers={"Accept-Language": "nb"})
    assert '<html lang="ja" data-theme="dark">' in second.text
    assert "set-cookie" not in second.headers


@pytest.mark.parametrize("wish", ["xx", "", "../../x", "nb\r\nSet-Cookie: a=b"])
async def test_a_language_that_does_not_exist_is_not_remembered(browser, wish):
    answer = await browser.get("/hello", params={"language": wish, "theme": wish})
    assert '<html lang="en">' in answer.text
    assert "set-cookie" not in answer.headers


async def test_refusals_unknown_addresses_and_defects_are_pages(browser):
    stale = await browser.get("/stale", headers={"Accept-Language": "sv"})
    assert (stale.status_code, "Version 1 är inte längre den aktuella (2)." in stale.text) == (409, True)
    missing = await browser.get("/assets/nothing.css")
    assert (missing.status_code, "Not found" in missing.text) == (404, True)
    broken = await browser.get("/broken")
    assert broken.status_code == 500
    assert "secret" not in broken.text
    assert "It has been written down." in broken.text


def form(source: str, **facts: object) -> Page:
    words = i18n.words("en")
    template = pages.environment().from_string(
        '{% import "layout/forms.html" as form with context %}{% import "layout/parts.html" as parts with context %}'
        + source
    )
    return Page(template.render(t=words.text, html=words.html, words=words, **facts))


def test_every_field_has_its_label_hint_and_problem():
    wrong = Invalid.of(FieldProblem("email", "required", "x"), FieldProblem("zip", "wrong-format", "x"))
    page = form(
        """{{ form.summary(problems, {"email": "E-mail", "zip": "Postal code", "kind": "Kind"}) }}
        {{ form.field("email", "E-mail", type="email", problem=problems.email, hint="as you@example.org") }}
        {{ form.field("zip", "Postal code", problem=problems.zip, value='"><script>', required=false) }}
        {{ form.select("kind", "Kind", [("a", "A"), ("b", "B")], value="b") }}
        {{ form.area("note", "Note", hint="short") }}{{ form.check("terms", "Terms", checked=true) }}
        {{ form.button("Send") }}""",
        problems=pages.field_problems("en", wrong),
    )
    assert sorted(set(page.refers) - set(page.ids)) == []
    assert len(page.ids) == len(set(page.ids))
    known = {
        attributes["id"]: attributes
        for tag, attributes in page.tags
        if (attributes.get("id") or "").startswith("field-")
    }
    assert known["field-email"]["aria-describedby"] == "hint-email wrong-email"
    assert known["field-zip"]["aria-describedby"] == "wrong-zip"
    assert known["field-zip"]["aria-invalid"] == "true"
    assert known["field-zip"]["value"] == '"><script>'
    assert "aria-invalid" not in known["field-note"]
    assert "required" in known["field-email"]
    assert "required" not in known["field-zip"]
    assert [a["value"] for tag, a in page.tags if tag == "option" and "selected" in a] == ["b"]
    assert not [tag for tag, _ in page.tags if tag == "script"]


def test_a_template_that_lacks_a_fact_is_an_error():
    with pytest.raises(UndefinedError):
        form("{{ nowhere }}")


async def test_the_front_ends_files_are_kept_for_ever_and_sent_small(browser):
    plain = await browser.get("/assets/app-1F2E.css", headers={"Accept-Encoding": "identity"})
    small = await browser.get("/assets/app-1F2E.css", headers={"Accept-Encoding": "gzip"})
    assert plain.text == small.text
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["cache-control"] == assets.FOR_EVER
    assert small.headers["content-type"].startswith("text/css")
    photo = await browser.get("/assets/photo-77.png", headers={"Accept-Encoding": "gzip"})
    assert (photo.content, photo.headers["content-type"]) == (b"png", "image/png")


@pytest.mark.parametrize(
    "name", ["manifest.json", "..%2Fsecret", "app.css", ".env", "%2e%2e", "a/b.css", "x%00.css"]
)
async def test_nothing_but_built_files_is_served(browser, name):
    assert (await browser.get(f"/assets/{name}")).status_code == 404


def test_a_file_that_was_not_built_is_an_error_that_says_what_to_do(built, tmp_path):
    with pytest.raises(NotBuilt, match="npm run build"):
        built.url("shop.css")
    with pytest.raises(NotBuilt):
        Assets(tmp_path / "nowhere").url("app.css")
    assert gzip.decompress(built.find("app-1F2E.css").gzipped) == built.find("app-1F2E.css").content
