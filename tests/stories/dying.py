"""A process that buys carts and dies at a step, as in a power cut: `… tests.stories.dying`, a purchase as JSON a line.

Steps are counted: each transaction that was committed, and each answer of the gateway. Each purchase is made by a
process of its own, forked from one that knows everything already and only says how the other ended.
"""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
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


class Purchase(Struct, frozen=True):
    """What to buy, with a gift card and through the gateway, or on invoice; when; and the step to die at."""

    url: str
    stripe: str
    cart: UUID
    card: UUID | None
    total: int
    now: datetime
    step: int

    @property
    def choices(self) -> tuple[TenderChoice, ...]:
        """With what it is paid."""
        if self.card is None:
            return (TenderChoice(Tender.invoice),)
        return (
            TenderChoice(Tender.gift_card, account_id=self.card, amount=1_000),
            TenderChoice(Tender.gateway, "stripe", "pm_ok", "https://shop.test/back"),
        )


async def buy(purchase: Purchase) -> None:
    """Complete the cart, as far as one comes."""
    database = await Database.open(purchase.url, clock=FixedClock(purchase.now), pool_size=5)
    run, steps = database.run, Steps(purchase.step)

    async def counted(work: Callable[[Any], Awaitable[Any]], **options: Any) -> Any:
        result = await run(work, **options)
        steps.done()
        return result

    database.run = counted  # type: ignore[method-assign]  # the same, counted
    settings = Settings(
        environment="demo",
        database_url=purchase.url,
        secret="s" * 40,
        stripe_secret_key=KEY,
        stripe_webhook_secret=SECRET,
        stripe_url=purchase.stripe,
    )
    gateway = Dying(settings)
    gateway.steps = steps
    asked = Completion(Money(purchase.total, "NOK"), purchase.choices)
    await complete(database, Gateways(gateway), purchase.cart, asked, by=SYSTEM)
    await database.close()


def live(purchase: Purchase) -> int:
    """Let a process of its own buy, and tell how it ended."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(buy(purchase))
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        print(live(msgspec.json.decode(line, type=Purchase)), flush=True)
