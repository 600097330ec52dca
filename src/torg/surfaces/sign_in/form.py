"""What these pages do around a form: read it, guard it, and show it again when something was wrong."""

from typing import Any, Final, TypeVar

from litestar import Request, Response
from litestar.response import Redirect
from msgspec import Struct

from torg.kernel import forms, i18n, pages
from torg.kernel.access import Policy, browser, require_own_origin
from torg.kernel.errors import Invalid, TorgError
from torg.kernel.http import Calling

F = TypeVar("F", bound=Struct)

STEP_COOKIE: Final = "torg_step"
SIGN_IN: Final = "/staff/sign-in"
ACCOUNT: Final = "/staff/account"


class Wrong(Struct, frozen=True):
    """Why a form came back: a sentence above it, and the fields that need attention."""

    told: str = ""
    fields: dict[str, str] = {}


FINE: Final = Wrong()


async def read_form(request: Request[Any, Any, Any], kind: type[F]) -> F:
    """The form that was sent, once it is sure that one of our own pages sent it; raises Invalid for wrong fields.

    Pages without a session have no page token; there the browser's word for where the form comes from must do.
    """
    require_own_origin(
        origin=request.headers.get("origin"),
        fetch_site=request.headers.get("sec-fetch-site"),
        own=browser.own_origins(request),
    )
    sent = await request.form()
    given = {name: value for name, value in sent.items() if isinstance(value, str)}
    given.pop(browser.PAGE_TOKEN_FIELD, None)
    return forms.parse(kind, given, strict=False)


def wrong(request: Request[Any, Any, Any], error: TorgError) -> Wrong:
    """What to tell about a refusal, in the reader's language."""
    language = pages.language_of(request)
    if isinstance(error, Invalid):
        return Wrong(fields=pages.field_problems(language, error))
    return Wrong(told=i18n.problem_text(language, error).detail)


def show(
    call: Calling, template: str, *, wrong: Wrong = FINE, status: int = 200, **facts: Any
) -> Response[bytes]:
    """A page of this surface, with the token that its forms need."""
    token = browser.page_token_for(call.request)
    page = pages.render(
        call, f"sign_in/{template}.html", status=status, wrong=wrong, page_token=token, **facts
    )
    page.headers["Cache-Control"] = "no-store"
    return page


def go(path: str, **query: str) -> Redirect:
    """Send the browser on after something was done, so that loading again does not repeat it."""
    given = {name: text for name, text in query.items() if text}
    return Redirect(path, status_code=303, query_params=given or None)


def local(path: str | None) -> str:
    """Where to go after signing in: a page of ours that was asked for, else the account."""
    fine = path and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fine and path else ACCOUNT


def policy_of(call: Calling) -> Policy:
    """How strict access is here."""
    return call.ports.get(Policy)
