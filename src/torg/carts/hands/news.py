"""A cart on open pages: what has become of it by others' hands, as it happens."""

from collections.abc import AsyncIterator
from time import monotonic
from uuid import UUID

import msgspec
from msgspec import Struct

from torg.carts.events import CartChanged, CartClaimed, CartMerged
from torg.carts.load import opened
from torg.carts.model import CartState
from torg.carts.refusals import CartMerged as Merged
from torg.carts.refusals import UnknownCart
from torg.kernel.access import Actor
from torg.kernel.database import Database
from torg.kernel.events import Event
from torg.kernel.ids import public
from torg.kernel.live import Live, Topics
from torg.permissions import Permission

QUIET = 15


class CartNews(Struct, frozen=True):
    """How a cart stands: who has an older version of it reads it again. `merged` names the one that it went into."""

    event: str
    cart: str
    version: int | None = None
    state: CartState | None = None

    def message(self) -> bytes:
        """The news as they are sent."""
        data = {"cart": self.cart, "version": self.version, "state": self.state}
        return f"event: {self.event}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"


def _of_cart(event: CartChanged | CartClaimed | CartMerged) -> list[tuple[str, Event]]:
    return [(topic(event.order_id), event)]


TOPICS: Topics = dict.fromkeys((CartChanged, CartClaimed, CartMerged), _of_cart)


def topic(cart_id: UUID) -> str:
    """What pages with this cart listen to."""
    return f"cart:{cart_id.hex}"


async def cart_news(
    live: Live, database: Database, cart_id: UUID, *, by: Actor, seconds: int
) -> AsyncIterator[bytes]:
    """Server-sent events about a cart that the actor may open: how it stands, then each time it has changed.

    Ends with `merged`, or with `closed` when it does not open to her any more. Whoever comes again is told how it
    stands, and misses nothing.
    """
    until = monotonic() + seconds
    async with live.listen([topic(cart_id)]) as listener:
        told = await _standing(database, cart_id, by)
        yield told.message()
        while told.event == "cart" and not listener.ended and (left := until - monotonic()) > 0:
            if not await listener.news(min(left, QUIET)):
                yield b": still here\n\n"
            elif (now := await _standing(database, cart_id, by)) != told:
                told = now
                yield told.message()


async def _standing(database: Database, cart_id: UUID, by: Actor) -> CartNews:
    try:
        cart = await database.read(
            lambda tx: opened(tx, cart_id, by=by, permission=Permission.carts_read, lock=False)
        )
    except Merged as merged:
        return CartNews("merged", merged.facts["cart"])
    except UnknownCart:
        return CartNews("closed", public("crt", cart_id))
    return CartNews("cart", public("crt", cart.id), cart.version, cart.state)
