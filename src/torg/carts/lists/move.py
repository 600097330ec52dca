"""Goods move from a list into the customer's cart, and from a cart onto a list."""

from collections.abc import Collection
from uuid import UUID

from torg.carts import facts, rules
from torg.carts.change import changed, open_to_change
from torg.carts.create import create
from torg.carts.lines import LineWish
from torg.carts.lists.keep import opened, saved, with_item, without
from torg.carts.lists.model import Item
from torg.carts.model import Cart
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.markets import atlas


async def to_cart(
    tx: Transaction,
    list_id: UUID,
    cart_id: UUID,
    *,
    channel: str,
    only: Collection[UUID] | None = None,
    keep: bool = False,
    by: Actor,
) -> Cart:
    """Put what is on the list (or only these variants) into the customer's one cart, and off the list unless it is to
    `keep` them. What is not sold there stays on the list. `cart_id` is what a cart is called that is begun by it.
    """
    one = await opened(tx, list_id, by=by)
    known = await atlas(tx.database)
    place = known.selling(channel)
    wanted = [item for item in one.items if only is None or item.variant_id in only]
    ids = [item.variant_id for item in wanted]
    goods = await facts.goods(tx, place, known.market(place.market).languages[0], ids, fresh=False)
    coming = [item for item in wanted if item.variant_id in goods and goods[item.variant_id].published]
    lines = [LineWish(item.variant_id, item.quantity, note=item.note) for item in coming]
    begun = await create(tx, channel=channel, by=by, lines=lines, cart_id=cart_id)
    if not keep:
        saved(tx, one, without(one, {item.variant_id for item in coming}))
    return begun.cart


async def from_cart(
    tx: Transaction, cart_id: UUID, line_id: UUID, list_id: UUID, *, version: int | None = None, by: Actor
) -> Cart:
    """Take a line out of a cart and put it on the customer's list, in one step: it is in one of them at any time."""
    one = await opened(tx, list_id, by=by)
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    line = rules.line_of(cart, line_id)
    saved(tx, one, with_item(one, Item(line.variant_id, line.quantity, line.note, tx.now)))
    return await changed(tx, cart, rules.without(cart, line_id), by=by)
