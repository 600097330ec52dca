"""A process that completes a cart with two tenders is killed after each step; the sweepers finish what it began."""

import asyncio
import signal
import sys
from collections.abc import Iterator

import msgspec
import pytest
from tests.carts.conftest import Shop
from tests.connectors.stripes import KEY, SECRET, Stripe, simulator
from tests.live import ROOT
from tests.orders.conftest import Till
from tests.orders.conftest import retailer as retailer
from tests.orders.crediting import card, has
from tests.simulators.gateway import SimulatedGateway

from torg.carts import Cart, CartState
from torg.commands.payments import differences
from torg.connectors.stripe.gateway import StripeGateway
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.orders import OrderState
from torg.payments import Gateways
from torg.settings import Settings

FEWEST = 3
"""Prepared, answered, placed."""


@pytest.fixture(scope="module")
def other() -> Iterator[Stripe]:
    """The gateway, which outlives who asked it."""
    with simulator() as running:
        yield running


async def dies(
    database_url: str, other: Stripe, cart: Cart, account: object, clock: FixedClock, step: int
) -> bool:
    """Let a process buy the cart and die at a step; False when it was through before."""
    wanted = [database_url, other.url, str(cart.id), str(account), str(cart.totals.gross)]
    wanted += [clock.now().isoformat(), str(step)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.stories.dying", *wanted, cwd=ROOT, env={"PYTHONPATH": f"{ROOT}/src"}
    )
    code = await asyncio.wait_for(process.wait(), 60)
    assert code in {0, -signal.SIGKILL}, code
    return code != 0


@pytest.mark.slow
async def test_whatever_step_is_the_last_one_the_order_is_placed_and_paid_once(
    retailer: Shop,
    database: Database,
    database_url: str,
    clock: FixedClock,
    settings: Settings,
    other: Stripe,
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
        died = await dies(database_url, other, cart, account, clock, step)
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
