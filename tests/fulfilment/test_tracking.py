"""What carriers tell of parcels: late, twice, out of order or never, it comes to the same."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import NOON
from tests.fulfilment.conftest import Dock
from tests.orders.conftest import refused
from tests.simulators.carrier import WAY

from torg.fulfilment import Carriers, FulfilmentState, ParcelState, Shipment
from torg.fulfilment.errors import AlreadySettled, CarrierCallNotGenuine
from torg.fulfilment.model import ParcelEnd
from torg.fulfilment.shipments.leave import send_off
from torg.fulfilment.sweep import sweep_tracking
from torg.fulfilment.tracking import rules, store
from torg.fulfilment.tracking.hear import hear_call, tell
from torg.fulfilment.tracking.settle import settle, troubles
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.errors import Invalid

GENUINE = {"sim-signature": "genuine"}
SEEN = st.lists(
    st.tuples(st.sampled_from(sorted(rules.TOLD)), st.integers(0, 50)), min_size=1, max_size=7, unique=True
)


@given(SEEN, st.randoms())
@settings(max_examples=300, deadline=None)
def test_in_whatever_order_it_is_told_it_comes_to_the_same(
    seen: list[tuple[ParcelState, int]], random: object
) -> None:
    def end(told: list[tuple[ParcelState, int]]) -> ParcelState:
        state, since = ParcelState.handed_over, NOON
        for kind, hours in told:
            at = NOON + timedelta(hours=hours)
            if rules.further(state, since, kind, at):
                state, since = kind, at
        return state

    assert len({end(list(order)) for order in list(permutations(seen))[:120]}) == 1


async def events(database: Database, type: str, shipment: Shipment) -> int:
    """How often that was told of the order."""
    query = """SELECT count(*) FROM (SELECT type, payload FROM outbox UNION ALL SELECT type, payload FROM feed) e
        WHERE type = %(type)s AND payload->>'order_id' = %(order)s"""
    return await database.read(lambda tx: tx.one(int, query, type=type, order=str(shipment.order_id)))


@pytest.mark.parametrize("seed", range(4))
async def test_dropped_doubled_and_reordered_calls_end_in_one_delivery(dock: Dock, seed: int) -> None:
    till, carrier = dock.till, dock.carrier
    carrier.random.seed(seed)
    cart, planned, variant = await dock.order(3)
    shipment = await dock.booked(planned, 2)
    number = (await dock.fulfilment(cart)).parcels[0].tracking or ""
    if seed % 2:  # else the carrier's first word is the proof that it has left
        await till.database.run(lambda tx: send_off(tx, cart.id, shipment.id, by=SYSTEM))
    seen = carrier.on_its_way(number, till.clock.now())
    till.clock.move(hours=8)
    for call in carrier.callbacks(seen):
        assert await hear_call(till.database, dock.carriers, "sim", GENUINE, call) == 1
    till.clock.move(hours=1)
    await sweep_tracking.run(till.work)
    await till.settle()
    there = await dock.fulfilment(cart)
    parcel = there.parcels[0]
    assert parcel.state is ParcelState.delivered
    assert parcel.delivered_at == seen[-1].at
    assert (there.state, there.lines[0].gone) == (FulfilmentState.picking, 2)
    assert await till.stock(variant) == {"lager-oslo": (3, 0, 1)}
    kept = [one.id for one in await till.database.read(lambda tx: store.seen(tx, cart.id))]
    assert seen[-1].id in kept and len(kept) <= len(WAY)
    assert await events(till.database, "fulfilment.delivered", shipment) == 1
    order = (await till.order(cart)).order
    assert len(await till.mails("fulfilment/delivered", till.number(order))) == 1
    assert len(await till.mails("fulfilment/shipped", till.number(order))) == 1


async def test_a_call_that_is_not_signed_and_a_number_that_is_not_ours_change_nothing(dock: Dock) -> None:
    till, carrier = dock.till, dock.carrier
    cart, planned, _ = await dock.order(3)
    await dock.booked(planned, 3)
    before = await dock.fulfilment(cart)
    (call,) = carrier.callbacks(carrier.on_its_way("SIM999999", NOON, [ParcelState.delivered])) or [b""]
    wrong = await refused(hear_call(till.database, dock.carriers, "sim", {}, call))
    assert isinstance(wrong, CarrierCallNotGenuine)
    await hear_call(till.database, dock.carriers, "sim", GENUINE, call)
    assert await dock.fulfilment(cart) == before


async def test_the_generic_carrier_hears_signed_calls_only(dock: Dock) -> None:
    till, generic = dock.till, dock.generic
    cart, planned, _ = await dock.order(3)
    await dock.booked(planned, 3, carrier="generic")
    number = (await dock.fulfilment(cart)).parcels[0].tracking
    now = till.clock.now()
    body = (
        f'{{"sightings":[{{"tracking":"{number}","id":"1","kind":"in_transit","at":"{now.isoformat()}"}}]}}'
    ).encode()
    carriers = Carriers(generic)
    for header in (
        "",
        "t=1,v1=00",
        generic.sign(body + b" ", now),
        generic.sign(body, now - timedelta(hours=1)),
    ):
        wrong = await refused(
            hear_call(till.database, carriers, "generic", {"torg-carrier-signature": header}, body)
        )
        assert isinstance(wrong, CarrierCallNotGenuine)
    signed = {"torg-carrier-signature": generic.sign(body, now)}
    assert await hear_call(till.database, carriers, "generic", signed, body) == 1
    assert (await dock.fulfilment(cart)).parcels[0].state is ParcelState.in_transit


async def test_what_came_back_is_on_the_list_until_its_goods_are_on_the_shelf(dock: Dock) -> None:
    till = dock.till
    run = till.database.run
    cart, planned, variant = await dock.order(3)
    shipment = await dock.booked(planned, 3)
    await run(lambda tx: send_off(tx, cart.id, shipment.id, by=SYSTEM))
    parcel = (await dock.fulfilment(cart)).parcels[0]
    assert await till.stock(variant) == {"lager-oslo": (2, 0, 0)}

    async def told(kind: ParcelState) -> None:
        await run(lambda tx: tell(tx, cart.id, shipment.id, parcel.id, kind, by=SYSTEM))

    wrong = await refused(told(ParcelState.booked))
    assert isinstance(wrong, Invalid) and wrong.problems[0].code == "not-told"
    till.clock.move(days=3)
    await told(ParcelState.lost)
    wrong = await refused(run(lambda tx: settle(tx, cart.id, parcel.id, ParcelEnd.goods_back, by=SYSTEM)))
    assert isinstance(wrong, AlreadySettled)  # what is lost cannot be put on a shelf
    await told(ParcelState.returned)

    async def listed() -> list[object]:
        found = await till.database.read(
            lambda tx: troubles(tx, location="lager-oslo", after=None, limit=50, by=SYSTEM)
        )
        return [one.id for one in found if one.order_id == cart.id]

    assert await listed() == [parcel.id]
    await run(lambda tx: settle(tx, cart.id, parcel.id, ParcelEnd.goods_back, by=SYSTEM))
    assert await listed() == []
    assert await till.stock(variant) == {"lager-oslo": (5, 0, 0)}
    wrong = await refused(run(lambda tx: settle(tx, cart.id, parcel.id, ParcelEnd.goods_back, by=SYSTEM)))
    assert isinstance(wrong, AlreadySettled)
    assert await till.stock(variant) == {"lager-oslo": (5, 0, 0)}
