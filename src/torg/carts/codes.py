"""Codes that take something off the goods."""

from uuid import UUID

from msgspec.structs import replace

from torg.carts.change import changed, open_to_change
from torg.carts.model import MOST_CODES, Cart, TooManyCodes
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.markets import atlas
from torg.promotions import UnknownCode, find_code, written


async def apply_code(
    tx: Transaction, cart_id: UUID, code: str, *, by: Actor, version: int | None = None
) -> Cart:
    """Use a code, as the customer writes it; the same one again changes nothing."""
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    channel = (await atlas(tx.database)).channel(cart.channel)
    customer = str(cart.customer_id) if cart.customer_id else None
    promotion = await find_code(tx, code, channel=channel, at=tx.now, customer=customer)
    if promotion.code in cart.codes:
        return await changed(tx, cart, cart, by=by)
    if len(cart.codes) >= MOST_CODES:
        raise TooManyCodes(count=MOST_CODES)
    return await changed(tx, cart, replace(cart, codes=(*cart.codes, promotion.code)), by=by)


async def drop_code(
    tx: Transaction, cart_id: UUID, code: str, *, by: Actor, version: int | None = None
) -> Cart:
    """Use a code no more."""
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    kept = written(code)
    if kept not in cart.codes:
        raise UnknownCode(promotion=kept[:80])
    return await changed(tx, cart, replace(cart, codes=tuple(c for c in cart.codes if c != kept)), by=by)
