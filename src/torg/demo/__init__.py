"""The practice retailer: a seeded, truthful world in which Torg can be tried out.

Everything is entered through the contexts' own front doors, in the order in which a retailer would: where is sold,
what, at which prices, what lies where, and who works and buys there. Filling it in again changes nothing.
"""

from torg.demo import catalog, markets, people, prices, stock
from torg.demo.people import accounts_in_words, sign_ins
from torg.kernel.database import Database
from torg.settings import Settings

__all__ = ["accounts_in_words", "fill", "sign_ins"]


async def fill(database: Database, settings: Settings, *, picture_width: int = 640) -> None:
    """Make what is missing; a second time changes nothing. Drawing the pictures is most of the work."""
    await database.run(markets.fill)
    await catalog.fill(database, settings, picture_width=picture_width)
    await database.run(prices.fill)
    await database.run(stock.fill)
    await database.run(people.fill)
