"""Authorisations that end, and cards that are captured once: what is due is taken in time, not before the whole is."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.payments.steps import PRICE, fresh, pay, told
from tests.simulators.gateway import SimulatedGateway

from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.orders.rules import taken_now
from torg.payments import Gateways, Payment, PaymentState, Standing, capture, sweep
from torg.payments.ending import tell_ending
from torg.payments.errands import fold
from torg.payments.store import load


async def authorised_for_a_week(database: Database, gateway: SimulatedGateway) -> Payment:
    """A payment that its gateway lets go of in a week."""
    payment = await pay(database, gateway)
    standing = Standing(
        state=PaymentState.authorised,
        reference=str(payment.reference),
        currency="NOK",
        authorised=PRICE.amount,
        captures_once=True,
        authorised_until=database.clock.now() + timedelta(days=7),
    )

    async def keep(tx):
        return await fold(tx, await load(tx, payment.order_id, payment.id, lock=True), standing)

    return await database.run(keep)


async def test_an_authorisation_that_ends_is_told_a_day_before_and_once(
    database: Database, clock: FixedClock
) -> None:
    gateway = SimulatedGateway()
    payment = await authorised_for_a_week(database, gateway)
    taken = await authorised_for_a_week(database, gateway)
    await capture(database, Gateways(gateway), taken.order_id, taken.id, None, by=SYSTEM)
    clock.move(days=5, hours=23)
    await tell_ending(database)
    assert "payment.authorisation_ending" not in await told(database, payment)
    clock.move(hours=2)
    for _ in range(2):
        await tell_ending(database)
    assert (await told(database, payment)).count("payment.authorisation_ending") == 1
    assert "payment.authorisation_ending" not in await told(database, taken)


@pytest.mark.parametrize(
    ("once", "due", "days", "taken"),
    [
        (False, 100, 7, 100),
        (True, 100, 7, 0),
        (True, 19_900, 7, 19_900),
        (True, 100, 1, 100),
        (True, 30_000, 7, 19_900),
    ],
)
async def test_what_is_captured_once_waits_for_the_whole_or_for_its_end(
    database: Database, once: bool, due: int, days: int, taken: int
) -> None:
    payment = replace(await authorised_for_a_week(database, SimulatedGateway()), captures_once=once)
    assert payment.authorised_until is not None
    assert taken_now(payment, due, payment.authorised_until - timedelta(days=days)) == taken


async def test_what_was_let_go_of_cannot_be_taken_and_pays_for_nothing(database: Database) -> None:
    payment = await authorised_for_a_week(database, SimulatedGateway())
    standing = Standing(
        state=PaymentState.captured,
        reference=str(payment.reference),
        currency="NOK",
        authorised=PRICE.amount,
        captured=9_900,
        released=10_000,
    )

    async def keep(tx):
        return await fold(tx, await load(tx, payment.order_id, payment.id, lock=True), standing)

    payment = await database.run(keep)
    assert payment == await fresh(database, payment)
    assert (payment.capturable, payment.secured, payment.refundable) == (0, 9_900, 9_900)


async def test_what_becomes_of_an_authorisation_that_has_ended_is_asked_of_its_gateway(
    database: Database, clock: FixedClock
) -> None:
    gateway = SimulatedGateway()
    payment = await authorised_for_a_week(database, gateway)
    clock.move(days=6, hours=1)
    await tell_ending(database)
    assert (await fresh(database, payment)).ending_told
    gateway.books[payment.id].state = PaymentState.expired
    clock.move(days=1)
    await sweep(database, Gateways(gateway))
    payment = await fresh(database, payment)
    assert (payment.state, payment.secured, payment.check_at) == (PaymentState.expired, 0, None)
