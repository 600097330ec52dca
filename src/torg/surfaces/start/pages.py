"""The start page itself."""

from collections.abc import Callable, Sequence

from litestar import Response, Router
from msgspec import Struct

from torg.kernel import pages
from torg.kernel.http import Call, Open, read
from torg.kernel.ports import Ports
from torg.settings import Settings


class SignIn(Struct, frozen=True):
    """How to sign in as one role of the demo; the role's name is in every language."""

    role: dict[str, str]
    email: str
    password: str


class SignIns(Struct, frozen=True):
    """Everybody who can sign in to the demo, found when somebody looks; a port that is empty elsewhere."""

    of: Callable[[], Sequence[SignIn]] = tuple


@read("/", permission=Open.public, summary="The start page", include_in_schema=False)
async def start(call: Call) -> Response[bytes]:
    """What runs here."""
    settings: Settings = call.request.app.state.settings
    ports: Ports = call.ports
    return pages.render(
        call,
        "start/start.html",
        mailbox=settings.environment != "live" and settings.mail == "mailbox",
        sign_ins=ports.get(SignIns).of(),
    )


ROUTES = [Router("/", route_handlers=[start], exception_handlers=pages.HANDLERS)]
