"""What a page does around a form: read it, guard it, and tell what was wrong in the reader's language.

Only a form that one of our own pages sent is read: a session proves itself by the page's token (`identity`), without
one the browser's word for where the form comes from must do.
"""

from typing import Any, Final, TypeVar

from litestar import Request
from litestar.response import Redirect
from msgspec import Struct

from torg.kernel import forms, i18n, pages
from torg.kernel.access import browser
from torg.kernel.errors import Invalid, TorgError
from torg.kernel.http import ONCE_FIELD

F = TypeVar("F", bound=Struct)


class Wrong(Struct, frozen=True):
    """Why a form came back: a sentence above it, and the fields that need attention."""

    told: str = ""
    fields: dict[str, str] = {}


FINE: Final = Wrong()


async def read_form(request: Request[Any, Any, Any], kind: type[F]) -> F:
    """The form that was sent, once it is sure that one of our own pages sent it; raises Invalid for wrong fields."""
    browser.require_own_origin(request)
    sent = await request.form()
    given = {name: value for name, value in sent.items() if isinstance(value, str)}
    given.pop(browser.PAGE_TOKEN_FIELD, None)
    given.pop(ONCE_FIELD, None)
    return forms.parse(kind, given, strict=False)


def wrong(request: Request[Any, Any, Any], error: TorgError) -> Wrong:
    """What to tell about a refusal, in the reader's language."""
    language = pages.language_of(request)
    if isinstance(error, Invalid):
        return Wrong(fields=pages.field_problems(language, error))
    return Wrong(told=i18n.problem_text(language, error).detail)


def go(path: str, **query: str) -> Redirect:
    """Send the browser on after something was done, so that loading again does not repeat it."""
    given = {name: text for name, text in query.items() if text}
    return Redirect(path, status_code=303, query_params=given or None)
