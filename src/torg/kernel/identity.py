"""From a request to the actor behind it: reads headers and cookies, and asks `access` who they belong to."""

from typing import Any

from litestar import Request

from torg.kernel.access import VISITOR, Actor


async def identify(request: Request[Any, Any, Any]) -> Actor:
    """Who sends this request; a visitor when nothing is presented."""
    return VISITOR
