"""Adding and changing price lists."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from torg.customers import find_company, known_groups
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.markets import load_atlas
from torg.pricing import checks, store
from torg.pricing.events import PriceListAdded, PriceListChanged
from torg.pricing.model import PriceList
from torg.pricing.set import must_change


class PriceListChange(Struct, frozen=True):
    """What to change; what is left out stays. Currency, tax and place are what the list is, and stay for
    ever.
    """

    name: str | UnsetType = UNSET
    priority: int | UnsetType = UNSET
    valid_from: datetime | UnsetType | None = UNSET
    valid_to: datetime | UnsetType | None = UNSET


async def add_price_list(tx: Transaction, prices: PriceList, *, by: Actor) -> PriceList:
    """Add a price list; it has no prices yet, so nothing costs anything else because of it."""
    must_change(by, prices)
    known = await find_company(tx, prices.company) if prices.company is not None else None
    problems = (
        *checks.price_list_problems(prices, await load_atlas(tx)),
        *checks.whom_problems(
            prices,
            await known_groups(tx) if prices.customer_group is not None else (),
            {known.id} if known is not None else (),
        ),
    )
    if problems:
        raise Invalid.of(*problems)
    await store.add_price_list(tx, prices)
    tx.record(PriceListAdded(price_list=prices.code, currency=prices.currency))
    await audit.write(tx, by, "price-list.added", prices.code, name=prices.name, currency=prices.currency)
    return prices


async def change_price_list(
    tx: Transaction, code: str, change: PriceListChange, *, version: int | None, by: Actor
) -> PriceList:
    """Change a list's name, priority or time; a version that is not the present one is refused."""
    before = await store.price_list(tx, code, lock=True)
    must_change(by, before)
    if version is not None and version != before.version:
        raise StaleVersion(given=version, present=before.version)
    given = {name: getattr(change, name) for name in change.__struct_fields__}
    changes = {name: value for name, value in given.items() if value is not UNSET}
    after = replace(before, **changes)
    if after == before:
        return before
    if problems := tuple(checks.price_list_problems(after, await load_atlas(tx))):
        raise Invalid.of(*problems)
    await store.save_price_list(tx, after)
    saved = replace(after, version=before.version + 1)
    tx.record(PriceListChanged(price_list=code, version=saved.version))
    was = {name: getattr(before, name) for name in changes}
    await audit.write(tx, by, "price-list.changed", code, before=was, after=changes)
    return saved
