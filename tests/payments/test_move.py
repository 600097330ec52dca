"""Money that is taken, goes back and is handed out: once, and never more than there is."""

import asyncio

import pytest
import pytest_asyncio
from tests.payments.steps import PRICE, fresh, pay, start, told
from tests.simulators.gateway import SimulatedGateway

from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, Grant, RightMissing, SignInNeeded
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, Transaction
from torg.payments import (
    Charge,
    GatewayRefused,
    Gateways,
    PaymentBusy,
    PaymentState,
    Standing,
    Tender,
    capture,
    hear,
    return_money,
    sweep,
    verify_payments,
)
from torg.payments.model import (
    CashNeedsStore,
    RefundSettled,
    RefundState,
    TooMuchToCapture,
    TooMuchToRefund,
)
from torg.payments.move import hand_out, refund
from torg.payments.store import refunds

CASHIER = Actor(
    ActorKind.staff, "ola", (Grant(frozenset({"payments:cash", "payments:refund"}), frozenset({"oslo"})),)
)


@pytest_asyncio.fixture(autouse=True)
async def no_payments(database: Database) -> None:
    """A sweeper looks at every payment there is, so each test begins without any."""
    await database.run(
        lambda tx: tx.execute("TRUNCATE payments, payment_attempts, payment_disputes, refunds")
    )


async def test_two_captures_at_once_take_no_more_than_was_authorised(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway)
    gateways = Gateways(gateway)
    done = await asyncio.gather(
        *(capture(database, gateways, payment.order_id, payment.id, 15_000, by=SYSTEM) for _ in range(4)),
        return_exceptions=True,
    )
    assert [type(result) for result in done].count(TooMuchToCapture) == 3
    payment = await fresh(database, payment)
    assert (payment.captured, gateway.books[payment.id].captured) == (15_000, 15_000)
    payment = await capture(database, gateways, payment.order_id, payment.id, None, by=SYSTEM)
    assert payment.captured == PRICE.amount


async def test_a_capture_that_is_repeated_under_its_id_is_done_once(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway)
    for _ in range(2):
        await capture(
            database, Gateways(gateway), payment.order_id, payment.id, 5_000, by=SYSTEM, id=payment.order_id
        )
    assert gateway.books[payment.id].captured == 5_000


async def test_a_capture_whose_answer_was_lost_is_asked_again_and_taken_once(
    database: Database, clock: FixedClock
) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway)
    gateway.lose_next_answer = True
    await capture(database, Gateways(gateway), payment.order_id, payment.id, None, by=SYSTEM)
    assert (await fresh(database, payment)).captured == 0
    clock.move(minutes=1)
    await sweep(database, Gateways(gateway))
    assert (await fresh(database, payment)).captured == PRICE.amount
    assert gateway.books[payment.id].captured == PRICE.amount


async def test_a_capture_that_the_gateway_refuses_leaves_the_money_to_be_taken_and_says_so(
    database: Database,
) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway)
    gateway.books[payment.id].captured = 1
    after = await capture(database, Gateways(gateway), payment.order_id, payment.id, None, by=SYSTEM)
    assert (after.captured, after.capturable) == (0, PRICE.amount)
    assert (await told(database, payment))[-1] == "payment.attempt_refused"


async def test_refunds_at_once_give_back_no_more_than_was_taken(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway, "direct")
    done = await asyncio.gather(
        *(
            refund(database, Gateways(gateway), payment.order_id, payment.id, 8_000, reason="worn", by=SYSTEM)
            for _ in range(5)
        ),
        return_exceptions=True,
    )
    assert [type(result) for result in done].count(TooMuchToRefund) == 3
    assert gateway.books[payment.id].refunded == (await fresh(database, payment)).refunded == 16_000


async def test_a_refund_whose_answer_was_lost_goes_back_once(database: Database, clock: FixedClock) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway, "direct")
    gateway.lose_next_answer = True
    asked = await refund(
        database, Gateways(gateway), payment.order_id, payment.id, 8_000, reason="worn", by=SYSTEM
    )
    assert asked.state is RefundState.requested
    clock.move(minutes=1)
    await sweep(database, Gateways(gateway))
    found = await database.read(lambda tx: refunds(tx, payment.order_id))
    assert [(r.state, r.amount) for r in found] == [(RefundState.done, 8_000)]
    assert gateway.books[payment.id].refunded == 8_000


async def test_money_is_returned_whichever_way_it_stands(database: Database) -> None:
    gateway = SimulatedGateway()
    for method in ("ok", "direct", "second_step", "delay", "decline"):
        payment = await pay(database, gateway, method)
        for _ in range(2):
            await return_money(database, Gateways(gateway), payment.order_id, reason="cancelled", by=SYSTEM)
        gateway.decide(payment.id, PaymentState.authorised)
        assert (await fresh(database, payment)).secured == 0
    assert gateway.live_money() == 0


async def test_money_is_not_returned_while_it_is_being_taken(database: Database, clock: FixedClock) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway)
    gateway.lose_next_answer = True
    await capture(database, Gateways(gateway), payment.order_id, payment.id, None, by=SYSTEM)
    with pytest.raises(PaymentBusy):
        await return_money(database, Gateways(gateway), payment.order_id, reason="cancelled", by=SYSTEM)
    clock.move(minutes=1)
    await sweep(database, Gateways(gateway))
    await return_money(database, Gateways(gateway), payment.order_id, reason="cancelled", by=SYSTEM)
    assert gateway.live_money() == 0


async def test_cash_is_taken_in_a_store_by_who_may(tx: Transaction) -> None:
    gateways = Gateways(SimulatedGateway())
    with pytest.raises(CashNeedsStore):
        await start(tx, gateways, tender=Tender.cash)
    with pytest.raises(RightMissing):
        await start(tx, gateways, tender=Tender.cash, store="bergen", by=CASHIER)
    with pytest.raises(SignInNeeded):
        await start(tx, gateways, tender=Tender.cash, store="oslo", by=VISITOR)
    assert await tx.one(int, "SELECT count(*) FROM payments") == 0
    payment, errand = await start(tx, gateways, tender=Tender.cash, store="oslo", by=CASHIER)
    assert errand is None
    assert (payment.state, payment.captured) == (PaymentState.captured, PRICE.amount)


async def test_cash_that_goes_back_is_handed_out_once(database: Database) -> None:
    gateways = Gateways(SimulatedGateway())
    payment, _ = await database.run(
        lambda tx: start(tx, gateways, tender=Tender.cash, store="oslo", by=CASHIER)
    )
    asked = await refund(
        database, gateways, payment.order_id, payment.id, 900, reason="scratched", by=CASHIER
    )
    assert asked.state is RefundState.requested
    paid = await database.run(lambda tx: hand_out(tx, payment.order_id, asked.id, by=CASHIER))
    assert paid.state is RefundState.done
    with pytest.raises(RefundSettled):
        await database.run(lambda tx: hand_out(tx, payment.order_id, asked.id, by=CASHIER))
    assert (await fresh(database, payment)).refunded == 900


async def test_capturing_and_refunding_need_their_rights(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await pay(database, gateway, "direct")
    with pytest.raises(RightMissing):
        await capture(database, Gateways(gateway), payment.order_id, payment.id, None, by=CASHIER)
    with pytest.raises(RightMissing):
        await refund(database, Gateways(gateway), payment.order_id, payment.id, None, reason="no", by=CASHIER)
    assert await fresh(database, payment) == payment


async def test_the_database_itself_refuses_money_that_does_not_add_up(database: Database) -> None:
    payment = await pay(database, SimulatedGateway(), "direct")
    for column in ("refunded", "refund_claimed", "captured", "capture_claimed", "authorised"):
        with pytest.raises(Exception, match="payments_money"):
            query = f"UPDATE payments SET {column} = {column} + 20000 WHERE order_id = %(id)s"
            async with database.transaction() as tx:
                await tx.execute(query, id=payment.order_id)


async def test_a_refund_that_the_bank_sends_back_later_is_due_again_and_told_once(database: Database) -> None:
    gateway = SimulatedGateway()
    payment, gateways = await pay(database, gateway, "direct"), Gateways(gateway)
    given = await refund(database, gateways, payment.order_id, payment.id, 8_000, reason="x", by=SYSTEM)
    assert given.state is RefundState.done
    gateway.call(payment.id)
    gateway.send_back(payment.id, given.id.hex, 8_000)
    gateway.call(payment.id)
    for headers, body in (gateway.callbacks[1], gateway.callbacks[0], gateway.callbacks[1]):
        await hear(database, gateways, "sim", headers, body)
    payment = await fresh(database, payment)
    assert (payment.refunded, payment.refund_claimed, payment.refund_failed) == (0, 0, 8_000)
    assert (payment.secured, payment.refundable) == (PRICE.amount, PRICE.amount)
    (known,) = await database.read(lambda tx: refunds(tx, payment.order_id))
    assert (known.state, known.code) == (RefundState.refused, "account-closed")
    assert (await told(database, payment)).count("payment.refund_failed") == 1
    assert await database.read(lambda tx: verify_payments(tx, by=SYSTEM)) == []
    again = await refund(database, gateways, payment.order_id, payment.id, 8_000, reason="x", by=SYSTEM)
    assert (again.state, gateway.books[payment.id].refunded) == (RefundState.done, 8_000)
    assert (await fresh(database, payment)).refunded == 8_000


async def test_a_refund_that_failed_before_its_answer_came_is_refused(
    database: Database, clock: FixedClock
) -> None:
    gateway = SimulatedGateway()
    payment, gateways = await pay(database, gateway, "direct"), Gateways(gateway)
    gateway.lose_next_answer = True
    given = await refund(database, gateways, payment.order_id, payment.id, 8_000, reason="x", by=SYSTEM)
    assert given.state is RefundState.requested
    gateway.send_back(payment.id, given.id.hex, 8_000)
    gateway.call(payment.id)
    await hear(database, gateways, "sim", *gateway.callbacks[0])
    clock.move(minutes=1)
    await sweep(database, gateways)
    payment = await fresh(database, payment)
    assert (payment.refunded, payment.refund_claimed) == (0, 0)
    (known,) = await database.read(lambda tx: refunds(tx, payment.order_id))
    assert known.state is RefundState.refused
    assert await database.read(lambda tx: verify_payments(tx, by=SYSTEM)) == []


async def test_what_is_left_of_an_authorisation_of_which_a_part_was_taken_is_let_go_of(
    database: Database,
) -> None:
    gateway = SimulatedGateway()
    payment, gateways = await pay(database, gateway), Gateways(gateway)
    await capture(database, gateways, payment.order_id, payment.id, 5_000, by=SYSTEM)
    for _ in range(2):
        await return_money(database, gateways, payment.order_id, reason="cancelled", by=SYSTEM)
    payment = await fresh(database, payment)
    assert (payment.state, payment.refunded, payment.released) == (PaymentState.captured, 5_000, 14_900)
    assert (payment.secured, payment.capturable) == (0, 0)
    book = gateway.books[payment.id]
    assert (book.captured, book.refunded, book.released) == (5_000, 5_000, 14_900)
    assert gateway.asked == ["authorise", "capture", "refund", "void"]


async def test_a_gateway_that_does_not_let_go_of_a_part_gives_back_the_rest_and_is_asked_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = SimulatedGateway()
    payment, gateways = await pay(database, gateway), Gateways(gateway)
    await capture(database, gateways, payment.order_id, payment.id, 5_000, by=SYSTEM)

    async def no(charge: Charge, key: str) -> Standing:
        gateway.asked.append("void")
        raise GatewayRefused(reason="partly-captured")

    monkeypatch.setattr(gateway, "void", no)
    for _ in range(3):
        await return_money(database, gateways, payment.order_id, reason="cancelled", by=SYSTEM)
    assert (await fresh(database, payment)).refunded == 5_000
    assert gateway.asked.count("void") == 1
