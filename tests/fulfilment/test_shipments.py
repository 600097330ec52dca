"""Goods leave in several shipments: each unit once, booked once, whatever happens in between."""

import asyncio

import pytest
from tests.fulfilment.conftest import Dock, boxes
from tests.orders.conftest import refused

from torg.fulfilment import (
    AlreadyLeft,
    FulfilmentState,
    ParcelState,
    Rejected,
    ShipmentState,
    WrongStep,
    reject,
    ship,
)
from torg.fulfilment.errors import WrongShipmentStep
from torg.fulfilment.shipments import errands, store
from torg.fulfilment.shipments.give_up import give_up
from torg.fulfilment.shipments.leave import send_off
from torg.inventory import RejectionReason
from torg.kernel.access import SYSTEM, VISITOR, SignInNeeded
from torg.kernel.errors import Invalid
from torg.kernel.ids import new_id
from torg.orders import cancel


async def test_it_leaves_in_parts_and_the_order_knows_each(dock: Dock) -> None:
    till = dock.till
    cart, planned, variant = await dock.order(3)
    first = await dock.booked(planned, 1, 1)
    assert first.state is ShipmentState.booked
    there = await dock.fulfilment(cart)
    assert there.state is FulfilmentState.picking
    assert [(p.tracking, p.state) for p in there.parcels] == [
        ("SIM000000", ParcelState.booked),
        ("SIM000001", ParcelState.booked),
    ]
    assert await till.stock(variant) == {"lager-oslo": (5, 0, 3)}
    sent = await till.database.run(lambda tx: send_off(tx, cart.id, first.id, by=SYSTEM))
    assert (sent.state, sent.lines[0].gone) == (FulfilmentState.picking, 2)
    assert await till.stock(variant) == {"lager-oslo": (3, 0, 1)}
    again = await till.database.run(lambda tx: send_off(tx, cart.id, first.id, by=SYSTEM))
    assert again.version == sent.version
    await till.settle()
    assert [line.gone for line in (await till.order(cart)).lines] == [2]
    second = await till.database.run(
        lambda tx: ship(tx, cart.id, planned.id, carrier="Bring", tracking="3700", by=SYSTEM)
    )
    assert (second.state, second.lines[0].gone) == (FulfilmentState.shipped, 3)
    await till.settle()
    assert [line.gone for line in (await till.order(cart)).lines] == [3]
    assert await till.stock(variant) == {"lager-oslo": (2, 0, 0)}
    number = (await till.order(cart)).order.number or ""
    assert len(await till.mails("fulfilment/shipped", number)) == 2


async def test_what_lies_in_a_parcel_is_neither_packed_again_nor_rejected(dock: Dock) -> None:
    _, planned, variant = await dock.order(3)
    shipment = await dock.booked(planned, 2)
    run = dock.till.database.run
    wrong = await refused(
        run(
            lambda tx: ship(
                tx, planned.order_id, planned.id, carrier="Bring", boxes=boxes(planned, [2]), by=SYSTEM
            )
        )
    )
    assert isinstance(wrong, Invalid)
    assert [p.code for p in wrong.problems] == ["more-than-to-send"]
    line = planned.lines[0]
    no = [Rejected(line.line_id, line.variant_id, 2, RejectionReason.no_time)]
    wrong = await refused(run(lambda tx: reject(tx, planned.order_id, planned.id, no, by=SYSTEM)))
    assert isinstance(wrong, Invalid)
    taken_back = await run(lambda tx: give_up(tx, planned.order_id, shipment.id, by=SYSTEM))
    assert taken_back.state is ShipmentState.cancelled
    rest = await run(lambda tx: reject(tx, planned.order_id, planned.id, no, by=SYSTEM))
    assert rest.lines[0].quantity == 1
    await dock.pass_time(minutes=2)
    assert dock.carrier.cancelled == ["sim-0"]
    assert await dock.till.stock(variant) == {"lager-oslo": (5, 0, 1)}


async def test_what_is_rejected_of_a_part_that_has_left_ends_it(dock: Dock) -> None:
    cart, planned, _ = await dock.order(3)
    run = dock.till.database.run
    await run(lambda tx: ship(tx, cart.id, planned.id, carrier="Bring", boxes=boxes(planned, [2]), by=SYSTEM))
    line = planned.lines[0]
    no = [Rejected(line.line_id, line.variant_id, 1, RejectionReason.damaged)]
    ended = await run(lambda tx: reject(tx, cart.id, planned.id, no, by=SYSTEM))
    assert (ended.state, ended.lines[0].quantity, ended.lines[0].gone) == (FulfilmentState.shipped, 2, 2)


async def test_two_who_ship_at_once_ship_once(dock: Dock) -> None:
    cart, planned, variant = await dock.order(3)
    run = dock.till.database.run
    tries = [
        run(lambda tx: ship(tx, cart.id, planned.id, carrier="Bring", boxes=boxes(planned, [2]), by=SYSTEM))
        for _ in range(4)
    ]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
    assert all(isinstance(answer, Invalid) for answer in answers if isinstance(answer, BaseException))
    assert await dock.till.stock(variant) == {"lager-oslo": (3, 0, 1)}


async def test_one_shipment_handed_over_by_many_at_once_leaves_once(dock: Dock) -> None:
    cart, planned, variant = await dock.order(3)
    shipment = await dock.booked(planned, 2)
    run = dock.till.database.run
    await asyncio.gather(*(run(lambda tx: send_off(tx, cart.id, shipment.id, by=SYSTEM)) for _ in range(6)))
    assert await dock.till.stock(variant) == {"lager-oslo": (3, 0, 1)}
    assert (await dock.fulfilment(cart)).lines[0].gone == 2


@pytest.mark.parametrize("round", range(4))
async def test_shipped_or_cancelled_never_both(dock: Dock, round: int) -> None:
    cart, planned, variant = await dock.order(2)
    shipment = await dock.booked(planned, 2)
    run = dock.till.database.run
    leaving = run(lambda tx: send_off(tx, cart.id, shipment.id, by=SYSTEM))
    ending = run(lambda tx: cancel(tx, cart.id, reason="late", by=SYSTEM))
    pair = (leaving, ending) if round % 2 else (ending, leaving)
    answers = await asyncio.gather(*pair, return_exceptions=True)
    won = [not isinstance(answer, BaseException) for answer in answers]
    assert sorted(won) == [False, True]
    there = (await dock.till.stock(variant))["lager-oslo"]
    state = (await dock.fulfilment(cart)).state
    if state is FulfilmentState.shipped:
        assert there == (3, 0, 0)
        assert any(isinstance(answer, AlreadyLeft) for answer in answers)
    else:
        assert (state, there) == (FulfilmentState.cancelled, (5, 0, 0))
        assert any(isinstance(answer, WrongShipmentStep | WrongStep) for answer in answers)
        assert (await dock.shipment(shipment)).state is ShipmentState.cancelled
        await dock.pass_time(minutes=2)
        assert dock.carrier.cancelled == ["sim-0"]


@pytest.mark.parametrize("mood", ["lost", "answer_lost"])
async def test_an_answer_that_was_lost_is_asked_for_again_and_booked_once(dock: Dock, mood: str) -> None:
    cart, planned, _ = await dock.order(3)
    dock.carrier.mood = mood
    shipment = await dock.booked(planned, 3)
    assert shipment.state is ShipmentState.booking
    await dock.pass_time(minutes=2)
    assert (await dock.shipment(shipment)).state is ShipmentState.booked
    assert dock.carrier.asked == [shipment.id.hex] * 2
    assert len(dock.carrier.booked) == 1
    assert [p.tracking for p in (await dock.fulfilment(cart)).parcels] == ["SIM000000"]


async def test_whoever_died_after_packing_is_made_up_for(dock: Dock) -> None:
    cart, planned, _ = await dock.order(3)
    shipment = await dock.packed(planned, 3)
    assert dock.carrier.asked == []
    await dock.pass_time(seconds=30)
    assert dock.carrier.asked == []
    await dock.pass_time(seconds=40)
    assert (await dock.shipment(shipment)).state is ShipmentState.booked
    (errand,) = await dock.till.database.read(lambda tx: store.errands(tx, cart.id, shipment.id))
    again = errands.Answer(booking=dock.carrier.booked[errand.key], done=True)
    before = await dock.shipment(shipment)
    await dock.till.database.run(lambda tx: errands.record(tx, errand, again))
    assert await dock.shipment(shipment) == before  # an answer that comes twice changes nothing


async def test_what_was_given_up_while_its_carrier_was_asked_is_cancelled_there(dock: Dock) -> None:
    cart, planned, _ = await dock.order(3)
    dock.carrier.mood = "answer_lost"
    shipment = await dock.booked(planned, 3)
    await dock.till.database.run(lambda tx: give_up(tx, cart.id, shipment.id, by=SYSTEM))
    await dock.pass_time(minutes=2)
    await dock.pass_time(minutes=2)
    assert (await dock.shipment(shipment)).state is ShipmentState.cancelled
    assert len(dock.carrier.cancelled) == 1
    (parcel,) = (await dock.fulfilment(cart)).parcels
    assert parcel.state is ParcelState.cancelled


async def test_what_a_carrier_refuses_can_be_packed_anew(dock: Dock) -> None:
    cart, planned, _ = await dock.order(3)
    dock.carrier.mood = "refuse"
    shipment = await dock.booked(planned, 3)
    assert (shipment.state, shipment.code) == (ShipmentState.refused, "too-heavy")
    wrong = await refused(dock.till.database.run(lambda tx: send_off(tx, cart.id, shipment.id, by=SYSTEM)))
    assert isinstance(wrong, WrongShipmentStep)
    dock.carrier.mood = "ok"
    assert (await dock.booked(planned, 2, 1)).state is ShipmentState.booked


async def test_the_same_call_twice_packs_once(dock: Dock) -> None:
    _, planned, _ = await dock.order(3)
    id = new_id()
    one, two = [await dock.packed(planned, 2, id=id) for _ in range(2)]
    assert one == two
    assert len(await dock.till.database.read(lambda tx: store.parcels(tx, one.order_id, id))) == 1


async def test_who_may_not_is_refused_and_nothing_is_packed(dock: Dock) -> None:
    cart, planned, _ = await dock.order(3)
    shipment = await dock.booked(planned, 1)
    for wish in (
        lambda tx: send_off(tx, cart.id, shipment.id, by=VISITOR),
        lambda tx: give_up(tx, cart.id, shipment.id, by=VISITOR),
        lambda tx: ship(tx, cart.id, planned.id, carrier="Bring", by=VISITOR),
    ):
        assert isinstance(await refused(dock.till.database.run(wish)), SignInNeeded)
    assert (await dock.shipment(shipment)).state is ShipmentState.booked
