"""A cart changes hands: to the customer for whom staff began it, and from shopping to ordering."""

from uuid import UUID

from msgspec.structs import replace

from torg.carts import keep, rules, store
from torg.carts.change import changed
from torg.carts.events import CartClaimed
from torg.carts.hands.claim import owned
from torg.carts.load import opened
from torg.carts.model import Cart, CartState
from torg.carts.refusals import CartOfAnother
from torg.customers import find_customer
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.markets import atlas
from torg.permissions import Permission


async def assign(
    tx: Transaction, cart_id: UUID, customer_id: UUID, *, by: Actor, version: int | None = None
) -> Cart:
    """Make a cart that staff began, on the phone or at the counter, the cart of a customer they may read.

    It is the cart's customer for good: her name and language are taken from the account as well. It stands beside her
    own cart, since what is paid at the counter is not what she gathered at home; `claim` lets it go into her own.
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
        owned(cart, customer_id, customer),
        name=cart.name or " ".join(filter(None, (customer.given_name, customer.family_name))) or None,
        language=customer.language if customer.language in languages else cart.language,
        journey=rules.touched(cart, known, by=by, at=tx.now),
    )
    tx.record(CartClaimed(order_id=cart.id, customer_id=customer_id))
    return await changed(tx, cart, await keep.handed_over(tx, after), by=by)


async def freeze(tx: Transaction, cart_id: UUID) -> bool:
    """Its purchase begins: nobody changes it any more. Called by orders; tells whether it was open, or a quote."""
    return await store.move(tx, cart_id, came=[CartState.open, CartState.quoted], to=CartState.completing)


async def reopen(tx: Transaction, cart_id: UUID) -> bool:
    """Its purchase came to nothing: it can be changed again, or is a quote again. Called by orders; tells whether it
    was frozen.
    """
    return await store.move(tx, cart_id, came=[CartState.completing], to=CartState.open)


async def unkeep(tx: Transaction, cart: Cart) -> None:
    """What was kept for the cart is its purchase's now, and no longer the cart's. Called by orders."""
    if any(line.kept for line in cart.lines):
        store.unkeep(tx, cart.id)


async def ordered(tx: Transaction, cart_id: UUID) -> bool:
    """It has become an order, for good. Called by orders; tells whether it had not been one before."""
    came = [CartState.open, CartState.completing]
    return await store.move(tx, cart_id, came=came, to=CartState.ordered)
