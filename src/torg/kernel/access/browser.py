"""Between a request and access: where it comes from, which cookies it carries, and which it is given.

A session's cookie cannot be read by scripts, is not sent along from other sites, and belongs to this host alone when
people reach us over TLS.
"""

from datetime import datetime
from typing import Any

from litestar import Request, Response

from torg.kernel.access.model import ActorKind, Transport
from torg.kernel.access.policy import DEVICE_REMEMBERED, Policy
from torg.kernel.access.sessions import Device, Opened

LONGEST_ADDRESS = 60


def policy_of(request: Request[Any, Any, Any]) -> Policy:
    """How strict access is here."""
    found: Policy = request.app.state.ports.get(Policy)
    return found


def address_of(request: Request[Any, Any, Any]) -> str | None:
    """The caller's network address: as our own proxies saw it, never what a caller claims by himself."""
    seen = request.client.host if request.client else None
    proxies: int = request.app.state.settings.proxies
    if proxies:
        told = [
            part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()
        ]
        if len(told) >= proxies:
            seen = told[-proxies]
    return seen[:LONGEST_ADDRESS] if seen else None


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
