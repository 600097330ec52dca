"""The practice retailer: a seeded, truthful world in which Torg can be tried out.

Everything is entered through the contexts' own front doors, in the order in which a retailer would: where is sold,
what, at which prices, what lies where, who works and buys there, and last the year behind. Filling it in again changes
nothing; a filling that was interrupted goes on.
"""

from collections.abc import Callable

from torg.demo import catalog, content, gift_card, history_fill, markets, offers, people, prices, stock, whom
from torg.demo.people import accounts_in_words, sign_ins
from torg.demo.size import Size
from torg.kernel.database import Database
from torg.settings import Settings

__all__ = ["Size", "accounts_in_words", "fill", "sign_ins"]


def _silent(_: str) -> None:
    """Nobody wants to hear of the progress."""


async def fill(
    database: Database,
    settings: Settings,
    *,
    size: Size = Size.whole,
    show: Callable[[str], None] = _silent,
    picture_width: int = 640,
) -> None:
    """Make what is missing; a second time changes nothing. `show` is told what is made next, and the end."""
    show("markets, stores and channels")
    await database.run(markets.fill)
    database.forget("markets.atlas")
    show("goods and their pictures")
    await catalog.fill(database, settings, size=size, picture_width=picture_width)
    show("prices")
    await database.run(prices.fill)
    show("stock")
    await database.run(stock.fill)
    show("pages")
    await database.run(content.fill)
    show("staff")
    await database.run(people.fill)
    show("prices for members and companies")
    await database.run(whom.fill)
    show("promotions")
    await database.run(offers.fill)
    if size is Size.whole:
        await history_fill.fill(database, show)
    await gift_card.fill(database, settings, picture_width=picture_width)
    show("")
