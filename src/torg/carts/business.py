"""That a company buys: for whom the cart is, its VAT number, and its own reference for the purchase."""

from uuid import UUID

from msgspec.structs import replace

from torg.carts.change import changed, open_to_change
from torg.carts.load import opened
from torg.carts.model import Business, Cart
from torg.customers import CheckedNumber
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.permissions import Permission


async def set_business(
    tx: Transaction, cart_id: UUID, business: Business | None, *, by: Actor, version: int | None = None
) -> Cart:
    """Write down that a company buys, or (None) that she buys for herself; tax follows from it.

    Its VAT number has been checked before (`check_vat_number`), which nobody can do inside a transaction.
    """
    if business is not None:
        business = replace(business, company=" ".join(business.company.split()))
        if not business.company:
            raise Invalid.of(FieldProblem("company", "required", "This field is required."))
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    return await changed(tx, cart, replace(cart, business=business), by=by)


async def known_number(tx: Transaction, cart_id: UUID, *, by: Actor) -> CheckedNumber | None:
    """What was found out before about the VAT number of whom the cart is for."""
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_write, lock=False)
    return cart.business.vat_number if cart.business is not None else None


async def set_purchase_order(
    tx: Transaction, cart_id: UUID, purchase_order: str, *, by: Actor, version: int | None = None
) -> Cart:
    """Write down the buyer's own reference, which order and documents carry; an empty one is forgotten."""
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    told = " ".join(purchase_order.split()) or None
    return await changed(tx, cart, replace(cart, purchase_order=told), by=by)
