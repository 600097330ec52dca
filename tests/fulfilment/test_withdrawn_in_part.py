"""A consumer withdraws from an order of which some has left: the rest never leaves, what she has comes back, and all
she paid for it, with the standard delivery, is hers again; once.
"""

import asyncio

from tests.fulfilment.conftest import Dock
from tests.orders.conftest import refused
from tests.orders.returning import books_agree, came, returned
from tests.orders.test_follow import settings
from tests.orders.test_withdrawals import stated

from torg.carts import Cart
from torg.fulfilment import Fulfilment, FulfilmentState, Shipment, ShipmentState
from torg.fulfilment.errors import WrongShipmentStep
from torg.fulfilment.shipments.leave import send_off
from torg.kernel.access import SYSTEM
from torg.kernel.ids import new_id
from torg.orders import ReturnState
from torg.orders.returns.model import ReturnKind
from torg.orders.returns.policy import ReturnPolicy
from torg.orders.returns.set_policy import set_policy
from torg.orders.withdrawals.model import Outcome


async def leaves(dock: Dock, shipment: Shipment) -> Fulfilment:
    return await dock.till.database.run(lambda tx: send_off(tx, shipment.order_id, shipment.id, by=SYSTEM))


async def partly_sent(dock: Dock) -> tuple[Cart, Shipment]:
    """Of three units one has left, one waits for its carrier, and one is to be packed."""
    cart, planned, _ = await dock.order(3)
    await leaves(dock, await dock.booked(planned, 1))
    waiting = await dock.booked(await dock.fulfilment(cart), 1)
    await dock.till.settle()
    return cart, waiting


async def test_what_has_not_left_is_stopped_and_the_rest_comes_back_for_all_that_was_paid(dock: Dock) -> None:
    policy = ReturnPolicy(standard_delivery=1_000, restocking=100_000)
    await dock.till.database.run(lambda tx: set_policy(tx, "NO", policy, version=None, by=SYSTEM))
    dock.till.database.forget("orders.return_policies")
    cart, waiting = await partly_sent(dock)
    variant, id = cart.lines[0].variant_id, new_id()
    one = await stated(dock.till, cart, id=id)
    assert await stated(dock.till, cart, id=id) == one
    assert one.outcome is Outcome.announced
    await dock.till.settle()
    assert (await dock.shipment(waiting)).state is ShipmentState.cancelled
    assert (await dock.fulfilment(cart)).state is FulfilmentState.shipped
    assert isinstance(await refused(leaves(dock, waiting)), WrongShipmentStep)
    assert (await dock.till.stock(variant))["lager-oslo"] == (4, 0, 0)
    seen = await dock.till.order(cart)
    kinds = {each.kind: each for each in seen.returns}
    never, coming = kinds[ReturnKind.undelivered], kinds[ReturnKind.goods]
    assert (never.units, never.state, never.refunded) == (2, ReturnState.settled, never.gross)
    assert (coming.id, coming.lines[0].announced, coming.withdrawal) == (one.return_id, 1, True)
    back = await returned(dock.till, cart, came(cart), id=coming.id, announced=True)
    assert (back.delivery, back.fee) == (1_000, 0)
    assert never.gross + back.gross == seen.order.gross - seen.order.delivery + 1_000
    await dock.till.settle()
    assert (await stated(dock.till, cart)).outcome is Outcome.nothing_left
    await books_agree(dock.till, cart)


async def test_what_was_never_taken_is_not_given_back_from_what_was(dock: Dock) -> None:
    await settings(dock.till, capture="shipment")
    cart, planned, _ = await dock.order(3)
    await leaves(dock, await dock.booked(planned, 1))
    await dock.till.settle()
    await stated(dock.till, cart)
    await dock.till.settle()
    seen = await dock.till.order(cart)
    (never,) = (each for each in seen.returns if each.kind is ReturnKind.undelivered)
    assert (never.state, never.refunded) == (ReturnState.settled, 0)
    (paid,) = seen.payments
    assert paid.captured == seen.order.gross - never.gross
    assert paid.returned == 0


async def test_who_withdraws_twice_at_once_while_a_parcel_leaves_is_given_back_for_each_unit_once(
    dock: Dock,
) -> None:
    cart, waiting = await partly_sent(dock)
    doing = (stated(dock.till, cart), leaves(dock, waiting), stated(dock.till, cart))
    outcomes = await asyncio.gather(*doing, return_exceptions=True)
    wrong = [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, WrongShipmentStep)]
    assert wrong == []
    await dock.till.settle()
    seen = await dock.till.order(cart)
    never = sum(one.units for one in seen.returns if one.kind is ReturnKind.undelivered)
    coming = sum(line.announced for one in seen.returns for line in one.lines)
    assert never + coming == 3
    assert coming == seen.lines[0].gone
    on_hand, _, allocated = (await dock.till.stock(cart.lines[0].variant_id))["lager-oslo"]
    assert (on_hand, allocated) == (5 - coming, 0)
