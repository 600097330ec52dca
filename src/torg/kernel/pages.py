"""Pages for people: Jinja templates with the reader's words, strict about what they lack and what they load.

Every page gets a Content-Security-Policy that allows nothing but our own files and no inline script or
style; everything shown is escaped; a name that a template asks for and does not get is an error, not an
empty place. A package that shows pages has a folder `templates`; its templates are named after the package
(`mailbox/list.html`).

In every template: `t(key, **facts)` is a text and `html(key, link=…)` one with links in it; `words` writes
prices and dates; `asset("app.css")` is a built file; `page` knows the language, the path and the theme;
`actor` who looks at it. A page extends `layout/base.html`. The reader changes language or theme by a link
with `?language=nb` or `?theme=dark`, which is remembered in a cookie; before that the browser's wishes
count. A page whose address has a part `{language:str}` speaks that language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException
from msgspec import Struct

from torg.kernel import i18n, problems, templates
from torg.kernel.assets import assets
from torg.kernel.errors import Invalid, TorgError
from torg.kernel.http import Calling

HTML: Final = "text/html"
YEAR: Final = 365 * 24 * 3600
THEMES: Final = ("auto", "light", "dark")
POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Accept-Language",
}


class PageFacts(Struct, frozen=True):
    """What a template may know of the page itself."""

    language: str
    path: str
    query: tuple[tuple[str, str], ...]
    theme: str
    environment: str

    def languages(self) -> Iterator[tuple[str, str]]:
        """Code and own name of every language: nb, Norsk bokmål."""
        return ((code, own_name(code)) for code in i18n.LANGUAGES)

    def here(self, **changes: str) -> str:
        """The address of this page with some parameters changed: `here(language="nb")`."""
        kept = [(name, value) for name, value in self.query if name not in changes]
        return f"{self.path}?{urlencode([*kept, *changes.items()])}"


@cache
def own_name(language: str) -> str:
    """What a language calls itself, with a capital letter as it stands alone in a list."""
    name = i18n.words(language).language_name(language)
    return name[:1].upper() + name[1:]


@cache
def environment() -> Environment:
    """The Jinja environment of all pages."""
    made = templates.environment("templates", escape=True)
    made.globals["asset"] = lambda name: assets().url(name)
    return made


def policy(**changes: str) -> str:
    """The Content-Security-Policy of a page, some directives changed: `policy(frame_src="'self'")`."""
    directives = {**POLICY, **{name.replace("_", "-"): sources for name, sources in changes.items()}}
    return "; ".join(f"{name} {sources}".rstrip() for name, sources in directives.items())


def language_of(request: Request[Any, Any, Any]) -> str:
    """The language of a page: what its address says, else what the reader chose just now, before, or in the browser's
    settings.
    """
    wishes = (request.path_params, request.query_params, request.cookies)
    for wish in (place.get("language") for place in wishes):
        if wish in i18n.LANGUAGES:
            return wish
    return i18n.negotiate(request.headers.get("accept-language"))


def _theme_of(request: Request[Any, Any, Any]) -> str:
    wishes = (request.query_params.get("theme"), request.cookies.get("theme"))
    return next((wish for wish in wishes if wish in THEMES), "auto")


def _remember(request: Request[Any, Any, Any]) -> list[Cookie]:
    secure = request.url.scheme == "https"
    chosen = (("language", i18n.LANGUAGES), ("theme", THEMES))
    return [
        Cookie(key=name, value=wish, max_age=YEAR, path="/", samesite="lax", secure=secure, httponly=True)
        for name, possible in chosen
        if (wish := request.query_params.get(name)) in possible
    ]


def render(
    asked: Calling | Request[Any, Any, Any],
    template: str,
    *,
    status: int = 200,
    region: str | None = None,
    zone: str = "UTC",
    headers: Mapping[str, str] | None = None,
    csp: str | None = None,
    **facts: Any,
) -> Response[bytes]:
    """A page: the template with the facts, in the reader's language, with the headers that every page has."""
    request = asked if isinstance(asked, Request) else asked.request
    language = language_of(request)
    words = i18n.words(language, region, zone)
    known = {
        "t": words.text,
        "html": words.html,
        "words": words,
        "actor": asked.actor if isinstance(asked, Calling) else None,
        "page": PageFacts(
            language=language,
            path=request.url.path,
            query=tuple(parse_qsl(request.url.query, keep_blank_values=True, errors="replace")),
            theme=_theme_of(request),
            environment=request.app.state.settings.environment,
        ),
    }
    body = environment().get_template(template).render({**known, **facts}).encode()
    return Response(
        body,
        status_code=status,
        media_type=HTML,
        headers={
            **HEADERS,
            "Content-Security-Policy": csp or policy(),
            "Content-Language": language,
            **(headers or {}),
        },
        cookies=_remember(request),
    )


def field_problems(language: str, error: Invalid) -> dict[str, str]:
    """The wrong fields of a form, each with what to tell its reader: for the macros of
    `layout/forms.html`."""
    return {problem.field: i18n.field_text(language, problem) for problem in error.problems}


def refused(request: Request[Any, Any, Any], error: TorgError) -> Response[bytes]:
    """A refusal as a page."""
    told = i18n.problem_text(language_of(request), error)
    return render(request, "layout/problem.html", status=problems.status_of(error), told=told)


def not_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses, as a page."""
    if error.status_code >= 500:
        return unforeseen(request, error)
    code = problems.HTTP_CODES.get(error.status_code, "http-error")
    language = language_of(request)
    title = "not-found" if error.status_code == 404 else "error"
    told = i18n.Told(i18n.text(language, f"problem.title.{title}"), i18n.text(language, f"problem.{code}"))
    return render(request, "layout/problem.html", status=error.status_code, told=told)


def unforeseen(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A defect as a page: told to the log, and to the reader that it was."""
    problems.unforeseen(request, error)
    language = language_of(request)
    told = i18n.Told(i18n.text(language, "problem.title.error"), i18n.text(language, "problem.internal"))
    return render(request, "layout/problem.html", status=500, told=told)


HANDLERS: Final[dict[Any, Any]] = {TorgError: refused, HTTPException: not_http, Exception: unforeseen}
"""The exception handlers of a surface that shows pages: `Router("/staff", …,
exception_handlers=pages.HANDLERS)`."""
