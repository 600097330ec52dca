"""Carts that wait in a store: parked with a label, listed, and taken up by one."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg.carts import rules, store
from torg.carts.create import TOKEN, Begun
from torg.carts.events import CartParked, CartTakenUp
from torg.carts.hands.hand_over import LENT, MOST_OPENERS
from torg.carts.hands.model import CartNotParked, Opener, Parked, ParkedCart
from torg.carts.load import opened
from torg.carts.model import Cart
from torg.carts.reckon import reckoned
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.markets import atlas
from torg.permissions import Permission

MOST: Final = 200


async def park(
    tx: Transaction, cart_id: UUID, in_store: str, label: str, *, hours: int = 12, by: Actor
) -> Cart:
    """Let a cart wait in a store for so many hours; staff of that store find it by its label. Parked anew, it waits
    under its new label.
    """
    by.must(Permission.carts_write, anywhere=True)
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_write, lock=True)
    rules.must_be_open(cart, None)
    known = await atlas(tx.database)
    known.store(in_store)
    journey = rules.touched(cart, known, by=by, at=tx.now)
    channel = journey[-1].channel
    by.must(Permission.carts_write, store=in_store, channel=channel)
    said = " ".join(label.split())
    if not said:
        raise Invalid.of(FieldProblem("label", "required", "This field is required."))
    parked = Parked(in_store, channel, said, str(by), tx.now, tx.now + timedelta(hours=hours))
    after = replace(cart, parked=parked, journey=journey)
    store.hand_on(tx, after)
    tx.record(CartParked(order_id=cart.id, store=in_store))
    return await reckoned(tx, after, fresh=False)


async def parked_in(tx: Transaction, in_store: str, *, by: Actor) -> list[ParkedCart]:
    """The carts that wait in a store, the newest first, at most two hundred; for its staff."""
    (await atlas(tx.database)).store(in_store)
    found = await store.parked(tx, in_store, MOST)
    may = {
        channel
        for channel in {by.touch.channel, *(one.parked.channel for one in found)}
        if by.may(Permission.carts_read, store=in_store, channel=channel)
    }
    if not may:
        by.must(Permission.carts_read, store=in_store, channel=by.touch.channel)
    return [one for one in found if one.parked.channel in may]


async def take_up(tx: Transaction, cart_id: UUID, *, by: Actor) -> Begun:
    """Go on with a cart that waits: of two who take it up at once one has it. The token in the answer opens it."""
    by.must(Permission.carts_write, anywhere=True)
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_write, lock=True)
    rules.must_be_open(cart, None)
    if cart.parked is None or cart.parked.until <= tx.now:
        raise CartNotParked()
    by.must(Permission.carts_write, store=cart.parked.store, channel=cart.parked.channel)
    token = TOKEN + secrets.token_urlsafe(32)
    opener = Opener(hashlib.sha256(token.encode()).hexdigest(), tx.now + LENT, True)
    after = replace(
        cart,
        parked=None,
        openers=(*cart.openers, opener)[-MOST_OPENERS:],
        journey=rules.touched(cart, await atlas(tx.database), by=by, at=tx.now),
    )
    store.hand_on(tx, after)
    tx.record(CartTakenUp(order_id=cart.id, store=cart.parked.store))
    return Begun(await reckoned(tx, after, fresh=False), token)
