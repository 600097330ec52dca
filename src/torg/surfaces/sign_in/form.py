"""What the pages of signing in have in common: how they are shown, and where they lead."""

from typing import Any, Final

from litestar import Response

from torg.kernel import pages
from torg.kernel.access import Policy, browser
from torg.kernel.http import Calling
from torg.kernel.page_forms import FINE, Wrong

STEP_COOKIE: Final = "torg_step"
SIGN_IN: Final = "/staff/sign-in"
ACCOUNT: Final = "/staff/account"


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


def local(path: str | None) -> str:
    """Where to go after signing in: a page of ours that was asked for, else the account."""
    fine = path and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fine and path else ACCOUNT


def policy_of(call: Calling) -> Policy:
    """How strict access is here."""
    return call.ports.get(Policy)
