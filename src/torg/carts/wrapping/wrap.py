"""Goods are wrapped as a gift: an article of its own around them, with its own price and tax, and a message.

Which article that is, its channel says (`settings.gift_wrap`); it has prices and stock like any other. Whatever becomes
of the goods (more of them, another way, none any more) becomes of what is around them.
"""

from uuid import UUID

from msgspec.structs import replace

from torg import catalog
from torg.carts import rules
from torg.carts.change import changed, open_to_change
from torg.carts.lines import LineWish, make_line
from torg.carts.model import Cart, Intent, StoredCart
from torg.carts.refusals import WrappingNotOffered
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.markets import atlas


async def wrap(
    tx: Transaction,
    cart_id: UUID,
    line_id: UUID,
    message: str | None,
    *,
    by: Actor,
    version: int | None = None,
) -> Cart:
    """Have every unit of a line wrapped as a gift, with this message; asked again the message is another."""
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    goods = rules.line_of(cart, line_id)
    there = next((line for line in cart.lines if line.wraps == line_id), None)
    if there is not None:
        return await changed(tx, cart, rules.with_changed(cart, replace(there, note=message)), by=by)
    if goods.wraps is not None or goods.intent is Intent.digital:
        raise WrappingNotOffered()
    wish = LineWish(await _article(tx, cart), goods.quantity, note=message)
    around = replace(
        await make_line(tx, cart, wish, None, by),
        intent=goods.intent,
        store=goods.store,
        channel=goods.channel,
        wraps=line_id,
    )
    return await changed(tx, cart, rules.with_line(cart, around), by=by)


async def _article(tx: Transaction, cart: StoredCart) -> UUID:
    """What the cart's channel wraps with."""
    channel = (await atlas(tx.database)).channel(cart.channel)
    sku = channel.settings.gift_wrap
    skus = [sku] if sku is not None else []
    found = await catalog.sellables(tx, channel=channel, language=cart.language, skus=skus)
    if not found:
        raise WrappingNotOffered()
    return found[0].variant_id
