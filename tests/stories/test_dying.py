"""A process that completes a cart is killed after each step; the sweepers finish what it began."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio
from tests.carts.conftest import Shop
from tests.connectors.stripes import KEY, SECRET, Stripe, simulator
from tests.live import ROOT
from tests.orders.conftest import Till
from tests.orders.conftest import retailer as retailer
from tests.orders.crediting import card, has
from tests.orders.invoicing import agree, basket, buyer, company, debt, stands
from tests.simulators.gateway import SimulatedGateway
from tests.stories.dying import Purchase

from torg.carts import Cart, CartState
from torg.commands.payments import differences
from torg.connectors.stripe.gateway import StripeGateway
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.orders import OrderState
from torg.orders.documents import check
from torg.payments import Gateways, Tender
from torg.settings import Settings

FEWEST = 3
"""Prepared, answered, placed."""
FEWEST_ON_INVOICE = 1
"""What asks no gateway is placed by the transaction that prepares it."""


@pytest.fixture(scope="module")
def other() -> Iterator[Stripe]:
    """The gateway, which outlives who asked it."""
    with simulator() as running:
        yield running


class Killing:
    """Processes that buy, each of which dies at a step."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, stripe: str, clock: FixedClock) -> None:
        self.process = process
        self.url = url
        self.stripe = stripe
        self.clock = clock

    async def dies(self, cart: Cart, card: UUID | None, step: int) -> bool:
        """Let one buy the cart and die at a step; False when it was through before."""
        assert self.process.stdin is not None and self.process.stdout is not None
        now = self.clock.now()
        wanted = Purchase(self.url, self.stripe, cart.id, card, cart.totals.gross, now, step)
        self.process.stdin.write(msgspec.json.encode(wanted) + b"\n")
        code = int(await asyncio.wait_for(self.process.stdout.readline(), 60))
        assert code in {0, -signal.SIGKILL}, code
        return code != 0


@pytest_asyncio.fixture
async def killing(database_url: str, other: Stripe, clock: FixedClock) -> AsyncIterator[Killing]:
    """Where buyers die."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.stories.dying"),
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}/src"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield Killing(process, database_url, other.url, clock)
    assert process.stdin is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 60) == 0


@pytest.mark.slow
async def test_whatever_step_is_the_last_one_the_order_is_placed_and_paid_once(
    retailer: Shop,
    database: Database,
    clock: FixedClock,
    settings: Settings,
    other: Stripe,
    killing: Killing,
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
        variant = await till.shop.product(stock={"lager-oslo": 1})
        cart, account = await till.cart(variant), await card(till, 5_000)
        died = await killing.dies(cart, account, step)
        for _ in range(3):
            await till.pass_time(minutes=2)
        seen = await till.order(cart)
        assert seen.order.state is OrderState.placed, (step, seen)
        assert sum(payment.secured for payment in seen.payments) == seen.order.gross
        assert await has(till, account) == (4_000, 0)
        assert await till.stock(variant) == {"lager-oslo": (1, 0, 1)}
        assert (await till.cart_now(cart)).state is CartState.ordered
        assert (await till.told(cart)).count("order.placed") == 1
        charged = [one for one in other.books() if one["metadata"]["order"] == cart.id.hex]
        assert [one["amount"] for one in charged] == [seen.order.gross - 1_000]
    assert step > FEWEST
    assert await differences(database, till.gateways, days=9_999) == []


@pytest.mark.slow
async def test_whatever_step_is_the_last_one_a_company_owes_for_its_order_once(
    retailer: Shop, database: Database, clock: FixedClock, settings: Settings, killing: Killing
) -> None:
    till = Till(retailer, database, clock, settings, SimulatedGateway())
    firm = await company(till)
    by, step, died, bought = await buyer(till, firm), 0, True, 0
    while died:
        step += 1
        cart = await basket(till, by)
        died = await killing.dies(cart, None, step)
        for _ in range(3):
            await till.pass_time(minutes=2)
        seen = await till.order(cart)
        assert seen.order.state is OrderState.placed, (step, seen)
        assert [(one.tender, one.captured) for one in seen.payments] == [(Tender.invoice, seen.order.gross)]
        assert (await till.told(cart)).count("order.placed") == 1
        assert [one.amount for one in (await debt(till, cart)).bills] == [seen.order.gross]
        bought += seen.order.gross
        assert await stands(till, firm) == (0, bought, 0)
        await agree(till)
    assert step > FEWEST_ON_INVOICE
    assert all(one.whole for one in await database.read(check))
