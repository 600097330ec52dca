"""What staff see of prices: lists, their prices, and what each price was and became."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission
from torg.pricing import store
from torg.pricing.model import DeliveryRate, Price, PriceKind, PriceList
from torg.pricing.store import PriceChange


async def price_lists(tx: Transaction, *, by: Actor) -> list[PriceList]:
    """Every price list that she may see: those of her channels, and those for all."""
    by.must(Permission.prices_read, anywhere=True)
    return [prices for prices in await store.price_lists(tx) if _sees(by, prices)]


def _sees(by: Actor, prices: PriceList) -> bool:
    everywhere = prices.channel is None
    if prices.kind is PriceKind.cost and not by.may(
        Permission.prices_cost, channel=prices.channel, anywhere=everywhere
    ):
        return False
    mine = by.channels(Permission.prices_read)
    return everywhere or mine is None or prices.channel in mine


async def price_list(tx: Transaction, code: str, *, by: Actor) -> PriceList:
    """One price list."""
    by.must(Permission.prices_read, anywhere=True)
    found = await store.price_list(tx, code)
    if found.channel is not None:
        by.must(Permission.prices_read, channel=found.channel)
    if found.kind is PriceKind.cost:
        by.must(Permission.prices_cost, channel=found.channel, anywhere=found.channel is None)
    return found


async def prices_of(
    tx: Transaction,
    code: str,
    *,
    by: Actor,
    variant_id: UUID | None = None,
    after: tuple[UUID, datetime, int] | None = None,
    limit: int = 100,
) -> list[Price]:
    """The prices of a list by variant and beginning, past and future ones too."""
    await price_list(tx, code, by=by)
    return await store.prices(tx, code, variant_id=variant_id, after=after, limit=limit)


async def price_history(
    tx: Transaction,
    variant_id: UUID,
    *,
    by: Actor,
    code: str | None = None,
    before: UUID | None = None,
    limit: int = 100,
) -> Sequence[PriceChange]:
    """What a variant's prices were and became, newest first; who sees some channels only names one of their
    lists.
    """
    if code is None:
        by.must(Permission.prices_read)
    else:
        await price_list(tx, code, by=by)
    costs = by.may(Permission.prices_cost, anywhere=code is not None)
    return await store.history(tx, variant_id, code=code, before=before, limit=limit, costs=costs)


async def delivery_rates(tx: Transaction, *, by: Actor) -> list[DeliveryRate]:
    """Every delivery rate."""
    by.must(Permission.prices_read, anywhere=True)
    return await store.delivery_rates(tx)
