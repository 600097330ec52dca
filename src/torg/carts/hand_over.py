"""A cart changes hands: to the customer whose it turns out to be, and from shopping to ordering."""

from uuid import UUID

from msgspec.structs import replace

from torg.carts import keep, rules, store
from torg.carts.change import changed
from torg.carts.events import CartClaimed
from torg.carts.load import opened
from torg.carts.model import Cart, CartOfAnother, CartState, StoredCart, UnknownCart
from torg.customers import Customer, find_customer
from torg.customers import load as load_customers
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.markets import atlas
from torg.permissions import Permission


async def claim(tx: Transaction, cart_id: UUID, customer_id: UUID, *, by: Actor) -> Cart:
    """Make a visitor's cart the customer's, once she has signed in; from then on its token opens nothing.

    Whoever claims shows the cart's token, or may change carts in its channel. What the cart knows of how to reach her
    stays; what it does not know it learns from her account.
    """
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_write, lock=True)
    if cart.customer_id == customer_id:
        return await changed(tx, cart, cart, by=by)
    rules.must_be_open(cart, None)
    if cart.customer_id is not None or by.customer_id not in {None, customer_id}:
        raise UnknownCart(id=public("crt", cart_id))
    known = (await load_customers(tx, [customer_id])).get(customer_id)
    journey = rules.touched(cart, await atlas(tx.database), by=by, at=tx.now)
    tx.record(CartClaimed(order_id=cart.id, customer_id=customer_id))
    after = await keep.handed_over(tx, replace(_owned(cart, customer_id, known), journey=journey))
    return await changed(tx, cart, after, by=by)


async def assign(
    tx: Transaction, cart_id: UUID, customer_id: UUID, *, by: Actor, version: int | None = None
) -> Cart:
    """Make a cart that staff began, on the phone or at the counter, the cart of a customer they may read.

    It is the cart's customer for good: her name and language are taken from the account as well.
    """
    by.must(Permission.carts_write, anywhere=True)
    by.must(Permission.customers_read, anywhere=True)
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_write, lock=True)
    rules.must_be_open(cart, version)
    if cart.customer_id == customer_id:
        return await changed(tx, cart, cart, by=by)
    if cart.customer_id is not None:
        raise CartOfAnother()
    customer = await find_customer(tx, customer_id, by=by)
    known = await atlas(tx.database)
    languages = known.market(cart.market).languages
    after = replace(
        _owned(cart, customer_id, customer),
        name=cart.name or " ".join(filter(None, (customer.given_name, customer.family_name))) or None,
        language=customer.language if customer.language in languages else cart.language,
        journey=rules.touched(cart, known, by=by, at=tx.now),
    )
    tx.record(CartClaimed(order_id=cart.id, customer_id=customer_id))
    return await changed(tx, cart, await keep.handed_over(tx, after), by=by)


def _owned(cart: StoredCart, customer_id: UUID, known: Customer | None) -> StoredCart:
    """The cart as its customer's; what it does not know of how to reach her it learns from her account."""
    after = replace(cart, customer_id=customer_id, token_hash=None)
    if known is None:
        return after
    return replace(after, email=cart.email or known.email, phone=cart.phone or known.phone)


async def freeze(tx: Transaction, cart_id: UUID) -> bool:
    """Its purchase begins: nobody changes it any more. Called by orders; tells whether it was open."""
    return await store.move(tx, cart_id, came=[CartState.open], to=CartState.completing)


async def reopen(tx: Transaction, cart_id: UUID) -> bool:
    """Its purchase came to nothing: it can be changed again. Called by orders; tells whether it was frozen."""
    return await store.move(tx, cart_id, came=[CartState.completing], to=CartState.open)


async def unkeep(tx: Transaction, cart: Cart) -> None:
    """What was kept for the cart is its purchase's now, and no longer the cart's. Called by orders."""
    if any(line.kept for line in cart.lines):
        store.unkeep(tx, cart.id)


async def ordered(tx: Transaction, cart_id: UUID) -> bool:
    """It has become an order, for good. Called by orders; tells whether it had not been one before."""
    came = [CartState.open, CartState.completing]
    return await store.move(tx, cart_id, came=came, to=CartState.ordered)
