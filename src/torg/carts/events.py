"""What happened to carts; small facts, since whoever wants the cart loads it."""

from typing import ClassVar
from uuid import UUID

from torg.kernel.events import Event


class _OfCart(Event, frozen=True, kw_only=True):
    order_id: UUID

    def key(self) -> str:
        return str(self.order_id)


class CartCreated(_OfCart, frozen=True, kw_only=True):
    """Somebody began to shop."""

    type: ClassVar[str] = "cart.created"
    family: ClassVar[str] = "order"

    channel: str
    market: str
    customer_id: UUID | None


class CartChanged(_OfCart, frozen=True, kw_only=True):
    """The cart is another than before."""

    type: ClassVar[str] = "cart.changed"
    family: ClassVar[str] = "order"

    version: int
    lines: int


class CartClaimed(_OfCart, frozen=True, kw_only=True):
    """A visitor's cart is a customer's from now on."""

    type: ClassVar[str] = "cart.claimed"
    family: ClassVar[str] = "order"

    customer_id: UUID


class CartMerged(_OfCart, frozen=True, kw_only=True):
    """The cart has gone into the customer's own; from now on that one counts."""

    type: ClassVar[str] = "cart.merged"
    family: ClassVar[str] = "order"

    into: UUID
    customer_id: UUID


class CartHandedOver(_OfCart, frozen=True, kw_only=True):
    """A till or another device has taken the cart over."""

    type: ClassVar[str] = "cart.handed_over"
    family: ClassVar[str] = "order"

    to: str
    channel: str


class CartParked(_OfCart, frozen=True, kw_only=True):
    """The cart waits in a store."""

    type: ClassVar[str] = "cart.parked"
    family: ClassVar[str] = "order"

    store: str


class CartTakenUp(_OfCart, frozen=True, kw_only=True):
    """Somebody goes on with a cart that waited in a store."""

    type: ClassVar[str] = "cart.taken_up"
    family: ClassVar[str] = "order"

    store: str


class CartAbandoned(_OfCart, frozen=True, kw_only=True):
    """Nobody has changed a cart with goods in it for as long as its channel waits; told once for each such time.

    Who it can be told to is found with the cart: its customer, or (`reachable`) the contact that it holds.
    """

    type: ClassVar[str] = "cart.abandoned"
    family: ClassVar[str] = "order"

    channel: str
    market: str
    customer_id: UUID | None
    reachable: bool
    version: int
    lines: int
    idle_minutes: int
