"""What makes the shop an app that can be installed and opens without a connection: manifest, icon, worker."""

from typing import Any, Final

import msgspec
from litestar import Response

from torg.kernel import i18n, pages
from torg.kernel.assets import PREFIX, assets
from torg.kernel.http import Call, Open, read
from torg.surfaces.shop.frame import UnknownPage, come_in, show, within
from torg.surfaces.shop.front import Front, Way

OFFLINE: Final = Way("offline", abroad=True, indexed=False)
GREEN: Final = "#0d5c49"
PAPER: Final = "#fbfaf6"
ICON: Final = "/shop-icon.svg"
A_DAY: Final = {"Cache-Control": "public, max-age=86400"}


@read(
    "/{front:str}/{language:str}/app.webmanifest",
    permission=Open.public,
    summary="The app",
    include_in_schema=False,
)
async def manifest(call: Call) -> Response[bytes]:
    """How the shop looks as an app on somebody's own screen, in her language."""
    at = await come_in(call)
    facts = {
        "id": at.to(),
        "name": "Torg",
        "short_name": "Torg",
        "description": i18n.text(at.language, "shop.home.lead"),
        "lang": at.language,
        "start_url": at.to(),
        "scope": at.to(),
        "display": "standalone",
        "theme_color": GREEN,
        "background_color": PAPER,
        "icons": [
            {"src": ICON, "sizes": "any", "type": "image/svg+xml", "purpose": purpose}
            for purpose in ("any", "maskable")
        ],
    }
    return Response(msgspec.json.encode(facts), media_type="application/manifest+json", headers=A_DAY)


@read(ICON, permission=Open.public, summary="The icon", include_in_schema=False)
async def icon(call: Call) -> Response[bytes]:
    """The mark on its own ground, with room around it for round icons."""
    drawn = pages.environment().get_template("shop/icon.svg").render(green=GREEN, paper=PAPER).encode()
    return Response(drawn, media_type="image/svg+xml", headers=A_DAY)


@read("/shop-worker.js", permission=Open.public, summary="The worker", include_in_schema=False)
async def worker(call: Call) -> Response[bytes]:
    """The script that keeps what was seen last; asked for anew each time, so that a new one counts at once."""
    found = assets().find(assets().url("shop_worker.js").removeprefix(PREFIX))
    if found is None:
        raise UnknownPage()
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": "no-cache"})


@read(
    "/{front:str}/{language:str}/offline",
    permission=Open.public,
    summary="Without a connection",
    include_in_schema=False,
)
async def offline_page(call: Call) -> Response[Any]:
    """What the worker shows of pages that were not seen before the connection was lost."""

    async def page(at: Front) -> Response[Any]:
        return await show(call, at, "offline", OFFLINE)

    return await within(call, page)


ROUTES: list[Any] = [manifest, icon, worker, offline_page]
