"""One's own account: password, second factor, recovery codes, and where one is signed in."""

from typing import Annotated, Any, Final

import segno
from litestar import Response
from msgspec import Meta, Struct

from torg.kernel import ids, pages
from torg.kernel.access import (
    ActorKind,
    define_roles,
    manage_staff,
    reset_password,
    second_factor,
    sessions,
)
from torg.kernel.access.model import Assignment, Role, Session, Staff
from torg.kernel.database import Transaction
from torg.kernel.errors import TorgError
from torg.kernel.http import Call, Calling, Open, QueryParameter, read, write
from torg.kernel.page_forms import FINE, Wrong, go, read_form, wrong
from torg.kernel.problems import status_of
from torg.surfaces.sign_in.browsers import name_of
from torg.surfaces.sign_in.form import ACCOUNT, SIGN_IN, policy_of, show

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Done = Annotated[str | None, QueryParameter(max_length=20)]
TOLD: Final = frozenset({"password", "factor-off", "session", "sessions"})


class NewPassword(Struct, frozen=True):
    """The form for another password."""

    old_password: Text
    new_password: Text


class Password(Struct, frozen=True):
    """The present password, for what a borrowed screen must not do."""

    password: Text


class Code(Struct, frozen=True):
    """The first code of a new authenticator."""

    code: Text


class PasswordAndCode(Struct, frozen=True):
    """What turning the second factor off takes."""

    password: Text
    code: Text


class OneSession(Struct, frozen=True):
    """Which session to end."""

    session: Text


class _Known(Struct):
    staff: Staff
    roles: dict[str, Role]
    sessions: list[Session]
    codes: int


@read("/account", permission=Open.staff, summary="One's account", include_in_schema=False)
async def account_page(call: Call, done: Done = None) -> Response[Any]:
    """Everything about one's account on one page."""
    if call.actor.kind is not ActorKind.staff:
        return go(SIGN_IN, next=ACCOUNT, done="needed")
    return await _account(call, done=done or "")


@write("POST", "/account/password", permission=Open.staff, summary="Change it", include_in_schema=False)
async def change_password(call: Call) -> Response[Any]:
    """Another password; all other devices are signed out."""
    try:
        form = await read_form(call.request, NewPassword)
        await reset_password.change_password(
            call.database, policy_of(call), form.old_password, form.new_password, by=call.actor
        )
    except TorgError as error:
        return await _account(call, at="password", error=error)
    return go(ACCOUNT, done="password")


@write("POST", "/account/second-factor", permission=Open.staff, summary="Begin", include_in_schema=False)
async def prepare_factor(call: Call) -> Response[Any]:
    """Begin to set the second factor up."""
    try:
        form = await read_form(call.request, Password)
        await second_factor.prepare(call.database, policy_of(call), form.password, by=call.actor)
    except TorgError as error:
        return await _account(call, at="factor", error=error)
    return go(f"{ACCOUNT}/second-factor")


@read("/account/second-factor", permission=Open.staff, summary="Set it up", include_in_schema=False)
async def factor_page(call: Call) -> Response[Any]:
    """The key to scan, and the form for its first code."""
    if call.actor.kind is not ActorKind.staff:
        return go(SIGN_IN, next=ACCOUNT, done="needed")
    return await _set_up(call, FINE)


@write(
    "POST",
    "/account/second-factor/confirm",
    permission=Open.staff,
    summary="Turn on",
    include_in_schema=False,
)
async def confirm_factor(call: Call) -> Response[Any]:
    """Turn it on with its first code; shows the recovery codes, this once."""
    try:
        form = await read_form(call.request, Code)
        codes = await second_factor.confirm(call.database, policy_of(call), form.code, by=call.actor)
    except TorgError as error:
        return await _set_up(call, wrong(call.request, error), status_of(error))
    return show(call, "codes", codes=codes)


@write("POST", "/account/second-factor/end", permission=Open.staff, summary="Off", include_in_schema=False)
async def end_factor(call: Call) -> Response[Any]:
    """Turn it off."""
    try:
        form = await read_form(call.request, PasswordAndCode)
        await second_factor.turn_off(call.database, policy_of(call), form.password, form.code, by=call.actor)
    except TorgError as error:
        return await _account(call, at="end", error=error)
    return go(ACCOUNT, done="factor-off")


@write("POST", "/account/recovery-codes", permission=Open.staff, summary="New ones", include_in_schema=False)
async def renew_codes(call: Call) -> Response[Any]:
    """New recovery codes; the old ones no longer work."""
    try:
        form = await read_form(call.request, Password)
        codes = await second_factor.renew_recovery_codes(
            call.database, policy_of(call), form.password, by=call.actor
        )
    except TorgError as error:
        return await _account(call, at="codes", error=error)
    return show(call, "codes", codes=codes)


@write("POST", "/account/sessions/end", permission=Open.staff, summary="End one", include_in_schema=False)
async def end_session(call: Call) -> Response[Any]:
    """End the session on another device."""
    form = await read_form(call.request, OneSession)
    id = ids.parse("ses", form.session)
    await call.database.run(lambda tx: sessions.end_session(tx, id, by=call.actor), actor=str(call.actor))
    return go(ACCOUNT, done="session")


@write(
    "POST",
    "/account/sessions/end-others",
    permission=Open.staff,
    summary="End all",
    include_in_schema=False,
)
async def end_others(call: Call) -> Response[Any]:
    """End all sessions but this one."""
    await read_form(call.request, Struct)
    await call.database.run(lambda tx: sessions.end_other_sessions(tx, by=call.actor), actor=str(call.actor))
    return go(ACCOUNT, done="sessions")


async def _account(
    call: Calling, *, done: str = "", at: str = "", error: TorgError | None = None
) -> Response[bytes]:
    """The whole page; `at` is the form that something was wrong with."""

    async def work(tx: Transaction) -> _Known:
        staff = await manage_staff.me(tx, by=call.actor)
        return _Known(
            staff,
            await define_roles.named(tx, [a.role for a in staff.assignments]),
            await sessions.sessions_of(tx, by=call.actor),
            await second_factor.recovery_codes_left(tx, by=call.actor),
        )

    known = await call.read(work)
    language = pages.language_of(call.request)
    return show(
        call,
        "account",
        status=status_of(error) if error else 200,
        wrong=wrong(call.request, error) if error else FINE,
        at=at,
        done=done if done in TOLD else "",
        staff=known.staff,
        roles=[_told(assignment, known.roles, language) for assignment in known.staff.assignments],
        sessions=[
            (ids.public("ses", one.id), name_of(one.agent), one, one.id == call.actor.session_id)
            for one in known.sessions
        ],
        codes_left=known.codes,
    )


async def _set_up(call: Calling, told: Wrong, status: int = 200) -> Response[Any]:
    policy = policy_of(call)
    prepared = await call.read(lambda tx: second_factor.prepared(tx, policy, by=call.actor))
    if prepared is None:
        return go(ACCOUNT)
    picture = segno.make(prepared.uri, error="m").svg_data_uri(scale=5, border=4, light="#fff", dark="#000")
    key = " ".join(prepared.secret[i : i + 4] for i in range(0, len(prepared.secret), 4))
    return show(call, "set_up", wrong=told, status=status, picture=picture, key=key)


def _told(assignment: Assignment, roles: dict[str, Role], language: str) -> str:
    role = roles.get(assignment.role)
    name = role.name.get(language, role.name["en"]) if role else assignment.role
    where = [*(assignment.stores or ()), *(assignment.channels or ())]
    return f"{name} ({', '.join(where)})" if where else name


ROUTES: list[Any] = [
    account_page,
    change_password,
    prepare_factor,
    factor_page,
    confirm_factor,
    end_factor,
    renew_codes,
    end_session,
    end_others,
]
