"""Making what sales channels stand on: sellers, markets, locations and stores."""

from collections.abc import Iterable

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.markets import rules, snapshot, store
from torg.markets.model import Location, Market, Seller, Store
from torg.permissions import Permission


async def add_seller(tx: Transaction, seller: Seller, *, by: Actor) -> Seller:
    """Enter a legal entity that sells; its company and tax numbers are checked."""
    by.must(Permission.channels_write)
    _must_be_right(rules.seller_problems(seller))
    await _keep(tx, seller, "seller.added", by=by)
    return seller


async def add_market(tx: Transaction, market: Market, *, by: Actor) -> Market:
    """Enter a market of one currency, sold to by one seller."""
    by.must(Permission.channels_write)
    known = await snapshot.load_atlas(tx)
    _must_be_right(rules.market_problems(market, known.sellers))
    await _keep(tx, market, "market.added", by=by)
    return market


async def add_location(tx: Transaction, location: Location, *, by: Actor) -> Location:
    """Enter a place that holds stock."""
    by.must(Permission.channels_write)
    _must_be_right(rules.location_problems(location))
    await _keep(tx, location, "location.added", by=by)
    return location


async def add_store(tx: Transaction, shop: Store, *, by: Actor) -> Store:
    """Enter a store with its opening hours; its stock location exists already."""
    by.must(Permission.channels_write)
    known = await snapshot.load_atlas(tx)
    _must_be_right(rules.store_problems(shop, known.locations, known.markets))
    await _keep(tx, shop, "store.added", by=by)
    return shop


async def _keep(
    tx: Transaction, thing: Seller | Market | Location | Store, action: str, *, by: Actor
) -> None:
    await store.add(tx, thing)
    tx.database.forget(snapshot.NAME)
    await audit.write(tx, by, action, thing.code, after=thing)


def _must_be_right(problems: Iterable[FieldProblem]) -> None:
    found = tuple(problems)
    if found:
        raise Invalid.of(*found)
