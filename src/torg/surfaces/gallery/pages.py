"""The gallery page."""

from typing import Annotated, Any, Final

from litestar import Response, Router
from litestar.exceptions import NotFoundException

from torg.kernel import pages
from torg.kernel.http import Call, Open, QueryParameter, read
from torg.settings import Settings

DENSITIES: Final = ("shop", "desk", "till")
LONG: Final = "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüsselanhängerverpackung"
"""A word that no line can hold: nothing may break when a name is one."""

Density = Annotated[str, QueryParameter(max_length=10)]


@read("/gallery", permission=Open.public, summary="The parts of pages", include_in_schema=False)
async def gallery(call: Call, density: Density = DENSITIES[0]) -> Response[bytes]:
    """Every part in a density."""
    settings: Settings = call.request.app.state.settings
    if settings.environment == "live" or density not in DENSITIES:
        raise NotFoundException
    return pages.render(call, "gallery/gallery.html", density=density, densities=DENSITIES, long=LONG)


ROUTES: list[Any] = [Router("/", route_handlers=[gallery], exception_handlers=pages.HANDLERS)]
