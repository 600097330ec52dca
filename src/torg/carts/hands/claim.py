"""A cart turns out to be a customer's: it becomes her own, or goes into the one that she has in all channels."""

from uuid import UUID

from msgspec.structs import replace

from torg.carts import keep, rules, store
from torg.carts.change import changed
from torg.carts.events import CartClaimed, CartMerged
from torg.carts.frame import framed
from torg.carts.hands import merging
from torg.carts.load import must_open
from torg.carts.model import Cart, CartState, Merger, StoredCart
from torg.carts.reckon import reckoned
from torg.carts.refusals import UnknownCart
from torg.customers import Customer
from torg.customers import load as load_customers
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.markets import atlas
from torg.permissions import Permission


async def claim(tx: Transaction, cart_id: UUID, customer_id: UUID, *, by: Actor) -> Cart:
    """Make a visitor's cart the customer's, once she has signed in; from then on its token opens nothing.

    Where she has a cart already, the visitor's goes into it, once: whoever claims again, or still has the token, is
    led to hers. Whoever claims shows the cart's token, or may change carts in its channel.
    """
    own_id = await store.current(tx, customer_id, cart_id)
    found = {id: await store.find(tx, id, lock=True) for id in sorted({cart_id, own_id})}
    cart, own = found[cart_id], found[own_id]
    if cart is None:
        raise UnknownCart(id=public("crt", cart_id))
    if cart.merger is not None:
        return await _led(tx, cart, cart.merger, customer_id, by)
    await must_open(tx, cart, by=by, permission=Permission.carts_write)
    if cart.customer_id not in {None, customer_id} or by.customer_id not in {None, customer_id}:
        raise UnknownCart(id=public("crt", cart_id))
    if own_id != cart_id and own is not None and own.state is CartState.open:
        return await merge(tx, cart, own, by=by)
    if cart.customer_id != customer_id:
        rules.must_be_open(cart, None)
    if own_id != cart_id:
        store.follow(tx, customer_id, cart_id)
    return await _taken_over(tx, cart, customer_id, by)


async def _taken_over(tx: Transaction, cart: StoredCart, customer_id: UUID, by: Actor) -> Cart:
    if cart.customer_id == customer_id:
        return await changed(tx, cart, cart, by=by)
    known = (await load_customers(tx, [customer_id])).get(customer_id)
    journey = rules.touched(cart, await atlas(tx.database), by=by, at=tx.now)
    tx.record(CartClaimed(order_id=cart.id, customer_id=customer_id))
    after = await keep.handed_over(tx, replace(owned(cart, customer_id, known), journey=journey))
    return await changed(tx, cart, after, by=by)


async def merge(tx: Transaction, cart: StoredCart, own: StoredCart, *, by: Actor) -> Cart:
    """Let a locked cart go into the customer's own, which is locked and open; what it kept is let go, and kept anew."""
    rules.must_be_open(cart, None)
    if own.customer_id is None:
        raise LookupError("a cart was to go into one that has no customer")
    known = await atlas(tx.database)
    frame = await framed(tx, own, fresh=False, counted=False, coming=[line.variant_id for line in cart.lines])
    after, left_out = merging.joined(own, cart, frame)
    after = replace(after, journey=rules.touched(own, known, by=by, at=tx.now))
    await keep.kept(tx, cart.lines, replace(cart, lines=()), by=by, together=False)
    lines = tuple(replace(line, kept=(), kept_until=None) for line in cart.lines)
    journey = rules.touched(cart, known, by=by, at=tx.now)
    merger = Merger(own.id, tx.now, tuple(left_out))
    store.merge(tx, replace(cart, lines=lines, journey=journey), merger)
    tx.record(CartMerged(order_id=cart.id, into=own.id, customer_id=own.customer_id))
    merged = await changed(tx, own, after, by=by, together=False)
    return replace(merged, left_out=merger.left_out)


async def _led(tx: Transaction, cart: StoredCart, merger: Merger, customer_id: UUID, by: Actor) -> Cart:
    """The cart into which it has gone already, for whose that is."""
    into = await store.find(tx, merger.into, lock=False)
    if into is None or into.customer_id != customer_id or by.customer_id not in {None, customer_id}:
        raise UnknownCart(id=public("crt", cart.id))
    return replace(await reckoned(tx, into, fresh=False), left_out=merger.left_out)


def owned(cart: StoredCart, customer_id: UUID, known: Customer | None) -> StoredCart:
    """The cart as its customer's; what it does not know of how to reach her it learns from her account."""
    lent = tuple(one for one in cart.openers if one.staff)
    after = replace(cart, customer_id=customer_id, token_hash=None, openers=lent)
    if known is None:
        return after
    return replace(after, email=cart.email or known.email, phone=cart.phone or known.phone)
