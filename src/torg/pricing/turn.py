"""Telling that scheduled prices and price lists have begun or ended, when that happens.

Prices themselves need nobody for it: which one holds is decided when somebody asks. Feeds, webhooks and caches of
others hear of it here: `price.changed` (or `price.ended`, when nothing follows) for each price, `prices.loaded` where
hundreds turn together, `price-list.changed` for a list. Every turn is told once, in order, a portion a transaction; a
process that dies in between goes on where it was. What was entered within `LATE` of its own moment may have been passed
by, and was told of (`price.scheduled`) when it was entered.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from torg.kernel.database import Database, Transaction
from torg.pricing import store
from torg.pricing.events import PriceChanged, PriceEnded, PriceListChanged, PricesLoaded, in_portions
from torg.pricing.store import Cursor, Turned

LATE: Final = timedelta(seconds=3)
"""How long it is waited for transactions that were under way at that moment."""

AT_ONCE: Final = 1_000
SINGLY: Final = 200
"""Up to so many turns at once are told one by one."""

LAST: Final = UUID(int=2**128 - 1)


async def turn(database: Database) -> int:
    """Tell of everything that has turned since the last time; how many prices did."""
    told = 0
    while True:
        count = await database.run(_portion)
        told += count
        if count < AT_ONCE:
            return told


async def _portion(tx: Transaction) -> int:
    cursor, until = await store.lock_cursor(tx), tx.now - LATE
    if until < cursor.at:
        return 0
    found = await store.turned(tx, cursor, until, AT_ONCE)
    end = Cursor(until, LAST, "", 0)
    if len(found) == AT_ONCE:
        last = found[-1]
        end = Cursor(last.at, last.variant_id, last.price_list, last.from_quantity)
    for code in await store.lists_turned(tx, cursor.at, end.at):
        version = (await store.price_list(tx, code)).version
        tx.record(PriceListChanged(price_list=code, version=version))
    _tell(tx, [one for one in found if one.amount != one.amount_before])
    await store.move_cursor(tx, end)
    return len(found)


def _tell(tx: Transaction, found: Sequence[Turned]) -> None:
    if len(found) <= SINGLY:
        tx.record(*(_event(one) for one in found))
        return
    variants: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for one in found:
        variants[one.price_list, one.currency].append(one.variant_id)
    for (price_list, currency), ids in variants.items():
        tx.record(
            *(
                PricesLoaded(price_list=price_list, currency=currency, variants=some)
                for some in in_portions(ids)
            )
        )


def _event(one: Turned) -> PriceChanged | PriceEnded:
    if one.amount is None or one.valid_from is None:
        return PriceEnded(
            variant_id=one.variant_id,
            price_list=one.price_list,
            currency=one.currency,
            amount_before=one.amount_before,
            from_quantity=one.from_quantity,
            at=one.at,
        )
    return PriceChanged(
        variant_id=one.variant_id,
        price_list=one.price_list,
        currency=one.currency,
        amount=one.amount,
        amount_before=one.amount_before,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        from_quantity=one.from_quantity,
    )
