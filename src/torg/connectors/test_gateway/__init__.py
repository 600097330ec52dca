"""The test gateway: takes payments for demo, practice and tests without moving money.

Fills the port `torg.payments.Gateway`. It is told how to behave by the payment's method: `ok`, `decline`, `delay`,
`delay_decline`, `second_step` (a page where the customer confirms or rejects), `callback_twice`, `callback_never`,
`timeout_after_charge`, `capture_refused`. It calls back over HTTP, signed. Beside it stands a test terminal for
tills. A live installation refuses both.
"""

from torg.connectors.test_gateway.gateway import NotInLive, TestGateway
from torg.connectors.test_gateway.pages import PAGES
from torg.connectors.test_gateway.reactions import SUBSCRIPTIONS
from torg.connectors.test_gateway.terminal import TestTerminal
from torg.kernel.database import Database
from torg.settings import Settings

__all__ = ["PAGES", "SUBSCRIPTIONS", "NotInLive", "TestGateway", "TestTerminal", "plugged_in"]


def plugged_in(settings: Settings, database: Database) -> tuple[TestGateway, ...]:
    """The test gateway and the test terminal, where they may be used: everywhere but in a live installation.

    Where a driver of real terminals is set, that one is asked instead of the test terminal.
    """
    if settings.environment == "live":
        return ()
    has_terminals = settings.terminals_url and settings.terminals
    terminal = () if has_terminals else (TestTerminal(settings, database),)
    return (TestGateway(settings, database), *terminal)
