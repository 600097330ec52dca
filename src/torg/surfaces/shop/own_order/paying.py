"""How something that an order costs more is paid from its page."""

from uuid import UUID

from torg.kernel.access import browser
from torg.kernel.http import Calling
from torg.kernel.ids import public
from torg.payments import Tender, TenderChoice
from torg.surfaces.shop.front import Front


def tenders(call: Calling, at: Front, means: str, id: UUID) -> tuple[TenderChoice, ...]:
    """The payment by the means that the form says; from the gateway she comes back to the order's page."""
    gateway, _, method = means.partition(".")
    back = browser.policy_of(call.request).origin + at.to("order", public("ord", id))
    return (TenderChoice(Tender.gateway, gateway, method, back),) if gateway else ()
