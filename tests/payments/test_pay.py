"""A payment through a gateway that may be slow, silent or wrong."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.payments.steps import PRICE, fresh, pay, start, told
from tests.simulators.gateway import SimulatedGateway

from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, InsideTransaction, Transaction
from torg.kernel.errors import Invalid
from torg.payments import (
    CallbackNotGenuine,
    Charge,
    Gateways,
    PaymentState,
    Standing,
    Tender,
    ask,
    look_again,
    of_order,
    record,
    sweep,
)
from torg.payments.callback import hear
from torg.payments.model import (
    GatewayNotOffered,
    TenderChoice,
)


@pytest_asyncio.fixture(autouse=True)
async def no_payments(database: Database) -> None:
    """A sweeper looks at every payment there is, so each test begins without any."""
    await database.run(
        lambda tx: tx.execute("TRUNCATE payments, payment_attempts, payment_disputes, refunds")
    )


async def test_a_payment_is_authorised(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway)
    assert payment == await fresh(database, payment)
    assert payment.state is PaymentState.authorised
    assert (payment.authorised, payment.secured) == (PRICE.amount, PRICE.amount)
    assert await told(database, payment) == ["payment.authorised"]


async def test_a_payment_is_declined_and_says_why(database: Database) -> None:
    payment = await pay(database, SimulatedGateway(), "decline")
    assert (payment.state, payment.code) == (PaymentState.declined, "no-money")
    assert await told(database, payment) == ["payment.failed"]


async def test_a_gateway_that_needs_the_customer_says_where(database: Database) -> None:
    payment = await pay(database, SimulatedGateway(), "second_step")
    assert payment.state is PaymentState.needs_action
    assert payment.action_url == f"https://bank.test/sim_{payment.id.hex}"
    assert await told(database, payment) == []


async def test_a_gateway_is_never_asked_inside_a_transaction(tx: Transaction) -> None:
    gateway = SimulatedGateway()
    _, errand = await start(tx, Gateways(gateway))
    assert errand is not None
    with pytest.raises(InsideTransaction):
        await ask(Gateways(gateway), errand)
    assert gateway.asked == []


async def test_a_gateway_or_method_that_is_not_there_is_refused_and_nothing_is_written(
    tx: Transaction,
) -> None:
    gateways = Gateways(SimulatedGateway())
    with pytest.raises(Invalid) as wrong:
        await start(tx, gateways, "gold")
    assert [problem.field for problem in wrong.value.problems] == ["payment.method"]
    with pytest.raises(GatewayNotOffered):
        gateways.get("stripe")
    assert await tx.one(int, "SELECT count(*) FROM payments") == 0


@pytest.mark.parametrize("lost", ["lose_next_answer", "lose_next_request"])
async def test_an_answer_or_request_that_was_lost_is_looked_up_and_charged_once(
    database: Database, clock: FixedClock, lost: str
) -> None:
    gateway = SimulatedGateway()
    setattr(gateway, lost, True)
    payment = await pay(database, gateway)
    assert payment.state is PaymentState.created
    assert await sweep(database, Gateways(gateway)) == 0
    clock.move(seconds=6)
    assert await sweep(database, Gateways(gateway)) == 1
    payment = await fresh(database, payment)
    assert payment.state is PaymentState.authorised
    assert gateway.live_money() == PRICE.amount
    assert await sweep(database, Gateways(gateway)) == 0


async def test_a_process_that_dies_after_asking_leaves_nothing_undone(
    database: Database, clock: FixedClock
) -> None:
    gateway = SimulatedGateway()
    payment, errand = await database.run(lambda tx: start(tx, Gateways(gateway)))
    assert errand is not None
    await ask(Gateways(gateway), errand)  # and the answer dies with the process
    clock.move(seconds=29)
    assert await sweep(database, Gateways(gateway)) == 0
    clock.move(seconds=2)
    await sweep(database, Gateways(gateway))
    assert (await fresh(database, payment)).state is PaymentState.authorised
    assert gateway.live_money() == PRICE.amount
    assert await told(database, payment) == ["payment.authorised"]


async def test_an_answer_that_comes_after_the_sweeper_has_asked_changes_nothing(
    database: Database, clock: FixedClock
) -> None:
    gateway = SimulatedGateway()
    payment, errand = await database.run(lambda tx: start(tx, Gateways(gateway)))
    assert errand is not None
    answer = await ask(Gateways(gateway), errand)
    clock.move(minutes=1)
    await sweep(database, Gateways(gateway))
    before = await fresh(database, payment)
    assert await database.run(lambda tx: record(tx, errand, answer)) == before
    assert await fresh(database, payment) == before
    assert await told(database, payment) == ["payment.authorised"]


async def test_a_callback_before_the_answer_is_heard_once(database: Database) -> None:
    gateway = SimulatedGateway()
    payment, errand = await database.run(lambda tx: start(tx, Gateways(gateway)))
    assert errand is not None
    answer = await ask(Gateways(gateway), errand)
    gateway.call(payment.id)
    headers, body = gateway.callbacks[0]
    heard = await hear(database, Gateways(gateway), "sim", headers, body)
    assert heard is not None and heard.state is PaymentState.authorised
    recorded = await database.run(lambda tx: record(tx, errand, answer))
    assert recorded.state is PaymentState.authorised
    assert await told(database, payment) == ["payment.authorised"]
    assert await sweep(database, Gateways(gateway)) == 0


async def test_callbacks_that_come_twice_and_in_the_wrong_order_are_told_once(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway, "delay")
    gateway.call(payment.id)
    gateway.decide(payment.id, PaymentState.authorised)
    gateway.call(payment.id)
    for headers, body in [*reversed(gateway.callbacks), *gateway.callbacks]:
        await hear(database, Gateways(gateway), "sim", headers, body)
    assert (await fresh(database, payment)).state is PaymentState.authorised
    assert await told(database, payment) == ["payment.authorised"]


async def test_the_same_callback_many_times_at_once_is_told_once(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway, "delay")
    gateway.decide(payment.id, PaymentState.authorised)
    gateway.call(payment.id)
    headers, body = gateway.callbacks[0]
    await asyncio.gather(*(hear(database, Gateways(gateway), "sim", headers, body) for _ in range(8)))
    assert await told(database, payment) == ["payment.authorised"]


async def test_a_forged_callback_changes_nothing(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway, "delay")
    gateway.decide(payment.id, PaymentState.authorised)
    gateway.call(payment.id)
    _, body = gateway.callbacks[0]
    with pytest.raises(CallbackNotGenuine):
        await hear(database, Gateways(gateway), "sim", {"sim-signature": "forged"}, body)
    assert await fresh(database, payment) == payment


async def test_a_gateway_cannot_speak_for_the_payments_of_another(database: Database) -> None:
    class Other(SimulatedGateway):
        code = "other"

    gateway, other = SimulatedGateway(), Other()
    payment = await pay(database, gateway, "delay")
    gateway.decide(payment.id, PaymentState.authorised)
    gateway.call(payment.id)
    headers, body = gateway.callbacks[0]
    with pytest.raises(CallbackNotGenuine):
        await hear(database, Gateways(gateway, other), "other", headers, body)
    assert await fresh(database, payment) == payment


async def test_a_gateway_that_never_calls_is_asked(database: Database, clock: FixedClock) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway, "delay")
    for _ in range(3):
        clock.move(minutes=1)
        await sweep(database, Gateways(gateway))
    assert (await fresh(database, payment)).state is PaymentState.pending
    gateway.decide(payment.id, PaymentState.authorised)
    clock.move(minutes=1)
    await sweep(database, Gateways(gateway))
    assert (await fresh(database, payment)).state is PaymentState.authorised


async def test_a_gateway_that_hangs_when_it_is_asked_how_a_payment_stands_counts_as_silent(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(SimulatedGateway):
        async def query(self, charge: Charge) -> Standing | None:
            await asyncio.sleep(5)
            return await super().query(charge)

    gateway = Hanging()
    payment = await pay(database, gateway, "delay")
    monkeypatch.setattr("torg.payments.look.PATIENCE", 0.01, raising=False)
    gateway.decide(payment.id, PaymentState.authorised)
    found = await look_again(database, Gateways(gateway), payment.order_id, payment.id, asked=True)
    assert found.state is PaymentState.pending


async def test_a_customer_who_comes_back_makes_the_gateway_asked_at_once(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway, "second_step")
    gateway.decide(payment.id, PaymentState.authorised)
    found = await look_again(database, Gateways(gateway), payment.order_id, payment.id, asked=True)
    assert found.state is PaymentState.authorised
    assert found == await fresh(database, payment)


async def test_a_payment_that_nobody_finishes_expires_and_holds_nothing_at_the_gateway(
    database: Database, clock: FixedClock
) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway, "second_step")
    clock.move(minutes=16)
    await sweep(database, Gateways(gateway))
    payment = await fresh(database, payment)
    assert payment.state is PaymentState.expired
    assert gateway.books[payment.id].voided
    gateway.decide(payment.id, PaymentState.authorised)
    assert gateway.live_money() == 0
    assert await told(database, payment) == ["payment.failed"]


async def test_money_that_turns_up_after_we_gave_up_is_let_go(database: Database, clock: FixedClock) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway, "delay")
    clock.move(minutes=16)
    await sweep(database, Gateways(gateway))
    gateway.books[payment.id].state = PaymentState.authorised  # a gateway that lost our giving up
    gateway.call(payment.id)
    headers, body = gateway.callbacks[0]
    await hear(database, Gateways(gateway), "sim", headers, body)
    assert gateway.live_money() == PRICE.amount
    await sweep(database, Gateways(gateway))
    assert gateway.live_money() == 0
    clock.move(minutes=1)
    await sweep(database, Gateways(gateway))
    assert (await fresh(database, payment)).check_at is None
    assert await told(database, payment) == ["payment.failed"]


async def test_a_storm_of_lost_requests_answers_and_callbacks_ends_with_books_that_agree(
    database: Database, clock: FixedClock
) -> None:
    gateway = SimulatedGateway(seed=11, lose_request=0.25, lose_answer=0.25)
    gateways = Gateways(gateway)
    payments = [await pay(database, gateway, "chaos") for _ in range(40)]
    for _ in range(25):
        for payment in payments:
            if payment.id in gateway.books:
                if gateway.random.random() < 0.3:
                    gateway.decide(
                        payment.id, gateway.random.choice([PaymentState.authorised, PaymentState.declined])
                    )
                gateway.call(payment.id)
        gateway.random.shuffle(gateway.callbacks)
        for headers, body in gateway.callbacks[:30]:
            await hear(database, gateways, "sim", headers, body)
        clock.move(minutes=1)
        await sweep(database, gateways)
    gateway.lose_request = gateway.lose_answer = 0.0
    for _ in range(20):
        clock.move(minutes=10)
        await sweep(database, gateways)
    for payment in payments:
        found = await fresh(database, payment)
        book = gateway.books[payment.id]
        assert not found.state.open
        assert (found.state.failed, found.captured) == (book.state.failed, book.captured)
        assert len(await told(database, payment)) == 1
    assert gateway.live_money() == sum([(await fresh(database, p)).secured for p in payments])


def test_choices_and_leases_fit_together() -> None:
    from torg.payments.errands import PATIENCE
    from torg.payments.rules import LEASE

    assert timedelta(seconds=PATIENCE) < LEASE
    assert replace(TenderChoice(Tender.cash), gateway="x").gateway == "x"


async def test_an_order_without_payments_has_none(tx: Transaction) -> None:
    payment, _ = await start(tx, Gateways(SimulatedGateway()))
    assert [found.id for found in await of_order(tx, payment.order_id)] == [payment.id]
    assert await of_order(tx, payment.id) == []
