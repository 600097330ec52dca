"""Signing in and out, and choosing a forgotten password."""

from typing import Annotated, Any, Final

from litestar import Response, Router
from msgspec import Meta, Struct

from torg.kernel import pages
from torg.kernel.access import ActorKind, browser, reset_password, sessions, sign_in
from torg.kernel.access.model import LinkExpired, WrongCode
from torg.kernel.access.policy import STEP_LASTS
from torg.kernel.access.sign_in import FactorNeeded, SignedIn
from torg.kernel.errors import TorgError
from torg.kernel.http import Call, Calling, Open, QueryParameter, read, write
from torg.kernel.page_forms import FINE, Wrong, go, read_form, wrong
from torg.kernel.problems import status_of
from torg.surfaces.sign_in.account import ROUTES as ACCOUNT_ROUTES
from torg.surfaces.sign_in.form import SIGN_IN, STEP_COOKIE, local, policy_of, show

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Email = Annotated[str, Meta(min_length=3, max_length=254)]
Next = Annotated[str | None, QueryParameter(max_length=500)]
Done = Annotated[str | None, QueryParameter(max_length=20)]
Link = Annotated[str, QueryParameter(max_length=100)]
TOLD: Final = frozenset({"out", "password", "needed"})


class Entry(Struct, frozen=True):
    """The sign-in form; `next` is the page that was asked for."""

    email: Email
    password: Text
    next: Annotated[str, Meta(max_length=500)] = ""


class Step(Struct, frozen=True):
    """The form of the second factor."""

    code: Text
    next: Annotated[str, Meta(max_length=500)] = ""


class Forgotten(Struct, frozen=True):
    """The form of a forgotten password."""

    email: Email


class Choice(Struct, frozen=True):
    """The form of a new password."""

    link: Text
    password: Text


def _enter(call: Calling, next: str = "", email: str = "", done: str = "", **told: Any) -> Response[bytes]:
    return show(call, "enter", next=next, email=email, done=done if done in TOLD else "", **told)


@read("/sign-in", permission=Open.public, summary="Sign in", include_in_schema=False)
async def enter_page(call: Call, next: Next = None, done: Done = None) -> Response[Any]:
    """The form to sign in with; who is signed in goes on at once."""
    if call.actor.kind is ActorKind.staff and not done:
        return go(local(next))
    return _enter(call, next=next or "", done=done or "")


@write("POST", "/sign-in", permission=Open.public, summary="Sign in", include_in_schema=False)
async def enter(call: Call) -> Response[Any]:
    """Check the password, and go on to the second factor or to the page that was asked for."""
    sent = await call.request.form()
    try:
        form = await read_form(call.request, Entry)
        outcome = await sign_in.with_password(
            call.database, policy_of(call), form.email, form.password, browser.device_of(call.request)
        )
    except TorgError as error:
        told = wrong(call.request, error)
        next, email = str(sent.get("next", ""))[:500], str(sent.get("email", ""))[:254]
        return _again(_enter(call, next=next, email=email, wrong=told), error)
    if isinstance(outcome, FactorNeeded):
        return _remember_step(call, go(f"{SIGN_IN}/second-factor", next=form.next), outcome.challenge)
    return _signed_in(call, outcome, form.next)


@read("/sign-in/second-factor", permission=Open.public, summary="Second factor", include_in_schema=False)
async def factor_page(call: Call, next: Next = None) -> Response[Any]:
    """The form for the second factor; without a password before it there is nothing to do here."""
    if STEP_COOKIE not in call.request.cookies:
        return go(SIGN_IN, next=next or "")
    return show(call, "factor", next=next or "")


@write(
    "POST", "/sign-in/second-factor", permission=Open.public, summary="Second factor", include_in_schema=False
)
async def factor(call: Call) -> Response[Any]:
    """Check the code and sign in."""
    sent = await call.request.form()
    try:
        form = await read_form(call.request, Step)
        challenge = call.request.cookies.get(STEP_COOKIE)
        if not challenge:
            raise WrongCode()
        outcome = await sign_in.with_second_factor(
            call.database, policy_of(call), challenge, form.code, browser.device_of(call.request)
        )
    except TorgError as error:
        told = wrong(call.request, error)
        return _again(show(call, "factor", next=str(sent.get("next", ""))[:500], wrong=told), error)
    return _remember_step(call, _signed_in(call, outcome, form.next), "")


@write("POST", "/sign-out", permission=Open.signed_in, summary="Sign out", include_in_schema=False)
async def leave(call: Call) -> Response[Any]:
    """End the session of this browser."""
    await read_form(call.request, Struct)
    await call.database.run(lambda tx: sessions.sign_out(tx, by=call.actor), actor=str(call.actor))
    response = go(SIGN_IN, done="out")
    browser.forget(response, policy_of(call))
    return response


@read("/forgot-password", permission=Open.public, summary="Forgotten password", include_in_schema=False)
async def forgot_page(call: Call, done: Done = None) -> Response[bytes]:
    """The form to ask for a link."""
    return show(call, "forgot", email="", sent=done == "sent")


@write(
    "POST", "/forgot-password", permission=Open.public, summary="Forgotten password", include_in_schema=False
)
async def forgot(call: Call) -> Response[Any]:
    """Ask for a link; what follows looks the same for everybody."""
    sent = await call.request.form()
    try:
        form = await read_form(call.request, Forgotten)
        address = browser.address_of(call.request)
        await reset_password.ask_for_reset(call.database, form.email, address=address)
    except TorgError as error:
        told = wrong(call.request, error)
        email = str(sent.get("email", ""))[:254]
        return _again(show(call, "forgot", email=email, sent=False, wrong=told), error)
    return go("/staff/forgot-password", done="sent")


@read("/password", permission=Open.public, summary="Choose a password", include_in_schema=False)
async def choose_page(call: Call, link: Link = "") -> Response[bytes]:
    """The form under a mailed link."""
    return await _choose(call, link, FINE)


@write("POST", "/password", permission=Open.public, summary="Choose a password", include_in_schema=False)
async def choose(call: Call) -> Response[Any]:
    """Save the password; the link is used up, and she signs in with it."""
    sent = await call.request.form()
    try:
        form = await read_form(call.request, Choice)
        await reset_password.choose_password(call.database, form.link, form.password)
    except LinkExpired as error:
        return _again(show(call, "expired", wrong=wrong(call.request, error)), error)
    except TorgError as error:
        return _again(await _choose(call, str(sent.get("link", "")), wrong(call.request, error)), error)
    response = go(SIGN_IN, done="password")
    browser.forget(response, policy_of(call))
    return response


async def _choose(call: Calling, link: str, told: Wrong) -> Response[bytes]:
    try:
        staff = await reset_password.whose_link(call.database, link)
    except LinkExpired as error:
        return _again(show(call, "expired", wrong=wrong(call.request, error)), error)
    return show(call, "choose", link=link, email=staff.email, wrong=told)


def _again(page: Response[bytes], error: TorgError) -> Response[bytes]:
    page.status_code = status_of(error)
    if "retry_after" in error.facts:
        page.headers["Retry-After"] = str(error.facts["retry_after"])
    return page


def _signed_in(call: Calling, outcome: SignedIn, next: str) -> Response[Any]:
    response = go(local(next))
    browser.remember(response, policy_of(call), outcome.opened, call.database.clock.now())
    return response


def _remember_step(call: Calling, response: Response[Any], challenge: str) -> Response[Any]:
    lasts = int(STEP_LASTS.total_seconds()) if challenge else 0
    response.set_cookie(
        STEP_COOKIE,
        challenge,
        max_age=lasts,
        path=SIGN_IN,
        secure=policy_of(call).https,
        httponly=True,
        samesite="lax",
    )
    return response


ROUTES: list[Any] = [
    Router(
        "/staff",
        route_handlers=[
            enter_page,
            enter,
            factor_page,
            factor,
            leave,
            forgot_page,
            forgot,
            choose_page,
            choose,
            *ACCOUNT_ROUTES,
        ],
        exception_handlers=pages.HANDLERS,
    )
]
