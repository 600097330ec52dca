"""A card at the counter: started, waited for, cancelled, its answer lost, and reversed; through a driver of its own."""

import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from tests.connectors.stripes import Stripe as Program
from tests.connectors.stripes import running
from tests.live import ROOT, free_port
from tests.payments.steps import PRICE, fresh, start, told
from tests.payments.test_move import CASHIER

from torg.connectors.terminal import Terminals, plugged_in
from torg.kernel.access import SYSTEM, VISITOR
from torg.kernel.access.model import SignInNeeded
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.errors import Forbidden, Invalid
from torg.payments import CallbackNotGenuine, Gateways, Payment, PaymentState, ask, look_again, record, sweep
from torg.payments.model import TerminalNeedsStore, TooMuchToRefund
from torg.payments.move import refund
from torg.settings import Settings


@pytest.fixture(scope="module")
def driver() -> Iterator[Program]:
    """The driver."""
    port = free_port()
    with running([sys.executable, "-m", "tests.simulators.terminal", str(port)], port, ROOT) as program:
        yield program


@pytest.fixture
def terminals(driver: Program, settings: Settings) -> Terminals:
    """Two terminals in Oslo."""
    driver.play("_behave")
    (found,) = plugged_in(
        msgspec.structs.replace(settings, terminals_url=driver.url, terminals="oslo-1 oslo-2")
    )
    return found


async def pay(database: Database, terminals: Terminals, **how: Any) -> Payment:
    """A cashier starts a payment at the first terminal."""
    gateways = Gateways(terminals)
    asked = {"store": "oslo", "by": CASHIER, "return_url": None, **how}
    _, errand = await database.run(lambda tx: start(tx, gateways, "oslo-1", **asked))
    assert errand is not None
    answer = await ask(gateways, errand)
    return await database.run(lambda tx: record(tx, errand, answer))


async def look(database: Database, terminals: Terminals, payment: Payment) -> Payment:
    return await look_again(database, Gateways(terminals), payment.order_id, payment.id, asked=True)


@pytest.mark.parametrize(
    ("card", "state", "captured"),
    [("approves", PaymentState.captured, PRICE.amount), ("declines", PaymentState.declined, 0)],
)
async def test_the_till_asks_what_became_of_the_card(
    database: Database, terminals: Terminals, driver: Program, card: str, state: PaymentState, captured: int
) -> None:
    payment = await pay(database, terminals)
    assert (payment.state, payment.method) == (PaymentState.pending, "oslo-1")
    driver.play(f"_card/{payment.id.hex}", **{"as": card})
    payment = await look(database, terminals, payment)
    assert (payment.state, payment.captured, payment.capturable) == (state, captured, 0)


@pytest.mark.parametrize("lost", ["lose_request", "lose_answer"])
async def test_a_lost_answer_is_asked_for_and_nobody_pays_twice(
    database: Database, clock: FixedClock, terminals: Terminals, driver: Program, lost: str
) -> None:
    driver.play("_behave", **{lost: 1})
    payment = await pay(database, terminals)
    assert payment.state is PaymentState.created
    clock.move(seconds=31)
    payment = await look(database, terminals, payment)
    assert payment.state is PaymentState.pending
    driver.play(f"_card/{payment.id.hex}", **{"as": "approves"})
    assert (await look(database, terminals, payment)).captured == PRICE.amount
    assert [one["id"] for one in driver.play("_books")].count(payment.id.hex) == 1


async def test_a_terminal_that_nobody_pays_at_stops_waiting(
    database: Database, clock: FixedClock, terminals: Terminals, driver: Program
) -> None:
    payment = await pay(database, terminals)
    clock.move(minutes=16)
    await sweep(database, Gateways(terminals))
    assert (await fresh(database, payment)).state is PaymentState.expired
    with pytest.raises(Exception, match="409"):
        driver.play(f"_card/{payment.id.hex}", **{"as": "approves"})


async def test_what_was_paid_is_reversed_once_and_never_more_than_that(
    database: Database, clock: FixedClock, terminals: Terminals, driver: Program
) -> None:
    payment = await pay(database, terminals)
    driver.play(f"_card/{payment.id.hex}", **{"as": "approves"})
    payment = await look(database, terminals, payment)
    gateways = Gateways(terminals)
    driver.play("_behave", lose_answer=1)
    await refund(database, gateways, payment.order_id, payment.id, 9_900, reason="x", by=SYSTEM)
    clock.move(seconds=31)
    await sweep(database, gateways)
    payment = await fresh(database, payment)
    assert (payment.refunded, payment.refundable) == (9_900, 10_000)
    with pytest.raises(TooMuchToRefund):
        await refund(database, gateways, payment.order_id, payment.id, 10_001, reason="x", by=SYSTEM)
    (book,) = [one for one in driver.play("_books") if one["id"] == payment.id.hex]
    assert book["reversed"] == 9_900
    assert await told(database, payment) == ["payment.captured", "payment.refunded"]


async def test_a_terminal_is_for_the_counter_and_for_who_may_take_money_there(
    database: Database, terminals: Terminals
) -> None:
    with pytest.raises(TerminalNeedsStore):
        await pay(database, terminals, store=None)
    for nobody, where in ((VISITOR, "oslo"), (CASHIER, "bergen")):
        with pytest.raises((Forbidden, SignInNeeded)):
            await pay(database, terminals, by=nobody, store=where)
    with pytest.raises(Invalid):
        await database.run(
            lambda tx: start(tx, Gateways(terminals), "oslo-9", store="oslo", by=CASHIER, return_url=None)
        )
    with pytest.raises(CallbackNotGenuine):
        await terminals.parse_callback({}, b"{}", at=database.clock.now())


def test_without_a_driver_there_are_none(settings: Settings) -> None:
    assert plugged_in(settings) == ()
