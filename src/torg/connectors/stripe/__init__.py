"""Stripe, through its official library: hosted pages and payment intents with manual capture.

Fills the port `torg.payments.Gateway`, as `stripe`. Plugged in when its two keys are set (TORG_STRIPE_SECRET_KEY and
TORG_STRIPE_WEBHOOK_SECRET). Card data never comes near Torg: customers give it on Stripe's page (`hosted`, or one means
such as `card`), or a front end has Stripe's own fields turn it into a token (`pm_…`), which is then the method.
Callbacks are checked for Stripe's signature, and then what they are about is looked up, so the order in which they come
does not matter.
"""

from typing import TYPE_CHECKING

from torg.settings import Settings

if TYPE_CHECKING:
    from torg.connectors.stripe.gateway import StripeGateway


def plugged_in(settings: Settings) -> "tuple[StripeGateway, ...]":
    """The gateway, where its keys are set."""
    if not settings.stripe_secret_key:
        return ()
    # here, since the library is slow to start and most installations never need it
    from torg.connectors.stripe.gateway import StripeGateway

    return (StripeGateway(settings),)
