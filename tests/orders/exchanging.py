"""Steps of tests that exchange goods."""

from typing import Any
from uuid import UUID

from msgspec.structs import replace
from tests.orders.changing import ENGINES
from tests.orders.conftest import Till
from tests.orders.returning import clerk

from torg import orders
from torg.carts import Cart
from torg.kernel.access import Actor
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.orders import Came, Exchange, Exchanged, Intent, Taken
from torg.orders.exchanges.model import Previewed
from torg.payments import Tender, TenderChoice


def card(method: str = "ok") -> tuple[TenderChoice, ...]:
    return (TenderChoice(Tender.gateway, "sim", method, "https://shop.test/back"),)


def assistant(store: str, *more: str) -> Actor:
    """Somebody who takes goods back in a store and sells others."""
    return clerk(store, "orders:place", *more)


def at_counter(
    cart: Cart, came: Came, *goods: tuple[UUID, int], store: str = "oslo", **more: Any
) -> Exchange:
    """Goods on the counter of a store for others that are carried out."""
    return Exchange(
        order_id=cart.id,
        id=more.pop("id", None) or new_id(),
        came=(came,),
        taken=tuple(Taken(one, units, Intent.carry_out, store) for one, units in goods),
        store=store,
        **more,
    )


def announced(cart: Cart, came: Came, *goods: tuple[UUID, int], **more: Any) -> Exchange:
    """Goods that will be sent back for others."""
    return Exchange(
        order_id=cart.id,
        id=more.pop("id", None) or new_id(),
        came=(came,),
        taken=tuple(Taken(one, units) for one, units in goods),
        **more,
    )


async def look(till: Till, wanted: Exchange, by: Actor) -> Previewed:
    return await orders.preview_exchange(till.database, ENGINES, wanted, by=by)


async def exchanged(till: Till, wanted: Exchange, by: Actor, *, agreed: int | None = None) -> Exchanged:
    """Exchange for the difference that was agreed to, or whatever it is."""
    if agreed is not None:
        wanted = replace(wanted, difference=Money(agreed, "NOK"))
    return await orders.exchange(till.database, till.gateways, ENGINES, wanted, by=by)
