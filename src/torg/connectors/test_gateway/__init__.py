"""The test gateway: takes payments for demo, practice and tests without moving money.

Fills the port `torg.payments.Gateway`. It is told how to behave by the payment's method: `ok`, `decline`, `delay`,
`delay_decline`, `second_step` (a page where the customer confirms or rejects), `callback_twice`, `callback_never`,
`timeout_after_charge`, `capture_refused`. It calls back over HTTP, signed. A live installation refuses it.
"""

from torg.connectors.test_gateway.gateway import NotInLive, TestGateway
from torg.connectors.test_gateway.pages import PAGES
from torg.connectors.test_gateway.reactions import SUBSCRIPTIONS
from torg.kernel.database import Database
from torg.settings import Settings

__all__ = ["PAGES", "SUBSCRIPTIONS", "NotInLive", "TestGateway", "plugged_in"]


def plugged_in(settings: Settings, database: Database) -> tuple[TestGateway, ...]:
    """The test gateway, where it may be used: everywhere but in a live installation."""
    return () if settings.environment == "live" else (TestGateway(settings, database),)
