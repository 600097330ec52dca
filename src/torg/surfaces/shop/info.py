"""Pages of content: about, delivery, withdrawal and whatever else the retailer has written."""

from typing import Any

from litestar import Response
from litestar.response import Redirect
from markupsafe import Markup

from torg.content import PageNotFound, html, shown_pages
from torg.kernel import pages
from torg.kernel.http import Call, Calling, FromPath, Open, read
from torg.surfaces.shop import structured
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way


@read(
    "/{front:str}/{language:str}/info/{page:str}",
    permission=Open.public,
    summary="A page of content",
    include_in_schema=False,
)
async def info(call: Call, page: FromPath[str]) -> Response[Any]:
    """A page as it was published last; a former address, or another language's, leads on to it."""
    return await within(call, lambda at: _info(call, at, page))


async def _info(call: Calling, at: Front, slug: str) -> Response[Any]:
    found = (await shown_pages(call.database)).at(slug, at.shop.market.code, at.language)
    if found is None:
        raise PageNotFound(page=slug[:60])
    way = Way(
        f"info/{found.text.slug}", {one: f"info/{own}" for one, own in found.slugs.items()}, abroad=True
    )
    if slug != found.text.slug:
        return Redirect(way.at(at.code, at.language), status_code=301, headers=dict(pages.HEADERS))
    return await show(
        call,
        at,
        "info",
        way,
        text=found.text,
        body=Markup(html(found.text.body)),  # noqa: S704  # HTML in a page's text is shown as text
        told=[structured.trail(call, at, ())],
    )


ROUTES: list[Any] = [info]
