"""A cart is opened by its customer, by who has its token, and by staff with a right in its channel; nobody else learns
that it exists.
"""

from uuid import UUID

from torg.carts import rules, store
from torg.carts.model import Cart, CartSummary, StoredCart, UnknownCart
from torg.carts.reckon import reckoned
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


async def mine(tx: Transaction, *, by: Actor, most: int = 20) -> list[CartSummary]:
    """The carts that a customer left anywhere and has not bought, the newest first; on any device she finds them."""
    return await store.of_customer(tx, require_customer(by), most)


async def opened(
    tx: Transaction, cart_id: UUID, *, by: Actor, permission: Permission, lock: bool
) -> StoredCart:
    """The cart as it is kept. Who may read but not write is told so; for everybody else it does not exist."""
    cart = await store.find(tx, cart_id, lock=lock)
    if cart is None:
        raise UnknownCart(id=public("crt", cart_id))
    known = await atlas(tx.database)
    place = known.channel(cart.channel).store
    if rules.may_open(cart, by, permission, place):
        return cart
    if rules.may_open(cart, by, Permission.carts_read, place):
        by.must(permission, channel=cart.channel, store=place)
    raise UnknownCart(id=public("crt", cart_id))
