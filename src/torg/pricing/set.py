"""Setting prices: one, or hundreds in one go, each kept in the history and told by itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from torg import catalog
from torg.kernel import audit, ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.money import Money
from torg.permissions import Permission
from torg.pricing import checks, store
from torg.pricing.events import PriceChanged, PriceScheduled
from torg.pricing.model import Key, Price, PriceKind, PriceList

TOLD = 50
"""Changes that the audit log repeats word for word; the history has all of them."""


class NewPrice(Struct, frozen=True):
    """What a variant is to cost from a quantity on, from a time (now) until another; `version` names the price that is
    changed.
    """

    variant_id: UUID
    amount: Money
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    version: int | None = None
    from_quantity: int = 1


async def set_prices(
    tx: Transaction, price_list: str, wanted: Sequence[NewPrice], *, by: Actor
) -> list[Price]:
    """Set prices in a list, all or none; a price that begins when an existing one does takes its place.

    Prices that would not change are left alone, and nothing is told of them.
    """
    prices = await store.price_list(tx, price_list, lock=True)
    must_change(by, prices)
    new = [as_price(tx, prices, price) for price in wanted]
    known = await catalog.known_variants(tx, [price.variant_id for price in new])
    problems = (*checks.other_currencies(prices, [p.amount for p in wanted]), *checks.prices(new, known))
    if problems:
        raise Invalid.of(*problems)
    before = await store.lock_prices(tx, price_list, [price.key for price in new])
    _refuse_stale(wanted, new, before)
    changed = [price for price in new if not _same(price, before.get(price.key))]
    if changed:
        kept = await store.keep_prices(tx, price_list, changed)
        changes = [_change(tx, by, prices, price, before.get(price.key)) for price in changed]
        await store.add_changes(tx, price_list, changes)
        tx.record(*(_told(change) for change in changes))
        await audit.write(tx, by, "prices.set", price_list, count=len(changes), changes=_facts(changes))
        before = before | {price.key: price for price in kept}
    return [before[price.key] for price in new]


def must_change(by: Actor, prices: PriceList) -> None:
    """Refuse who may not change prices of this list; cost prices take the right to see them too."""
    by.must(Permission.prices_write, channel=prices.channel)
    if prices.kind is PriceKind.cost:
        by.must(Permission.prices_cost, channel=prices.channel)


def as_price(tx: Transaction, prices: PriceList, new: NewPrice) -> Price:
    """The first version of what is to be set; without a beginning it holds from now."""
    return Price(
        variant_id=new.variant_id,
        price_list=prices.code,
        amount=new.amount.amount,
        valid_from=new.valid_from or tx.now,
        valid_to=new.valid_to,
        from_quantity=new.from_quantity,
    )


def _refuse_stale(wanted: Sequence[NewPrice], new: Sequence[Price], before: Mapping[Key, Price]) -> None:
    for asked, price in zip(wanted, new, strict=True):
        present = before[price.key].version if price.key in before else 0
        if asked.version is not None and asked.version != present:
            raise StaleVersion(given=asked.version, present=present)


def _same(price: Price, before: Price | None) -> bool:
    return before is not None and (price.amount, price.valid_to) == (before.amount, before.valid_to)


def _change(
    tx: Transaction, by: Actor, prices: PriceList, price: Price, before: Price | None
) -> store.PriceChange:
    return store.PriceChange(
        variant_id=price.variant_id,
        id=ids.new_id(),
        price_list=prices.code,
        currency=prices.currency,
        at=tx.now,
        actor=str(by),
        valid_from=price.valid_from,
        valid_to=price.valid_to,
        amount=price.amount,
        amount_before=before.amount if before else None,
        valid_to_before=before.valid_to if before else None,
        from_quantity=price.from_quantity,
    )


def _told(change: store.PriceChange) -> PriceChanged | PriceScheduled:
    if change.valid_from > change.at:
        return PriceScheduled(
            variant_id=change.variant_id,
            price_list=change.price_list,
            currency=change.currency,
            amount=change.amount,
            valid_from=change.valid_from,
            valid_to=change.valid_to,
            from_quantity=change.from_quantity,
        )
    return PriceChanged(
        variant_id=change.variant_id,
        price_list=change.price_list,
        currency=change.currency,
        amount=change.amount,
        amount_before=change.amount_before,
        valid_from=change.valid_from,
        valid_to=change.valid_to,
        from_quantity=change.from_quantity,
    )


def _facts(changes: Sequence[store.PriceChange]) -> list[dict[str, Any]]:
    return [
        {
            "variant": ids.public("var", change.variant_id),
            "before": change.amount_before,
            "after": change.amount,
            "from": change.valid_from,
            "until": change.valid_to,
            "from_quantity": change.from_quantity,
        }
        for change in changes[:TOLD]
    ]
