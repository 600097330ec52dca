"""The price lists that this process knows: all of them, as of at most a second ago."""

from collections.abc import Sequence
from typing import Final

from torg.kernel.database import Database
from torg.pricing import store
from torg.pricing.model import PriceList

LISTS: Final = "pricing.lists"


async def known_lists(database: Database) -> Sequence[PriceList]:
    """Every price list, as of at most a second ago."""
    return await database.cached(LISTS, store.price_lists, tables=("price_lists",))


async def personal(database: Database) -> bool:
    """Whether any price is for a customer group or a company; if not, nobody needs to ask who belongs to which."""
    return not all(prices.public for prices in await known_lists(database))
