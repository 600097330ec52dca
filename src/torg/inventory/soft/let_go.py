"""What is kept for a cart ends, changes hands, or becomes the checkout's."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from torg.inventory import spread, telling
from torg.inventory.model import Demand, Level
from torg.inventory.soft import rules, store
from torg.inventory.soft.model import SoftHold, SoftState
from torg.kernel.database import Transaction
from torg.markets import CartHold


async def fit_kept(
    tx: Transaction, order_id: UUID, lines: Collection[UUID], demands: Sequence[Demand]
) -> list[SoftHold]:
    """Let go of what these lines of the cart do not want any more; tells what is still kept for them.

    What was kept for another line, which somebody is adding at this moment, is not touched.
    """
    there = [hold for hold in await store.of_order(tx, order_id) if hold.line_id in lines]
    gone = rules.too_much(there, demands)
    if not gone:
        return there
    there = [hold for hold in await locked(tx, order_id) if hold.line_id in lines]
    gone = rules.too_much(there, demands)
    await _end(tx, order_id, gone, "cart-changed")
    return _left(there, gone)


async def hand_over_kept(tx: Transaction, order_id: UUID, holder: str, terms: CartHold) -> list[SoftHold]:
    """Count what is kept for a cart as `holder`'s, and let go of what she may not have beside what she has."""
    store.lock_holders(tx, [holder])
    there = await locked(tx, order_id)
    if not there:
        return []
    gone = rules.beyond(there, await store.used(tx, [holder], but=[order_id]), terms)
    await _end(tx, order_id, gone, "handed-over")
    left = _left(there, gone)
    for group in await spread.groups(tx, [hold.bucket for hold in left]):
        await store.hand_over(tx, group, order_id, holder)
    return left


async def take_back(
    tx: Transaction, order_id: UUID, made: Sequence[SoftHold], demands: Sequence[Demand]
) -> None:
    """Let go of what was kept for a change that came to nothing, unless the lines want it as they are now."""
    ids, lines = {hold.id for hold in made}, {hold.line_id for hold in made}
    there = [hold for hold in await locked(tx, order_id) if hold.line_id in lines]
    gone = {hold: units for hold, units in rules.too_much(there, demands).items() if hold.id in ids}
    await _end(tx, order_id, gone, "not-changed")


async def locked(tx: Transaction, order_id: UUID) -> list[SoftHold]:
    """What is kept for a cart, each row locked; to be called before any level is."""
    known = await store.of_order(tx, order_id)
    found: list[SoftHold] = []
    for group in await spread.groups(tx, [hold.bucket for hold in known]):
        found += await store.lock(tx, group, [order_id])
    return found


async def pin(tx: Transaction, order_id: UUID, there: Sequence[SoftHold]) -> list[Level]:
    """Give what is kept to the checkout that has locked its levels, and takes it before anybody else can look."""
    return await _moved(tx, order_id, {hold: hold.quantity for hold in there}, SoftState.pinned, "pinned")


async def _end(tx: Transaction, order_id: UUID, units: Mapping[SoftHold, int], reason: str) -> None:
    telling.changed(tx, await _moved(tx, order_id, units, SoftState.released, reason))


async def _moved(
    tx: Transaction, order_id: UUID, units: Mapping[SoftHold, int], state: SoftState, reason: str
) -> list[Level]:
    moved: list[Level] = []
    for group in await spread.groups(tx, [hold.bucket for hold in units]):
        here = {hold: quantity for hold, quantity in units.items() if hold.bucket in group}
        moved += await store.end(tx, group, order_id, here, state, reason)
    return moved


def _left(there: Sequence[SoftHold], gone: Mapping[SoftHold, int]) -> list[SoftHold]:
    left = ((hold, hold.quantity - gone.get(hold, 0)) for hold in there)
    return [hold.of(quantity) for hold, quantity in left if quantity]
