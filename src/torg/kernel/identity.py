"""From a request to the actor behind it: reads headers and cookies, and asks `access` who they belong to.

A write that a browser sends by itself (its cookie is the only proof) must come from one of our own pages; which page it
was is proved by the page's token in `Torg-Page-Token`, or in the field `page_token` of a form.
"""

from typing import Any

from litestar import Request
from msgspec.structs import replace

from torg.kernel.access import VISITOR, Actor, ActorKind, browser
from torg.kernel.access import identify as access
from torg.kernel.access.throttle import network
from torg.kernel.access.touchpoint import NOWHERE, touchpoint
from torg.kernel.telemetry.requests import ADDRESS

READING = frozenset({"GET", "HEAD", "OPTIONS"})


async def identify(request: Request[Any, Any, Any]) -> Actor:
    """Who sends this request; a visitor when nothing is presented."""
    headers = request.headers
    authorization, presented = headers.get("authorization"), headers.get("torg-token")
    cookie = None
    if "cookie" in headers:
        cookie = request.cookies.get(browser.policy_of(request).cookie)
    if not (authorization or presented or cookie):
        request.scope["torg.actor"] = str(VISITOR)  # type: ignore[typeddict-unknown-key]  # ASGI leaves room for our own keys
        return _touching(VISITOR, request)
    state = request.app.state
    actor = await access.identify(
        state.database,
        authorization=authorization,
        session_cookie=cookie,
        tokens=[token.strip() for token in presented.split(",")] if presented else [],
        at=state.database.clock.now(),
    )
    request.scope["torg.actor"] = str(actor)  # type: ignore[typeddict-unknown-key]  # ASGI leaves room for our own keys
    if actor.by_cookie and request.method not in READING:
        access.require_own_page(
            cookie,
            await browser.page_token_in(request),
            origin=headers.get("origin"),
            fetch_site=headers.get("sec-fetch-site"),
            own=browser.own_origins(request),
        )
    return _touching(actor, request)


def _touching(actor: Actor, request: Request[Any, Any, Any]) -> Actor:
    touch = touchpoint(request.headers)
    if actor.kind is ActorKind.visitor and (address := request.scope.get(ADDRESS)) is not None:
        touch = replace(touch, network=network(str(address)))
    return actor if touch is NOWHERE else replace(actor, touch=touch)
