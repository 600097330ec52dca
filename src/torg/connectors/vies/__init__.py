"""The EU's register of VAT numbers (VIES), asked over its REST interface.

Fills the port `torg.customers.VatRegister`. Plugged in when TORG_VIES_URL is set; nothing is asked else. With the
seller's own number (TORG_VIES_REQUESTER) each answer has a consultation number, the evidence that it was asked, which
carts and orders keep with its date. Numbers of other countries are none of its business, and neither is one whose
country does not answer.
"""

from torg.connectors.vies.register import Vies
from torg.customers import VatRegister
from torg.settings import Settings

__all__ = ["Vies", "plugged_in"]


def plugged_in(settings: Settings) -> VatRegister:
    """The register, where it is set; else the one that never answers."""
    return Vies(settings.vies_url, settings.vies_requester) if settings.vies_url else VatRegister()
