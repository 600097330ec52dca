"""A process that buys a cart and dies at a step: `… tests.stories.dying DATABASE STRIPE CART CARD TOTAL NOW STEP`.

Steps are counted: each transaction that was committed, and each answer of the gateway. It dies as a power cut would.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.connectors.stripes import KEY, SECRET

from torg.connectors.stripe.gateway import StripeGateway
from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.money import Money
from torg.orders import Completion, complete
from torg.payments import Gateways, Instruction, Standing, Tender, TenderChoice
from torg.settings import Settings


class Steps:
    """Counts what was done, and ends the process after the one that it was given."""

    def __init__(self, last: int) -> None:
        self.left = last

    def done(self) -> None:
        """One more step is behind us."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Dying(StripeGateway):
    """Stripe, whose answer may be the last thing that is heard."""

    steps: Steps

    async def authorise(self, instruction: Instruction) -> Standing:
        """Authorise, and die with the answer when that is the step."""
        standing = await super().authorise(instruction)
        self.steps.done()
        return standing


async def buy(url: str, stripe: str, cart: UUID, card: UUID, total: int, now: datetime, steps: Steps) -> None:
    """Pay with a gift card and through the gateway."""
    database = await Database.open(url, clock=FixedClock(now), pool_size=5)
    run = database.run

    async def counted(work: Callable[[Any], Awaitable[Any]], **options: Any) -> Any:
        result = await run(work, **options)
        steps.done()
        return result

    database.run = counted  # type: ignore[method-assign]  # the same, counted
    settings = Settings(
        environment="demo",
        database_url=url,
        secret="s" * 40,
        stripe_secret_key=KEY,
        stripe_webhook_secret=SECRET,
        stripe_url=stripe,
    )
    gateway = Dying(settings)
    gateway.steps = steps
    choices = (
        TenderChoice(Tender.gift_card, account_id=card, amount=1_000),
        TenderChoice(Tender.gateway, "stripe", "pm_ok", "https://shop.test/back"),
    )
    await complete(database, Gateways(gateway), cart, Completion(Money(total, "NOK"), choices), by=SYSTEM)
    await database.close()


if __name__ == "__main__":
    address, there, *ids, price, now, step = sys.argv[1:]
    at = datetime.fromisoformat(now)
    asyncio.run(buy(address, there, UUID(ids[0]), UUID(ids[1]), int(price), at, Steps(int(step))))
