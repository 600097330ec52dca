"""A cart is opened by its customer, by who has its token, and by staff with a right in its channel; nobody else learns
that it exists.
"""

from uuid import UUID

from torg.carts import rules, store
from torg.carts.model import Cart, CartState, CartSummary, StoredCart
from torg.carts.reckon import reckoned
from torg.carts.refusals import CartMerged, UnknownCart
from torg.customers import require_customer
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.markets import atlas
from torg.permissions import Permission


async def load(
    tx: Transaction, cart_id: UUID, *, by: Actor, lock: bool = False, payment: str | None = None
) -> Cart:
    """The cart with prices, totals and warnings of this moment.

    With `lock` it is about to be bought: it stays as it is until the transaction ends, and what is out of stock is not
    warned of, since only the hold that comes next can say. `payment` is the tender that it is to be paid with.
    """
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_read, lock=lock)
    return await reckoned(tx, cart, fresh=True, buying=lock, payment=payment)


async def own(tx: Transaction, *, by: Actor) -> Cart:
    """The one cart that a customer has in all channels; `UnknownCart` while she has none that is not bought."""
    customer_id = require_customer(by)
    found = await store.current_of(tx, customer_id)
    cart = await store.find(tx, found, lock=False) if found else None
    if cart is None or cart.state not in {CartState.open, CartState.completing}:
        raise UnknownCart(id="")
    return await reckoned(tx, cart, fresh=True)


async def mine(tx: Transaction, *, by: Actor, most: int = 20) -> list[CartSummary]:
    """The carts that a customer left anywhere and has not bought, the newest first; on any device she finds them."""
    return await store.of_customer(tx, require_customer(by), most)


async def opened(
    tx: Transaction, cart_id: UUID, *, by: Actor, permission: Permission, lock: bool
) -> StoredCart:
    """The cart as it is kept. Who may read but not write is told so; for everybody else it does not exist.

    One that has gone into another leads there whoever could open it.
    """
    cart = await store.find(tx, cart_id, lock=lock)
    if cart is None:
        raise UnknownCart(id=public("crt", cart_id))
    await must_open(tx, cart, by=by, permission=permission)
    if cart.merger is not None:
        raise CartMerged(cart=public("crt", cart.merger.into))
    return cart


async def must_open(tx: Transaction, cart: StoredCart, *, by: Actor, permission: Permission) -> None:
    """Refuse who may not open a cart that has been found."""
    known = await atlas(tx.database)
    place = known.channel(cart.channel).store
    if rules.may_open(cart, by, permission, place, tx.now):
        return
    if rules.may_open(cart, by, Permission.carts_read, place, tx.now):
        by.must(permission, channel=cart.channel, store=place)
    raise UnknownCart(id=public("crt", cart.id))
