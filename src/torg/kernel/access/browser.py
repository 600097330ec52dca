"""Between a request and access: where it comes from, which cookies it carries, and which it is given.

A session's cookie cannot be read by scripts, is not sent along from other sites, and belongs to this host alone when
people reach us over TLS.
"""

from datetime import datetime
from typing import Any

from litestar import Request, Response

from torg.kernel.access import identify, tokens
from torg.kernel.access.model import ActorKind, Transport
from torg.kernel.access.policy import DEVICE_REMEMBERED, Policy
from torg.kernel.access.sessions import Device, Opened
from torg.kernel.client_address import client_address

PAGE_TOKEN_HEADER = "torg-page-token"  # noqa: S105  # a header's name
PAGE_TOKEN_FIELD = "page_token"  # noqa: S105  # a field's name
FORM = "application/x-www-form-urlencoded"


def policy_of(request: Request[Any, Any, Any]) -> Policy:
    """How strict access is here."""
    found: Policy = request.app.state.ports.get(Policy)
    return found


def address_of(request: Request[Any, Any, Any]) -> str | None:
    """The caller's network address, as our own proxies saw it."""
    return client_address(request.scope, request.app.state.settings.proxies) or None


def own_origins(request: Request[Any, Any, Any]) -> tuple[str, ...]:
    """The origins of our own pages: the public one, and the one that the browser itself has asked.

    Another site's page cannot make a browser lie about the host it sends a request to.
    """
    policy, host = policy_of(request), request.headers.get("host")
    asked = f"{'https' if policy.https else 'http'}://{host}"
    return (policy.origin, asked) if host else (policy.origin,)


def require_own_origin(request: Request[Any, Any, Any]) -> None:
    """Refuse what another site's page has the browser send: it must not sign anybody in to an account of its choice."""
    headers = request.headers
    identify.require_own_origin(
        origin=headers.get("origin"), fetch_site=headers.get("sec-fetch-site"), own=own_origins(request)
    )


async def page_token_in(request: Request[Any, Any, Any]) -> str | None:
    """The page's token that came with a write: in the header that scripts send, or in a form's hidden field."""
    sent = request.headers.get(PAGE_TOKEN_HEADER)
    if sent is None and request.headers.get("content-type", "").startswith(FORM):
        field = (await request.form()).get(PAGE_TOKEN_FIELD)
        sent = field if isinstance(field, str) else None
    return sent


def page_token_for(request: Request[Any, Any, Any]) -> str:
    """A fresh token for the forms of a page, bound to the session of its reader; empty without one."""
    cookie = request.cookies.get(policy_of(request).cookie)
    return tokens.page_token(cookie) if cookie else ""


def device_of(
    request: Request[Any, Any, Any], *, transport: Transport = Transport.cookie, mark: str | None = None
) -> Device:
    """The device that somebody signs in on; programs hand on the mark themselves, browsers have it in a cookie."""
    policy = policy_of(request)
    old = request.cookies.get(policy.cookie) if transport is Transport.cookie else None
    return Device(
        transport=transport,
        address=address_of(request),
        agent=request.headers.get("user-agent"),
        mark=mark or request.cookies.get(policy.device_cookie),
        old_token=old,
    )


def remember(response: Response[Any], policy: Policy, opened: Opened, at: datetime) -> None:
    """Give the browser its session; a customer's outlives the browser's window, a member of staff's does not."""
    if opened.session.transport is not Transport.cookie:
        return
    lasts = None
    if opened.session.kind is ActorKind.customer:
        lasts = int((opened.session.expires_at - at).total_seconds())
    _set(response, policy, policy.cookie, opened.token, lasts)
    if opened.device_mark:
        seconds = int(DEVICE_REMEMBERED.total_seconds())
        _set(response, policy, policy.device_cookie, opened.device_mark, seconds)


def forget(response: Response[Any], policy: Policy) -> None:
    """Take the session's cookie away; the device stays known."""
    _set(response, policy, policy.cookie, "", 0)


def _set(response: Response[Any], policy: Policy, name: str, value: str, lasts: int | None) -> None:
    response.set_cookie(
        name, value, max_age=lasts, path="/", secure=policy.https, httponly=True, samesite="lax"
    )
