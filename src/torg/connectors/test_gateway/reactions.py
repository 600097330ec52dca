"""The test gateway goes on by itself: it decides what it kept waiting, and calls back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from torg.connectors.test_gateway.events import ChargeChanged
from torg.connectors.test_gateway.gateway import TestGateway
from torg.connectors.test_gateway.model import CODE
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import GiveUp, Work, defer, job
from torg.payments import Gateways, PaymentState

DELAY: Final = timedelta(seconds=2)
"""How long the gateway keeps a delayed payment waiting."""


def plugged(gateways: Gateways) -> TestGateway:
    """The test gateway, when it is plugged in."""
    gateway = gateways.get(CODE)
    if not isinstance(gateway, TestGateway):
        raise GiveUp("another gateway calls itself test")
    return gateway


@job("test_gateway.go_on", attempts=10)
async def go_on(work: Work, *, reference: str, later: PaymentState | None, calls: int) -> None:
    """Decide a charge that waits, and tell Torg so many times."""
    gateway = plugged(work.ports.get(Gateways))
    if later is not None:
        await gateway.decide(reference, PaymentState(later))
    for _ in range(calls):
        await gateway.call_back(reference, work.database.clock.now())


async def schedule(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Put what the gateway will do into the queue."""
    for recorded in events:
        changed = recorded.event
        assert isinstance(changed, ChargeChanged)
        at = recorded.at + DELAY if changed.later else None
        await defer(
            tx,
            go_on.with_(at=at),
            reference=changed.reference,
            later=changed.later,
            calls=changed.calls,
        )


SUBSCRIPTIONS = (Subscription(name="test-gateway.go-on", types=(ChargeChanged,), handle=schedule),)
