"""Codes that open promotions for a cart."""

from uuid import UUID

from msgspec.structs import replace

from torg.carts.change import changed, open_to_change
from torg.carts.model import MOST_CODES, Cart
from torg.carts.refusals import TooManyCodes
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.markets import atlas
from torg.promotions import (
    CodeUsedUp,
    UnknownCode,
    buyer_names,
    here,
    open_codes,
    standing,
    written,
)


async def apply_code(
    tx: Transaction, cart_id: UUID, code: str, *, by: Actor, version: int | None = None
) -> Cart:
    """Use a code, as the customer writes it; the same one again changes nothing.

    A code that exists and holds here and now is taken, whether its promotion applies to this cart yet or not.
    """
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    given = written(code)
    if given in cart.codes:
        return await changed(tx, cart, cart, by=by)
    channel = (await atlas(tx.database)).channel(cart.channel)
    now = await here(tx.database, channel)
    opened = await open_codes(tx, [given], now, customer_id=cart.customer_id, at=tx.now)
    for problem in opened.wrong.values():
        raise problem
    where = await standing(tx, now, buyer_names(cart.customer_id, cart.email), opened.codes)
    if where.used_up & set(opened.codes):
        raise CodeUsedUp(promotion=given)
    if len(cart.codes) >= MOST_CODES:
        raise TooManyCodes(count=MOST_CODES)
    return await changed(tx, cart, replace(cart, codes=(*cart.codes, given)), by=by)


async def drop_code(
    tx: Transaction, cart_id: UUID, code: str, *, by: Actor, version: int | None = None
) -> Cart:
    """Use a code no more."""
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    kept = written(code)
    if kept not in cart.codes:
        raise UnknownCode(promotion=kept[:80])
    return await changed(tx, cart, replace(cart, codes=tuple(c for c in cart.codes if c != kept)), by=by)
