"""The label for an announced return: asked of a carrier after the announcement, by a job, so that nobody who announces
waits for one.

A return has one label however often it is asked for. Whoever dies in between leaves an errand that the sweep of
carriers takes up. A return that comes to nothing, or is brought to a store, gives its label up.
"""

from uuid import UUID

from torg import fulfilment
from torg.fulfilment import Carriers, LabelFormat, Packed, Shipment, ShipmentState
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Database, Transaction, external
from torg.kernel.ids import public
from torg.orders import store as orders
from torg.orders.model import Intent, Order, OrderLine, UnknownOrder
from torg.orders.returns.decide import may_give_back
from torg.orders.returns.model import NoReturnLabel, Return, ReturnState, UnknownReturn
from torg.orders.returns.policy import ReturnPolicy
from torg.orders.returns.set_policy import policy_of
from torg.orders.returns.store import returns as store
from torg.orders.see import may_see


async def ask(database: Database, carriers: Carriers, order_id: UUID, return_id: UUID) -> Shipment | None:
    """Ask the policy's carrier for the label of an announced return, once; None where it gets none."""
    external()
    claimed = await database.run(lambda tx: _claim(tx, order_id, return_id), repeatable=True)
    if claimed is None or claimed.state is not ShipmentState.booking:
        return claimed
    return await fulfilment.carry_out_label(database, carriers, order_id, claimed.id)


async def _claim(tx: Transaction, order_id: UUID, return_id: UUID) -> Shipment | None:
    order = await orders.find(tx, order_id, lock=True)
    there = await store.find(tx, order_id, return_id, lock=True)
    if order is None or there is None or there.state is not ReturnState.announced:
        return None
    wanted = (await policy_of(tx, order.market)).label
    if wanted is None or not can_be_sent(order):
        return None
    return await fulfilment.claim_label(
        tx,
        order_id,
        return_id,
        _contents(there, await orders.lines(tx, order_id)),
        location=wanted.location,
        carrier=wanted.carrier,
        service=wanted.service,
        by=SYSTEM,
    )


def can_be_sent(order: Order) -> bool:
    """Whether it is known from where the customer sends: goods were sent to her."""
    return order.address is not None and any(one.intent is Intent.ship for one in order.deliveries)


def _contents(there: Return, lines: list[OrderLine]) -> list[Packed]:
    """What is to come, of a bundle its components."""
    known = {line.id: line for line in lines}
    found = []
    for part in there.lines:
        if part.line_id is None or known[part.line_id].intent is Intent.digital:
            continue
        each = [(one.variant_id, one.quantity) for one in known[part.line_id].components]
        for variant, units in each or [(part.variant_id, 1)]:
            found.append(Packed(part.line_id, variant, units * part.announced))
    return found


async def postage_kept(tx: Transaction, policy: ReturnPolicy, there: Return) -> bool:
    """Whether what was sent back came with a label of the retailer's."""
    if not policy.postage:
        return False
    if policy.label is None:
        return True
    shipment = await fulfilment.shipment_back(tx, there.key, there.id)
    return shipment is not None and shipment.state in {ShipmentState.booked, ShipmentState.shipped}


async def see(tx: Transaction, order_id: UUID, return_id: UUID, *, by: Actor) -> Shipment:
    """The shipment by which a return comes back, for who may see its order; `NoReturnLabel` where there is none."""
    order = await orders.find(tx, order_id)
    if order is None or not (may_give_back(order, by) or may_see(order, by)):
        raise UnknownOrder(order=public("ord", order_id))
    if await store.find(tx, order_id, return_id) is None:
        raise UnknownReturn(return_=public("ret", return_id))
    shipment = await fulfilment.shipment_back(tx, order_id, return_id)
    if shipment is None:
        raise NoReturnLabel()
    return shipment


async def read(tx: Transaction, order_id: UUID, return_id: UUID, format: LabelFormat, *, by: Actor) -> bytes:
    """The label as its carrier wrote it; `NoReturnLabel` while there is none, or it was given up."""
    shipment = await see(tx, order_id, return_id, by=by)
    _, body = await fulfilment.label_for(tx, order_id, return_id, format)
    if body is None or shipment.state not in {ShipmentState.booked, ShipmentState.shipped}:
        raise NoReturnLabel()
    return body
