"""Bring in thousands of prices of one list: for imports, for what another system sends, and for practice data.

The same rules and the same history as `set_prices`, in a handful of statements however many prices there are. Followers
hear of a load in facts that name hundreds of variants each: a hundred thousand single ones would keep every other fact
waiting.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from torg import catalog
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid
from torg.pricing import checks, store
from torg.pricing.events import PricesLoaded, in_portions
from torg.pricing.set import NewPrice, as_price, must_change

MOST_LOADED: Final = 20_000


class LoadedPrices(Struct, frozen=True):
    """How many prices are new or different, and how many were so already."""

    changed: int
    unchanged: int


async def load_prices(
    tx: Transaction, price_list: str, wanted: Sequence[NewPrice], *, by: Actor
) -> LoadedPrices:
    """Set up to `MOST_LOADED` prices of a list, all or none; the same prices again change and tell nothing.

    Whatever stood there is replaced, so a price with a `version` is a defect of the caller (ValueError). The history
    gets a line a price, the audit log one line a call, and `prices.loaded` is told in place of `price.changed`.
    """
    if len(wanted) > MOST_LOADED:
        raise ValueError(f"at most {MOST_LOADED} prices are loaded at once")
    if any(price.version is not None for price in wanted):
        raise ValueError("a load replaces whatever there is, so its prices have no version")
    prices = await store.price_list(tx, price_list, lock=True)
    must_change(by, prices)
    new = [as_price(tx, prices, price) for price in wanted]
    known = await catalog.known_variants(tx, sorted({price.variant_id for price in new}))
    problems = (*checks.other_currencies(prices, [p.amount for p in wanted]), *checks.prices(new, known))
    if problems:
        raise Invalid.of(*problems)
    variants = await store.load_prices(tx, price_list, str(by), new) if new else []
    if variants:
        tx.record(
            *(
                PricesLoaded(price_list=price_list, currency=prices.currency, variants=some)
                for some in in_portions(variants)
            )
        )
        await audit.write(tx, by, "prices.loaded", price_list, count=len(variants), given=len(new))
    return LoadedPrices(len(variants), len(new) - len(variants))
