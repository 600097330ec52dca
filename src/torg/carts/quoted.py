"""A cart becomes a quote: nobody changes it as a cart any more, and it keeps the prices that were agreed.

Called by orders, who decide who may agree to what. A quote keeps nothing on the shelves: what was kept for the cart is
let go, and its purchase holds the goods like any other.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from torg.carts import rules, store
from torg.carts.events import CartChanged
from torg.carts.hands.model import Opener
from torg.carts.keep import kept
from torg.carts.load import opened
from torg.carts.model import Cart, CartState, StoredCart, Then
from torg.carts.reckon import reckoned
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.markets import atlas
from torg.permissions import Permission


async def to_quote(tx: Transaction, cart_id: UUID, *, by: Actor, version: int | None = None) -> StoredCart:
    """The cart that is to be a quote, or is one, locked; what was kept for it is let go."""
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_write, lock=True)
    known = await atlas(tx.database)
    journey = rules.touched(cart, known, by=by, at=tx.now)
    if cart.state is CartState.quoted:
        return replace(cart, journey=journey)
    rules.must_be_open(cart, version)
    await kept(tx, cart.lines, replace(cart, lines=()), by=by)
    bare = tuple(replace(line, kept=(), kept_until=None) for line in cart.lines)
    return replace(cart, lines=bare, journey=journey)


def with_counted(cart: StoredCart, quantities: Mapping[UUID, int]) -> StoredCart:
    """The cart with so many of these lines; none of a line takes it out."""
    for line_id, quantity in quantities.items():
        line = rules.line_of(cart, line_id)
        cart = (
            rules.with_changed(cart, replace(line, quantity=quantity))
            if quantity
            else rules.without(cart, line_id)
        )
    return rules.wrapped(cart)


async def agree(
    tx: Transaction, cart: StoredCart, then: Then, *, opener: tuple[bytes, datetime] | None = None
) -> Cart:
    """Write that the cart is a quote with what was agreed; `opener` is the hash of a token that opens it until then."""
    openers = cart.openers
    if opener is not None:
        hash, until = opener[0].hex(), opener[1]
        openers = (
            *(one for one in openers if one.hash != hash),
            Opener(hash=hash, until=until, staff=False),
        )
    after = replace(
        cart, state=CartState.quoted, then=then, openers=openers, offered=None, parked=None, changed_at=tx.now
    )
    after = replace(after, version=store.quote(tx, after))
    tx.record(CartChanged(order_id=after.id, version=after.version, lines=len(after.lines)))
    return await reckoned(tx, after, fresh=True)
