"""Prices that have not begun: seen, and taken back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.kernel import audit, ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.pricing import checks, store
from torg.pricing.events import PriceCancelled
from torg.pricing.model import Key, Price, PriceHasBegun
from torg.pricing.reading import price_list
from torg.pricing.set import TOLD, must_change


class Scheduled(Struct, frozen=True):
    """A price to be taken back before it begins; `version` is the one that this was decided on."""

    variant_id: UUID
    valid_from: datetime
    from_quantity: int = 1
    version: int | None = None

    @property
    def key(self) -> Key:
        """What tells it from the other prices of its list."""
        return self.variant_id, self.valid_from, self.from_quantity


async def scheduled_prices(
    tx: Transaction,
    code: str,
    *,
    by: Actor,
    after: tuple[datetime, UUID, int] | None = None,
    limit: int = 100,
) -> list[Price]:
    """The prices of a list that have not begun, in the order of their beginnings."""
    await price_list(tx, code, by=by)
    return await store.scheduled(tx, code, after, limit)


async def cancel_scheduled(tx: Transaction, code: str, wanted: Sequence[Scheduled], *, by: Actor) -> int:
    """Take prices back that have not begun, all or none; the history keeps them, and the lowest price never counts
    them.

    One that has begun is refused (`PriceHasBegun`): it has been asked for, so it is ended by giving it an end.
    """
    prices = await store.price_list(tx, code, lock=True)
    must_change(by, prices)
    keys = list(dict.fromkeys(one.key for one in wanted))
    known = await store.lock_prices(tx, code, keys)
    problems = [
        checks.problem(f"prices.{index}", "unknown-price")
        for index, one in enumerate(wanted)
        if one.key not in known
    ]
    if problems:
        raise Invalid.of(*problems)
    for one in wanted:
        if one.version is not None and one.version != known[one.key].version:
            raise StaleVersion(given=one.version, present=known[one.key].version)
    if any(one.valid_from <= tx.now for one in wanted):
        raise PriceHasBegun()
    if keys:
        changes = [_change(tx, by, prices.currency, known[key]) for key in keys]
        await store.drop(tx, code, keys)
        await store.add_changes(tx, code, changes, cancelled=True)
        tx.record(
            *(
                PriceCancelled(
                    variant_id=one.variant_id,
                    price_list=code,
                    valid_from=one.valid_from,
                    from_quantity=one.from_quantity,
                )
                for one in changes
            )
        )
        told = [{"variant": ids.public("var", v), "from": since} for v, since, _ in keys[:TOLD]]
        await audit.write(tx, by, "prices.cancelled", code, count=len(keys), prices=told)
    return len(keys)


def _change(tx: Transaction, by: Actor, currency: str, price: Price) -> store.PriceChange:
    return store.PriceChange(
        variant_id=price.variant_id,
        id=ids.new_id(),
        price_list=price.price_list,
        currency=currency,
        at=tx.now,
        actor=str(by),
        valid_from=price.valid_from,
        valid_to=price.valid_to,
        amount=price.amount,
        amount_before=price.amount,
        valid_to_before=price.valid_to,
        from_quantity=price.from_quantity,
        cancelled=True,
    )
