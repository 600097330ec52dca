"""A cart that nobody has changed for a while is told of once, so that somebody may help or remind."""

from datetime import timedelta
from uuid import UUID

from torg.carts import store
from torg.carts.events import CartAbandoned
from torg.carts.model import CartState
from torg.kernel.database import Transaction
from torg.markets import atlas


async def look(tx: Transaction, cart_id: UUID) -> bool:
    """Look at a cart whose time may have come: tell of it, or look again when it will have; tells whether it was told.

    Whoever takes its row out of the list has it alone, so it is told once for each time that it is left alone.
    """
    if not await store.take_idle(tx, cart_id):
        return False
    cart = await store.find(tx, cart_id, lock=True)
    if cart is None or cart.state is not CartState.open or not cart.lines:
        return False
    minutes = (await atlas(tx.database)).channel(cart.channel).settings.cart_idle_minutes
    if minutes is None:
        return False
    due = cart.changed_at + timedelta(minutes=minutes)
    if due > tx.now:
        await store.look_later(tx, {cart_id: due})
        return False
    tx.record(
        CartAbandoned(
            order_id=cart.id,
            channel=cart.channel,
            market=cart.market,
            customer_id=cart.customer_id,
            reachable=bool(cart.email or cart.phone),
            version=cart.version,
            lines=len(cart.lines),
            idle_minutes=minutes,
        )
    )
    return True
