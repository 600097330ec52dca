"""A process that gives money back, or exchanges goods, is killed after each step; the sweeps finish what it began, and
who asks again finds it done: never given back twice, and all books agree.
"""

import asyncio
import signal
import sys
from uuid import UUID

import msgspec
import pytest
from tests.carts.conftest import Shop
from tests.connectors.stripes import KEY, SECRET, Stripe
from tests.live import ROOT
from tests.orders.conftest import Till
from tests.orders.conftest import retailer as retailer
from tests.orders.crediting import agree, buy, card, gift, has
from tests.orders.returning import sent
from tests.simulators.gateway import SimulatedGateway
from tests.stories.dying_after_sales import at_the_counter
from tests.stories.test_dying import other as other

from torg import orders
from torg.carts import Cart
from torg.commands.payments import differences
from torg.connectors.stripe.gateway import StripeGateway
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.ids import new_id
from torg.orders import ChangeState
from torg.orders.changes.jobs import sweep_changes
from torg.orders.returns import ReturnState
from torg.orders.returns.jobs import sweep_returns
from torg.payments import Gateways, Tender, TenderChoice
from torg.settings import Settings

FEWEST = 3
"""Received, given back, settled; or, of an exchange, written down, paid, done."""
GIFT = 1_000


async def dies(url: str, other: Stripe, clock: FixedClock, step: int, *ids: UUID | None) -> bool:
    """Let a process do it and die at a step; False when it was through before."""
    wanted = [url, other.url, *(str(one) if one else "" for one in ids), clock.now().isoformat(), str(step)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.stories.dying_after_sales",
        *wanted,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}/src"},
    )
    code = await asyncio.wait_for(process.wait(), 120)
    assert code in {0, -signal.SIGKILL}, code
    return code != 0


async def swept(till: Till) -> None:
    """Nobody comes back: time goes by as in a worker."""
    await till.settle()
    for _ in range(3):
        await till.pass_time(minutes=2)
        await sweep_changes.run(till.work)
        await sweep_returns.run(till.work)
        await till.settle()


async def bought(till: Till, account: UUID) -> tuple[Cart, UUID]:
    """Something that was paid with two tenders and has left."""
    old = await till.shop.product(price=100_00)
    cart = await till.cart(old)
    rest = TenderChoice(Tender.gateway, "stripe", "pm_ok", "https://shop.test/back")
    await buy(till, cart, gift(account, GIFT), rest)
    await till.settle()
    await sent(till, cart)
    return cart, old


@pytest.mark.slow
@pytest.mark.parametrize("dearer", [False], ids=["a-refund"])
async def test_whatever_step_is_the_last_one_money_moves_once_and_books_agree(
    retailer: Shop,
    database: Database,
    database_url: str,
    clock: FixedClock,
    settings: Settings,
    other: Stripe,
    dearer: bool,
) -> None:
    till = Till(retailer, database, clock, settings, SimulatedGateway())
    connected = msgspec.structs.replace(
        settings, stripe_secret_key=KEY, stripe_webhook_secret=SECRET, stripe_url=other.url
    )
    till.gateways = Gateways(StripeGateway(connected), till.bank)
    till.ports.add(Gateways, till.gateways)
    step, died = 0, True
    while died:
        step += 1
        account = await card(till, GIFT)
        cart, old = await bought(till, account)
        new = await till.shop.product(price=150_00) if dearer else None
        before, id = await till.stock(old), new_id()
        died = await dies(database_url, other, clock, step, id, cart.id, cart.lines[0].id, new)
        await swept(till)
        await at_the_counter(database, till.gateways, id, cart.id, cart.lines[0].id, new)
        await swept(till)
        seen = await till.order(cart)
        (back,) = seen.returns
        assert back.state is ReturnState.settled, (step, back)
        assert (await till.stock(old))["oslo"][0] == before["oslo"][0] + 1
        given = sum(one.returned for one in seen.payments)
        if dearer:
            assert [one.state for one in seen.changes] == [ChangeState.applied], (step, seen.changes)
            assert (given, back.exchanged) == (0, 100_00)
        else:
            assert given == back.gross == back.refunded, (step, seen.payments)
        assert orders.balance(seen.order, seen.lines, seen.payments, seen.returns).due == 0
        assert (await has(till, account))[1] == 0
        await agree(till)
    assert step > FEWEST
    assert await differences(database, till.gateways, days=9_999) == []
