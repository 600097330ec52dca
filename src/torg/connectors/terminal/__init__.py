"""Card terminals on the counter, through a driver of whatever make that speaks a small HTTP protocol.

Fills the port `torg.payments.Gateway`, as `terminal`; its methods are the names of the terminals. Plugged in when
TORG_TERMINALS_URL and TORG_TERMINALS are set. A cashier starts a payment, the customer holds her card to the terminal,
and the till asks how it stands; a lost answer is asked for again under the payment's id, so nobody pays twice.
What was paid is given back by a reversal, whole or in part. The protocol stands in docs/payments.md.
"""

from torg.connectors.terminal.gateway import Terminals
from torg.settings import Settings

__all__ = ["Terminals", "plugged_in"]


def plugged_in(settings: Settings) -> tuple[Terminals, ...]:
    """The terminals, where they are set."""
    return (Terminals(settings),) if settings.terminals_url and settings.terminals else ()
