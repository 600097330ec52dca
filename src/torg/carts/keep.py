"""What a channel keeps for its carts: after every change of lines, what they want and what is kept agree again.

More is kept before the change's transaction, together with what other requests want (`Transaction.need`), so a change
that comes to nothing gives it back; less is kept within it. A channel that keeps nothing costs nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import blake2b
from uuid import UUID

from msgspec.structs import replace

from torg import inventory
from torg.carts import rules, store
from torg.carts.frame import framed
from torg.carts.model import CartState, StoredCart, StoredLine
from torg.catalog import specials
from torg.inventory import Demand, SoftHold, Wish
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.markets import CartHold, KeepWhen, atlas


async def keeps(tx: Transaction, cart: StoredCart) -> bool:
    """Whether the cart's channel keeps goods for carts."""
    return (await _terms(tx, cart)).when is not KeepWhen.never


async def kept(
    tx: Transaction, before: Sequence[StoredLine], after: StoredCart, *, by: Actor, together: bool = True
) -> StoredCart:
    """The cart with what is kept for its lines, once those that have changed have what they can have.

    Not `together` with what others want, but by itself, where the work would not wish the same when it is done again.
    """
    was = {line.id: line for line in before}
    changed = [line for line in after.lines if line.id not in was or _other(line, was[line.id])]
    there = {line.id for line in after.lines}
    gone = [line for id, line in was.items() if id not in there]
    terms = await _terms(tx, after)
    if not (changed and terms.when is not KeepWhen.never) and not any(
        line.kept for line in [*changed, *gone]
    ):
        return after
    demands = await _demands(tx, after.channel, changed)
    if terms.when is not KeepWhen.never and (lacking := await _wanting(tx, after, demands, terms)):
        wish = Wish(after.id, _holder(after, by), str(by), tuple(lacking), terms)
        wanted = partial(_wanted, cart_id=after.id, lines={one.line_id for one in lacking})
        if not (together and tx.need(wish, lambda: inventory.kept_before(tx.database, wish, wanted))):
            await inventory.keep(tx, [wish])
    lines = {line.id for line in (*changed, *gone)}
    return _with_kept(after, changed, await inventory.fit_kept(tx, after.id, lines, demands))


async def handed_over(tx: Transaction, cart: StoredCart) -> StoredCart:
    """The cart of a customer who has just taken it over, with what she may have kept beside what she has."""
    if cart.customer_id is None or not any(line.kept for line in cart.lines):
        return cart
    left = await inventory.hand_over_kept(tx, cart.id, _customer(cart.customer_id), await _terms(tx, cart))
    return _with_kept(cart, cart.lines, left)


async def _demands(tx: Transaction, channel: str, lines: Sequence[StoredLine]) -> list[Demand]:
    known, special = await atlas(tx.database), await specials(tx.database)
    inside = {line.variant_id: special.components(line.variant_id) for line in lines}
    places = known.channel(channel).locations, rules.store_places(known)
    return rules.demands_of(lines, *places, inside, channel=channel)


async def _wanted(tx: Transaction, *, cart_id: UUID, lines: Collection[UUID]) -> list[Demand]:
    """What these lines of the cart want, as it is now; nothing when it is gone, or is being bought."""
    cart = await store.find(tx, cart_id, lock=True)
    if cart is None or cart.state is not CartState.open:
        return []
    return await _demands(tx, cart.channel, [line for line in cart.lines if line.id in lines])


async def _terms(tx: Transaction, cart: StoredCart) -> CartHold:
    return (await atlas(tx.database)).channel(cart.channel).settings.cart_hold


def _other(line: StoredLine, was: StoredLine) -> bool:
    """Whether a line wants something else of the shelves than before."""
    return (line.variant_id, line.quantity, line.intent, line.store) != (
        was.variant_id,
        was.quantity,
        was.intent,
        was.store,
    )


async def _wanting(
    tx: Transaction, cart: StoredCart, demands: Sequence[Demand], terms: CartHold
) -> list[Demand]:
    """What is not kept yet; that of which there is plenty, as of at most a second ago, is not asked for."""
    lines = {line.id: line for line in cart.lines}
    lacking = [one for one in demands if _has(lines[one.line_id], one, tx.now) < one.quantity]
    if terms.when is KeepWhen.always or not lacking:
        return lacking
    free = (await framed(tx, cart, fresh=False, counted=False)).facts.offer.free
    return [one for one in lacking if _there(one, free.get(one.variant_id, {})) <= terms.few]


def _has(line: StoredLine, demand: Demand, at: datetime) -> int:
    if line.kept_until is None or line.kept_until <= at:
        return 0
    return sum(
        part.quantity
        for part in line.kept
        if part.variant_id == demand.variant_id and part.location in demand.locations
    )


def _there(demand: Demand, free: Mapping[str, int]) -> int:
    return sum(free.get(place, 0) for place in demand.locations)


def _holder(cart: StoredCart, by: Actor) -> str:
    """Whose units these count as: a customer's, else those of a visitor's network, else the cart's."""
    customer_id = cart.customer_id or by.customer_id
    if customer_id is not None:
        return _customer(customer_id)
    if by.touch.network is not None:
        return f"network:{blake2b(by.touch.network.encode(), digest_size=16).hexdigest()}"
    return f"cart:{cart.id.hex}"


def _customer(customer_id: UUID) -> str:
    return f"customer:{customer_id.hex}"


def _with_kept(cart: StoredCart, lines: Iterable[StoredLine], there: Sequence[SoftHold]) -> StoredCart:
    for line in lines:
        mine = [hold for hold in there if hold.line_id == line.id]
        until = min((hold.expires_at for hold in mine), default=None)
        cart = rules.with_changed(cart, replace(line, kept=inventory.parts(mine), kept_until=until))
    return cart
