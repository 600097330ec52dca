"""A process that takes goods back, or exchanges them, and dies at a step:
`… tests.stories.dying_after_sales DATABASE STRIPE RETURN ORDER LINE TAKEN NOW STEP`; nothing `TAKEN` is a return.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.connectors.stripes import KEY, SECRET
from tests.orders.changing import ENGINES
from tests.orders.exchanging import assistant
from tests.stories.dying import Dying, Steps

from torg import orders
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.orders import Came, Exchange, Intent, Taken
from torg.orders.returns.receive import Reception
from torg.orders.returns.take_back import take_back
from torg.payments import Charge, Gateways, Standing, Tender, TenderChoice
from torg.settings import Settings


class Refunding(Dying):
    """Stripe, whose answer about money that is taken or goes back may be the last thing that is heard, too."""

    async def capture(self, charge: Charge, amount: int, key: str) -> Standing:
        """Take money, and die with the answer when that is the step."""
        standing = await super().capture(charge, amount, key)
        self.steps.done()
        return standing

    async def refund(self, charge: Charge, amount: int, key: str) -> Standing:
        """Give money back, and die with the answer when that is the step."""
        standing = await super().refund(charge, amount, key)
        self.steps.done()
        return standing


async def opened(url: str, stripe: str, now: datetime, steps: Steps) -> tuple[Database, Gateways]:
    """The database and the gateway, which count what is done with them."""
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
    gateway = Refunding(settings)
    gateway.steps = steps
    return database, Gateways(gateway)


async def at_the_counter(
    database: Database, gateways: Gateways, id: UUID, order: UUID, line: UUID, taken: UUID | None
) -> None:
    """A unit comes back, for money or for something dearer whose difference is paid by card."""
    came, by = (Came(line, 1),), assistant("oslo")
    if taken is None:
        await take_back(database, gateways, Reception(order_id=order, id=id, store="oslo", came=came), by=by)
        return
    paid = TenderChoice(Tender.gateway, "stripe", "pm_ok", "https://shop.test/back")
    goods = (Taken(taken, 1, Intent.carry_out, "oslo"),)
    wanted = Exchange(order_id=order, id=id, came=came, taken=goods, store="oslo", payments=(paid,))
    await orders.exchange(database, gateways, ENGINES, wanted, by=by)


async def die(url: str, stripe: str, ids: list[str], now: datetime, step: int) -> None:
    """Do it, and die after so many steps."""
    database, gateways = await opened(url, stripe, now, Steps(step))
    id, order, line, taken = (UUID(one) if one else None for one in ids)
    assert id
    assert order
    assert line
    await at_the_counter(database, gateways, id, order, line, taken)
    await database.close()


if __name__ == "__main__":
    address, there, *given, at, last = sys.argv[1:]
    asyncio.run(die(address, there, given, datetime.fromisoformat(at), int(last)))
