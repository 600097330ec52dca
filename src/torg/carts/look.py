"""Somebody looks at a cart: where an outside engine decides about tax, it is asked first."""

from uuid import UUID

from torg.carts.load import load
from torg.carts.model import Cart
from torg.kernel.access import Actor
from torg.kernel.database import Database
from torg.pricing import TaxEngines, TaxNotDecided


async def look(database: Database, engines: TaxEngines, cart_id: UUID, *, by: Actor) -> Cart:
    """The cart of this moment with its tax decided; an estimate when the engine is silent and nothing stands in for it.

    Asks nobody where the built-in engine decides, or an answer for exactly this cart is known.
    """
    cart = await database.read(lambda tx: load(tx, cart_id, by=by))
    if cart.undecided is None:
        return cart
    try:
        await engines.decide(database, cart.undecided)
    except TaxNotDecided:
        return cart
    return await database.read(lambda tx: load(tx, cart_id, by=by))
