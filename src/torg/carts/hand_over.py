"""A cart changes hands: from a visitor to the customer she turns out to be, and from shopping to ordering."""

from uuid import UUID

from msgspec.structs import replace

from torg.carts import rules, store
from torg.carts.change import changed
from torg.carts.events import CartClaimed
from torg.carts.load import opened
from torg.carts.model import Cart, CartState, UnknownCart
from torg.customers import load as load_customers
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.permissions import Permission


async def claim(tx: Transaction, cart_id: UUID, customer_id: UUID, *, by: Actor) -> Cart:
    """Make a visitor's cart the customer's, once she has signed in; from then on its token opens nothing.

    Whoever claims shows the cart's token, or may change carts in its channel. What the cart knows of how to reach her
    stays; what it does not know it learns from her account.
    """
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_write, lock=True)
    if cart.customer_id == customer_id:
        return await changed(tx, cart, cart)
    rules.must_be_open(cart, None)
    if cart.customer_id is not None or by.customer_id not in {None, customer_id}:
        raise UnknownCart(id=public("crt", cart_id))
    known = (await load_customers(tx, [customer_id])).get(customer_id)
    after = replace(cart, customer_id=customer_id, token_hash=None)
    if known is not None:
        after = replace(after, email=cart.email or known.email, phone=cart.phone or known.phone)
    tx.record(CartClaimed(order_id=cart.id, customer_id=customer_id))
    return await changed(tx, cart, after)


async def freeze(tx: Transaction, cart_id: UUID) -> bool:
    """Its purchase begins: nobody changes it any more. Called by orders; tells whether it was open."""
    return await store.move(tx, cart_id, came=[CartState.open], to=CartState.completing)


async def reopen(tx: Transaction, cart_id: UUID) -> bool:
    """Its purchase came to nothing: it can be changed again. Called by orders; tells whether it was frozen."""
    return await store.move(tx, cart_id, came=[CartState.completing], to=CartState.open)


async def ordered(tx: Transaction, cart_id: UUID) -> bool:
    """It has become an order, for good. Called by orders; tells whether it had not been one before."""
    came = [CartState.open, CartState.completing]
    return await store.move(tx, cart_id, came=came, to=CartState.ordered)
