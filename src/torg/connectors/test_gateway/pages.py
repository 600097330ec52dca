"""The page of the test gateway where a customer confirms or rejects a payment, as at a bank's second factor."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, Router, get, post
from litestar.exceptions import NotFoundException

from torg.connectors.test_gateway.model import CODE, TestCharge, UnknownCharge
from torg.connectors.test_gateway.reactions import plugged
from torg.kernel import pages
from torg.kernel.http import FromPath
from torg.kernel.money import Money
from torg.kernel.ports import Ports
from torg.payments import Gateways, PaymentState

DECISIONS = {"confirm": PaymentState.authorised, "reject": PaymentState.declined}


@get("/{reference:str}", opt={"permission": "public"})
async def show(request: Request[Any, Any, Any], reference: FromPath[str]) -> Response[bytes]:
    """The payment, and two buttons while it waits."""
    known = await plugged(_gateways(request)).look_up(reference)
    if known is None:
        raise UnknownCharge()
    return _page(request, known)


@post("/{reference:str}", status_code=200, opt={"permission": "public"})
async def decide(request: Request[Any, Any, Any], reference: FromPath[str]) -> Response[bytes]:
    """The customer has pressed a button; the gateway tells Torg, and shows the way back."""
    decision = DECISIONS.get(str((await request.form()).get("decision")))
    gateway = plugged(_gateways(request))
    if decision is None:
        raise UnknownCharge()
    return _page(request, await gateway.decide(reference, decision, calls=1))


def _gateways(request: Request[Any, Any, Any]) -> Gateways:
    ports: Ports = request.app.state.ports
    gateways = ports.get(Gateways)
    if CODE not in gateways.codes:
        raise NotFoundException()
    return gateways


def _page(request: Request[Any, Any, Any], charge: TestCharge) -> Response[bytes]:
    back = urlsplit(charge.return_url or "")
    return pages.render(
        request,
        "test_gateway/second_step.html",
        status=200,
        amount=Money(charge.amount, charge.currency),
        waits=charge.state is PaymentState.needs_action,
        confirmed=charge.state in {PaymentState.authorised, PaymentState.captured},
        back=charge.return_url if back.scheme in {"http", "https"} else None,
        shop=back.netloc,
    )


PAGES = [
    Router(
        "/test-gateway",
        route_handlers=[show, decide],
        exception_handlers=pages.HANDLERS,
        include_in_schema=False,
    )
]
