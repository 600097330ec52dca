"""The words of promises: what is asked for a page of products, and what is answered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from torg.inventory.model import MOST_TOLD
from torg.markets import Point

Sellable = Annotated[
    int,
    Meta(
        ge=0,
        description=f"{MOST_TOLD} means {MOST_TOLD} or more; who may read the stock there is told exactly.",
    ),
]


class Asked(Struct, frozen=True, kw_only=True):
    """Variants, or all variants of products; so many of each; where to, near which place, and ordered when."""

    variants: Sequence[UUID] = ()
    products: Sequence[UUID] = ()
    quantity: int
    country: str
    region: str | None
    postal_code: str | None
    near: Point | None
    stores: int
    at: datetime


# An answer holds no circles, so the garbage collector need not look at it (`gc=False`): it has hundreds of these.
class PlaceStock(Struct, frozen=True, gc=False, omit_defaults=True):
    """How many a place can promise now; `delivers` when the channel's orders are sent from there.

    Of these, `late` units are not there yet, or with `preorder` not out, and are `expected` on that day; left out where
    all are there.
    """

    location: str
    store: str | None
    delivers: bool
    sellable: Sellable
    late: Sellable = 0
    expected: date | None = None
    preorder: bool = False


class Arrival(Struct, frozen=True, gc=False):
    """The days on which a method brings it, and from where it would be sent."""

    method: str
    earliest: date
    latest: date
    sent_from: tuple[str, ...]


class PickUp(Struct, frozen=True, gc=False):
    """When a store has it ready, on the store's own clock."""

    store: str
    method: str
    ready_at: datetime


class Promise(Struct, frozen=True, gc=False):
    """What can be had of a variant, in all and by place, and in which ways as many as were asked for.

    `sellable` is what the channel can send. Digital goods are nowhere, and need not come.
    """

    variant: str
    product: str
    sku: str
    sellable: Sellable
    places: tuple[PlaceStock, ...]
    deliveries: tuple[Arrival, ...]
    pick_ups: tuple[PickUp, ...]


class StoreNear(Struct, frozen=True, gc=False):
    """A store of the channel's market; its distance is told to who has said where she is."""

    code: str
    name: str
    location: str
    distance_m: int | None


class Promises(Struct, frozen=True):
    """What can be promised of what is ordered at `at`; the variants in the order asked, the nearest store first."""

    at: datetime
    country: str
    variants: Sequence[Promise]
    stores: Sequence[StoreNear]
