"""A cart is taken to a till or another device: by six digits that are read out, or a link that is scanned.

Either works once, for ten minutes, and only the newest offer of a cart counts; what is kept of them are seals that are
worth nothing without the installation's secret. Digits can be guessed, so wrong ones are counted: for who tries, and
of people without an account over all of them.
"""

import hashlib
import secrets
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts import rules, store
from torg.carts.create import TOKEN, Begun
from torg.carts.events import CartHandedOver
from torg.carts.guesses import KNOWN, counted
from torg.carts.hands.claim import claim
from torg.carts.hands.model import HandOverNotValid, Offered, Opener
from torg.carts.load import opened
from torg.carts.model import StoredCart
from torg.carts.reckon import reckoned
from torg.carts.refusals import CartOfAnother
from torg.kernel.access import Actor, Policy
from torg.kernel.access.throttle import Limit, network
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id
from torg.markets import atlas
from torg.permissions import Permission

T = TypeVar("T")

LASTS: Final = timedelta(minutes=10)
LENT: Final = timedelta(hours=12)
"""How long the token opens that a till, or a device of somebody with an account, is given."""
KEPT: Final = timedelta(days=90)
MOST_OPENERS: Final = 5
MOST_DRAWN: Final = 50
LINK: Final = "torg_ho_"
PURPOSE: Final = "cart hand-over"
OF_ONE: Final = Limit.within("cart-hand-over", 10, LASTS)
OF_ALL: Final = Limit.within("cart-hand-over-all", 300, LASTS)
OF_STAFF: Final = Limit.within("cart-hand-over-staff", 60, LASTS)


class Offer(Struct, frozen=True):
    """What is shown this once: six digits, and the secret of a link; each of them takes the cart over."""

    code: str
    secret: str
    offered: Offered


async def offer(tx: Transaction, cart_id: UUID, *, policy: Policy, by: Actor) -> Offer:
    """Let a cart be taken over once, by whoever is shown the digits or the link in the next ten minutes."""
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_write, lock=True)
    rules.must_be_open(cart, None)
    offered, secret = Offered(new_id(), tx.now + LASTS), LINK + secrets.token_urlsafe(24)
    await store.keep_code(tx, _sealed(policy, secret), cart.id, offered)
    for _ in range(MOST_DRAWN):
        code = f"{secrets.randbelow(1_000_000):06}"
        if await store.keep_code(tx, _sealed(policy, code), cart.id, offered):
            store.hand_on(tx, replace(cart, offered=offered))
            return Offer(code, secret, offered)
    raise LookupError("no six digits are free")


async def take_over(tx: Transaction, code: str, *, policy: Policy, by: Actor) -> Begun:
    """Take a cart over by its digits or its link: the answer holds a token, unless her account opens the cart.

    A visitor's cart becomes a signed-in customer's. Staff need the right to change carts somewhere. Of two who try at
    once one has it.
    """
    found = await store.find_code(tx, _sealed(policy, code))
    cart = await store.find(tx, found.order_id, lock=True) if found else None
    offered = cart.offered if cart is not None else None
    if (
        found is None
        or cart is None
        or offered is None
        or offered.id != found.offer
        or offered.until <= tx.now
    ):
        raise HandOverNotValid()
    rules.must_be_open(cart, None)
    if by.kind in KNOWN:
        by.must(Permission.carts_write, anywhere=True)
    journey = rules.touched(cart, await atlas(tx.database), by=by, at=tx.now)
    tx.record(CartHandedOver(order_id=cart.id, to=by.kind.value, channel=journey[-1].channel))
    taken = replace(cart, offered=None, journey=journey)
    if by.customer_id is not None:
        return await _to_customer(tx, taken, by.customer_id, by)
    token = TOKEN + secrets.token_urlsafe(32)
    taken = _opened_by(taken, hashlib.sha256(token.encode()).digest(), by, tx)
    store.hand_on(tx, taken)
    return Begun(await reckoned(tx, taken, fresh=False), token)


async def careful(database: Database, trying: Coroutine[Any, Any, T], *, address: str | None, by: Actor) -> T:
    """Try a code; `TooManyTries` when too many wrong ones were tried."""
    if by.kind in KNOWN:
        counters = [OF_STAFF.counting(str(by))]
    else:
        counters = [OF_ONE.counting(network(address)), OF_ALL.counting("")]
    return await counted(database, trying, counters, HandOverNotValid)


async def _to_customer(tx: Transaction, cart: StoredCart, customer_id: UUID, by: Actor) -> Begun:
    if cart.customer_id not in {None, customer_id}:
        raise CartOfAnother()
    store.hand_on(tx, cart)
    if cart.customer_id is not None:
        return Begun(await reckoned(tx, cart, fresh=False), None)
    shown = (*by.tokens, cart.token_hash) if cart.token_hash else by.tokens
    return Begun(await claim(tx, cart.id, customer_id, by=replace(by, tokens=shown)), None)


def _opened_by(cart: StoredCart, hash: bytes, by: Actor, tx: Transaction) -> StoredCart:
    """The cart with one token more. A visitor's own goes on to her new device, and with it the order that comes."""
    staff = by.kind in KNOWN
    visitors = cart.token_hash is not None and not staff
    further = cart.token_hash if visitors and cart.token_hash else hash
    lasts = KEPT if visitors else LENT
    openers = [one for one in cart.openers if one.until > tx.now]
    openers.append(Opener(further.hex(), tx.now + lasts, staff))
    return replace(
        cart, openers=tuple(openers[-MOST_OPENERS:]), token_hash=hash if visitors else cart.token_hash
    )


def _sealed(policy: Policy, code: str) -> str:
    """What is kept of digits or of a link's secret, however they were set apart."""
    plain = code.strip()
    if not plain.startswith(LINK):
        plain = "".join(one for one in plain if one.isdigit())
    return policy.vault.seal(plain, purpose=PURPOSE)
