"""The mailbox pages: the list, one mail, and a mail's HTML part inside a frame that may do nothing."""

from typing import Annotated

from litestar import Response, Router
from litestar.exceptions import NotFoundException

from torg.kernel import ids, mail, pages
from torg.kernel.access import Policy
from torg.kernel.database import Transaction
from torg.kernel.http import Call, Calling, FromPath, Open, QueryParameter, read
from torg.kernel.mail import Mail, MailStatus
from torg.permissions import Permission
from torg.settings import Settings

PAGE = 25
# The mail's own style is inline, as mail programs want it; nothing else is allowed, least of all a script.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-top-navigation-by-user-activation"
)
TAGS = {MailStatus.sent: "good", MailStatus.failed: "danger", MailStatus.queued: "", MailStatus.sending: ""}

Recipient = Annotated[str | None, QueryParameter(max_length=254, description="Only mails to this address.")]
After = Annotated[str | None, QueryParameter(max_length=40, description="Only mails older than this one.")]


def _enter(call: Calling) -> None:
    settings: Settings = call.request.app.state.settings
    if settings.environment == "live" or settings.mail != "mailbox":
        raise NotFoundException
    if settings.environment == "practice":
        # Mails hold customers' data, and links under which a colleague's password is chosen.
        call.actor.must(Permission.customers_read)
        call.actor.must(Permission.staff_write)


@read("/", permission=Open.public, summary="The mailbox", include_in_schema=False)
async def list_mails(call: Call, to: Recipient = None, after: After = None) -> Response[bytes]:
    """The newest mails, all or to one address."""
    _enter(call)

    async def work(tx: Transaction) -> list[Mail]:
        last = await mail.find(tx, ids.parse("mai", after)) if after else None
        return await mail.newest(tx, to=to or None, after=last, limit=PAGE + 1)

    found = await call.read(work)
    more = ids.public("mai", found[PAGE - 1].id) if len(found) > PAGE else ""
    return pages.render(
        call,
        "mailbox/list.html",
        mails=[(ids.public("mai", one.id), one, TAGS[one.status]) for one in found[:PAGE]],
        to=to or "",
        older=more,
    )


@read("/{mail_id:str}", permission=Open.public, summary="A mail", include_in_schema=False)
async def show_mail(call: Call, mail_id: FromPath[str]) -> Response[bytes]:
    """One mail: its HTML in a frame, and its text."""
    found = await _find(call, mail_id)
    return pages.render(
        call,
        "mailbox/mail.html",
        csp=pages.policy(frame_src="'self'"),
        id=mail_id,
        mail=found,
        tag=TAGS[found.status],
    )


@read("/{mail_id:str}/html", permission=Open.public, summary="A mail's HTML", include_in_schema=False)
async def show_html(call: Call, mail_id: FromPath[str]) -> Response[bytes]:
    """The HTML part by itself; its links open in the whole window."""
    found = await _find(call, mail_id)
    return Response(
        found.html.replace("<head>", '<head><base target="_top">', 1).encode(),
        media_type=pages.HTML,
        headers={**pages.HEADERS, "Content-Security-Policy": LETTER_POLICY, "Cache-Control": "no-store"},
    )


async def _find(call: Calling, mail_id: str) -> Mail:
    _enter(call)
    found = await call.read(lambda tx: mail.find(tx, ids.parse("mai", mail_id)))
    return mail.as_sent(found, call.ports.get(Policy)) if found.links else found


ROUTES = [
    Router("/mailbox", route_handlers=[list_mails, show_mail, show_html], exception_handlers=pages.HANDLERS)
]
