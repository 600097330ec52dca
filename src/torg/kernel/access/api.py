"""Signing in, one's own account and sessions, over HTTP."""

from typing import Any

from litestar import Response

from torg.kernel import ids
from torg.kernel.access import browser, manage_staff, reset_password, second_factor, sessions, sign_in
from torg.kernel.access.api_staff import ROUTES as STAFF_ROUTES
from torg.kernel.access.sign_in import FactorNeeded, SignedIn
from torg.kernel.access.views import (
    ChoiceForm,
    FactorEndForm,
    FactorForm,
    FactorView,
    FirstCodeForm,
    PasswordForm,
    ProofForm,
    RecoveryCodesView,
    ResetForm,
    SessionsEnded,
    SessionView,
    SignInForm,
    SignInView,
    StaffPatch,
    StaffView,
)
from torg.kernel.http import Body, Call, FromPath, Open, Page, read, write

SIGN_IN = ["sign-in"]
ACCOUNT = ["own account"]


def _signed_in(call: Call, outcome: SignedIn | FactorNeeded) -> Response[SignInView]:
    response = Response(SignInView.of(outcome))
    if isinstance(outcome, SignedIn):
        browser.remember(response, browser.policy_of(call.request), outcome.opened, call.database.clock.now())
    return response


@write("POST", "/sign-in", permission=Open.public, summary="Sign in as staff", tags=SIGN_IN)
async def enter(call: Call, data: Body[SignInForm]) -> Response[SignInView]:
    """E-mail address and password; answers with a session, or with a challenge for the second factor.

    With `transport` `cookie` the session is set as a cookie, with `bearer` its token is in the answer, for the header
    `Authorization: Bearer …`. Trying again makes another session, whatever the Idempotency-Key.
    """
    browser.require_own_origin(call.request)
    policy = browser.policy_of(call.request)
    device = browser.device_of(call.request, transport=data.transport, mark=data.device)
    outcome = await sign_in.with_password(call.database, policy, data.email, data.password, device)
    return _signed_in(call, outcome)


@write(
    "POST", "/sign-in/second-factor", permission=Open.public, summary="Give the second factor", tags=SIGN_IN
)
async def enter_factor(call: Call, data: Body[FactorForm]) -> Response[SignInView]:
    """The challenge of the first step, and a code of the authenticator or a recovery code. Each code works once."""
    browser.require_own_origin(call.request)
    policy = browser.policy_of(call.request)
    device = browser.device_of(call.request, transport=data.transport, mark=data.device)
    outcome = await sign_in.with_second_factor(call.database, policy, data.challenge, data.code, device)
    return _signed_in(call, outcome)


@write(
    "POST",
    "/sign-in/reset",
    permission=Open.public,
    status=204,
    summary="Ask for a link to choose a new password",
    tags=SIGN_IN,
)
async def ask_for_link(call: Call, data: Body[ResetForm]) -> Response[None]:
    """A mail goes out if this is the address of an account; the answer is the same if not."""
    await reset_password.ask_for_reset(call.database, data.email, address=browser.address_of(call.request))
    return Response(None, status_code=204)


@write(
    "POST",
    "/sign-in/password",
    permission=Open.public,
    summary="Choose a password under a mailed link",
    tags=SIGN_IN,
)
async def choose(call: Call, data: Body[ChoiceForm]) -> Response[StaffView]:
    """The link works once; every session of the account ends."""
    return await call.chain(
        lambda: reset_password.choose_password(call.database, data.link, data.password), view=StaffView.of
    )


@write("DELETE", "/session", permission=Open.signed_in, status=204, summary="Sign out", tags=SIGN_IN)
async def leave(call: Call) -> Response[None]:
    """Ends the session that this request came with."""
    response: Response[None] = await call.write(lambda tx: sessions.sign_out(tx, by=call.actor))
    if call.actor.by_cookie:
        browser.forget(response, browser.policy_of(call.request))
    return response


@read("/sessions", permission=Open.signed_in, summary="List one's own sessions", tags=ACCOUNT)
async def list_sessions(call: Call) -> Page[SessionView]:
    """Where one is signed in, the most lately used first."""
    own = await call.read(lambda tx: sessions.sessions_of(tx, by=call.actor))
    return Page([SessionView.of(one, one.id == call.actor.session_id) for one in own])


@write("DELETE", "/sessions", permission=Open.signed_in, summary="End all one's other sessions", tags=ACCOUNT)
async def end_others(call: Call) -> Response[SessionsEnded]:
    """All but the one of this request."""
    return await call.write(lambda tx: sessions.end_other_sessions(tx, by=call.actor), view=SessionsEnded)


@write(
    "DELETE",
    "/sessions/{session_id:str}",
    permission=Open.signed_in,
    status=204,
    summary="End one of one's sessions",
    tags=ACCOUNT,
)
async def end_one(call: Call, session_id: FromPath[str]) -> Response[None]:
    """On whatever device it is."""
    id = ids.parse("ses", session_id)
    return await call.write(lambda tx: sessions.end_session(tx, id, by=call.actor))


@read("/staff/me", permission=Open.staff, summary="Read one's own staff account", tags=ACCOUNT)
async def who_am_i(call: Call) -> StaffView:
    """The member of staff who asks."""
    return StaffView.of(await call.read(lambda tx: manage_staff.me(tx, by=call.actor)))


@write("PATCH", "/staff/me", permission=Open.staff, summary="Change one's name or language", tags=ACCOUNT)
async def change_me(call: Call, data: Body[StaffPatch]) -> Response[StaffView]:
    """What is null stays."""
    return await call.write(
        lambda tx: manage_staff.rename_me(
            tx, name=data.name, language=data.language, version=data.version, by=call.actor
        ),
        view=StaffView.of,
    )


@write(
    "PUT",
    "/staff/me/password",
    permission=Open.staff,
    status=204,
    summary="Change one's password",
    tags=ACCOUNT,
)
async def change_password(call: Call, data: Body[PasswordForm]) -> Response[None]:
    """One's other sessions end."""
    await reset_password.change_password(
        call.database,
        browser.policy_of(call.request),
        data.old_password,
        data.new_password,
        by=call.actor,
    )
    return Response(None, status_code=204)


@write(
    "POST",
    "/staff/me/second-factor",
    permission=Open.staff,
    summary="Prepare a second factor",
    tags=ACCOUNT,
)
async def prepare_factor(call: Call, data: Body[ProofForm]) -> Response[FactorView]:
    """The secret counts as soon as a code of it was given."""
    policy = browser.policy_of(call.request)
    return await call.chain(
        lambda: second_factor.prepare(call.database, policy, data.password, by=call.actor),
        view=FactorView.of,
    )


@write(
    "PUT",
    "/staff/me/second-factor",
    permission=Open.staff,
    summary="Turn the prepared second factor on",
    tags=ACCOUNT,
)
async def confirm_factor(call: Call, data: Body[FirstCodeForm]) -> Response[RecoveryCodesView]:
    """Tells the recovery codes, once; one's other sessions end."""
    policy = browser.policy_of(call.request)
    return await call.chain(
        lambda: second_factor.confirm(call.database, policy, data.code, by=call.actor),
        view=lambda codes: RecoveryCodesView(list(codes)),
    )


@write(
    "POST",
    "/staff/me/second-factor/end",
    permission=Open.staff,
    status=204,
    summary="Turn the second factor off",
    tags=ACCOUNT,
)
async def end_factor(call: Call, data: Body[FactorEndForm]) -> Response[None]:
    """Needs the password and a code."""
    policy = browser.policy_of(call.request)
    await second_factor.turn_off(call.database, policy, data.password, data.code, by=call.actor)
    return Response(None, status_code=204)


@write(
    "POST",
    "/staff/me/recovery-codes",
    permission=Open.staff,
    summary="Get new recovery codes",
    tags=ACCOUNT,
)
async def new_codes(call: Call, data: Body[ProofForm]) -> Response[RecoveryCodesView]:
    """The old ones no longer work."""
    policy = browser.policy_of(call.request)
    return await call.chain(
        lambda: second_factor.renew_recovery_codes(call.database, policy, data.password, by=call.actor),
        view=lambda codes: RecoveryCodesView(list(codes)),
    )


ROUTES: list[Any] = [
    enter,
    enter_factor,
    ask_for_link,
    choose,
    leave,
    list_sessions,
    end_others,
    end_one,
    who_am_i,
    change_me,
    change_password,
    prepare_factor,
    confirm_factor,
    end_factor,
    new_codes,
    *STAFF_ROUTES,
]
