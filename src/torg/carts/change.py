"""How every change of a cart goes: open it under its lock, decide, write the difference, tell, reckon anew."""

from uuid import UUID

from msgspec.structs import replace

from torg.carts import rules, store
from torg.carts.events import CartChanged
from torg.carts.keep import keeps, kept
from torg.carts.load import opened
from torg.carts.model import Cart, StoredCart
from torg.carts.reckon import reckoned
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.markets import atlas
from torg.permissions import Permission


async def open_to_change(
    tx: Transaction, cart_id: UUID, *, by: Actor, version: int | None, channel: str | None = None
) -> StoredCart:
    """The cart, locked; refused when it is being bought or is no longer at the version that the caller saw.

    Its journey leads here already; that is written with whatever else changes, and not without.
    """
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_write, lock=True)
    rules.must_be_open(cart, version)
    known = await atlas(tx.database)
    return replace(cart, journey=rules.touched(cart, known, by=by, at=tx.now, channel=channel))


async def changed(
    tx: Transaction, before: StoredCart, after: StoredCart, *, by: Actor, together: bool = True
) -> Cart:
    """Write what has changed, tell of it, and give the whole cart; a change that changes nothing is not written.

    Where the channel keeps goods for carts, what its lines want now is kept, and what they no longer want is let go.
    """
    after = rules.wrapped(after)
    if after == before:
        return await reckoned(tx, before, fresh=False)
    after = replace(await kept(tx, before.lines, after, by=by, together=together), changed_at=tx.now)
    if (
        after.channel != before.channel
        or after.country != before.country
        or after.language != before.language
    ):
        store.move_context(tx, after)
    if after.openers != before.openers:
        store.hand_on(tx, replace(after, token_hash=before.token_hash))
    after = replace(after, version=store.save(tx, after))
    tx.record(CartChanged(order_id=after.id, version=after.version, lines=len(after.lines)))
    counted = after.lines != before.lines and await keeps(tx, after)
    return await reckoned(tx, after, fresh=False, counted=counted)
