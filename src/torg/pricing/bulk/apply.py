"""Applying a bulk change exactly as it was previewed."""

from typing import Final
from uuid import UUID

from torg.kernel import audit, ids
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction
from torg.pricing import store
from torg.pricing.bulk.model import (
    Bulk,
    BulkState,
    BulkUnderWay,
    BulkWish,
    PreviewStale,
    UnknownBulk,
)
from torg.pricing.bulk.preview import planned
from torg.pricing.events import PriceBulkApplied, PriceBulkBegun, PricesLoaded, in_portions
from torg.pricing.model import Converted, Price, PriceList
from torg.pricing.set import must_change
from torg.pricing.store import bulk as bulks

PORTION: Final = 2_000


async def apply_bulk(tx: Transaction, code: str, wish: BulkWish, token: str, *, by: Actor) -> Bulk:
    """Begin a bulk change that was previewed under this token; a job writes its prices.

    Refused when anything would come out differently now (`PreviewStale`), or when another bulk change of the list is
    not finished (`BulkUnderWay`).
    """
    prices = await store.price_list(tx, code, lock=True)
    must_change(by, prices)
    if await bulks.under_way(tx, code):
        raise BulkUnderWay(price_list=code)
    plan = await planned(tx, prices, wish, by=by)
    if plan.token != token:
        raise PreviewStale()
    bulk = Bulk(
        id=ids.new_id(),
        price_list=code,
        wish=wish,
        digest=token,
        converted=await _converted(tx, wish),
        valid_from=wish.valid_from or tx.now,
        valid_to=wish.valid_to,
        state=BulkState.applying,
        prices=len(plan.rows),
        written=0,
        left_alone=0,
        actor=str(by),
        begun_at=tx.now,
        finished_at=None,
    )
    await bulks.begin(tx, bulk, plan.rows)
    tx.record(PriceBulkBegun(price_list=code, bulk_id=bulk.id))
    await audit.write(
        tx, by, "prices.bulk-begun", code, bulk=bulk.public_id, prices=bulk.prices, wish=_told(wish)
    )
    return bulk


async def go_on(database: Database, id: UUID) -> Bulk:
    """Write what is left of a bulk change, a portion a transaction; done twice or by two at once, each price is written
    once.
    """
    while True:
        bulk = await database.run(lambda tx: _portion(tx, id))
        if bulk.state is BulkState.applied:
            return bulk


async def _portion(tx: Transaction, id: UUID) -> Bulk:
    found = await bulks.find(tx, id)
    if found is None:
        raise UnknownBulk(bulk=ids.public("blk", id))
    prices = await store.price_list(
        tx, found.price_list, lock=True
    )  # before its bulk change, as everybody does
    bulk = await bulks.find(tx, id, lock=True)
    if bulk is None or bulk.state is BulkState.applied:
        return bulk or found
    rows = await bulks.take(tx, id, PORTION)
    at = max(bulk.valid_from, tx.now)
    held = await bulks.present(tx, bulk.price_list, list({row.variant_id for row in rows}), at)
    present = {(one.variant_id, one.from_quantity): one.amount for one in held}
    campaigns = {one.variant_id for one in held if one.reduced} if bulk.valid_to is None else set()
    wanted = [
        Price(
            row.variant_id, bulk.price_list, row.amount, bulk.valid_from, bulk.valid_to, 1, row.from_quantity
        )
        for row in rows
        if present.get((row.variant_id, row.from_quantity)) == row.amount_before
        and row.variant_id not in campaigns
    ]
    if wanted:
        changed = await store.load_prices(tx, bulk.price_list, bulk.actor, wanted, bulk.converted)
        _tell(tx, prices, changed)
    await bulks.count(tx, id, len(wanted), len(rows) - len(wanted))
    if len(rows) < PORTION and await bulks.finish(tx, id):
        tx.record(PriceBulkApplied(price_list=bulk.price_list, bulk_id=id))
    return await bulks.find(tx, id) or bulk


def _tell(tx: Transaction, prices: PriceList, variants: list[UUID]) -> None:
    tx.record(
        *(
            PricesLoaded(price_list=prices.code, currency=prices.currency, variants=some)
            for some in in_portions(variants)
        )
    )


async def _converted(tx: Transaction, wish: BulkWish) -> Converted | None:
    made = wish.conversion
    if made is None:
        return None
    source = await store.price_list(tx, made.price_list)
    return Converted(source.code, source.currency, made.rate, made.as_of, made.source)


def _told(wish: BulkWish) -> dict[str, object]:
    """The wish in few words, for the audit log."""
    return {
        "share": wish.share,
        "amount": wish.amount,
        "categories": wish.selection.categories,
        "variants": len(wish.selection.variants),
        "converted_from": wish.conversion.price_list if wish.conversion else None,
        "rate": wish.conversion.rate if wish.conversion else None,
    }
