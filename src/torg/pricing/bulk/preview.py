"""What a bulk change would do, without doing it."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from torg import catalog
from torg.catalog import Selected
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.money import ratio
from torg.markets import Atlas, load_atlas
from torg.permissions import Permission
from torg.pricing import checks, store
from torg.pricing import rules as price_rules
from torg.pricing.bulk import rules
from torg.pricing.bulk.model import BulkWish, Preview, Row
from torg.pricing.model import MILLION, PriceKind, PriceList
from torg.pricing.set import must_change
from torg.pricing.store import bulk as bulks
from torg.pricing.store.bulk import Present
from torg.pricing.tax import Place, tax_rate

BREATHE: Final = 5_000
"""After so many prices others that this process serves have their turn."""

PriceKey = tuple[UUID, int]


async def preview(tx: Transaction, code: str, wish: BulkWish, *, by: Actor) -> Preview:
    """What would become of the prices that the wish selects; nothing is changed."""
    prices = await store.price_list(tx, code)
    must_change(by, prices)
    return await planned(tx, prices, wish, by=by)


async def planned(tx: Transaction, prices: PriceList, wish: BulkWish, *, by: Actor) -> Preview:
    """The preview of a wish for a list that the actor may change."""
    known = await load_atlas(tx)
    source = await _source(tx, prices, wish)
    if problems := tuple(_problems(tx, prices, source, wish, known)):
        raise Invalid.of(*problems)
    chosen = wish.selection
    selected = await catalog.select(
        tx, ids=chosen.variants, categories=chosen.categories, attributes=chosen.attributes
    )
    at = max(wish.valid_from or tx.now, tx.now)
    ids = [one.variant_id for one in selected]
    present = {
        (one.variant_id, one.from_quantity): one for one in await bulks.present(tx, prices.code, ids, at)
    }
    basis = present
    if source is not None and source.code != prices.code:
        found = await bulks.present(tx, source.code, ids, at)
        basis = {(one.variant_id, one.from_quantity): one for one in found}
    floors = await _floors(tx, prices, wish, selected, known, by=by)
    return await _reckoned(prices, source or prices, wish, selected, present, basis, floors)


async def _reckoned(
    prices: PriceList,
    source: PriceList,
    wish: BulkWish,
    selected: Sequence[Selected],
    present: Mapping[PriceKey, Present],
    basis: Mapping[PriceKey, Present],
    floors: Mapping[UUID, int],
) -> Preview:
    rows, unchanged, in_campaign, kept = [], 0, 0, 0
    campaigns = _campaigns(present, wish)
    priced: set[UUID] = set()
    for index, (key, one) in enumerate(basis.items()):
        if index % BREATHE == 0:
            await asyncio.sleep(0)
        if one.amount is None:
            continue
        priced.add(one.variant_id)
        amount = one.amount
        if wish.conversion is not None:
            amount = rules.converted(amount, wish.conversion, source.currency, prices.currency)
        after, held = rules.changed(amount, wish, prices.currency, floors.get(one.variant_id))
        there = present.get(key)
        if one.variant_id in campaigns:
            in_campaign += 1
        elif there is not None and there.amount == after:
            unchanged += 1
        else:
            kept += held
            rows.append(Row(*key, there.amount if there else None, after))
    told = tuple(sorted(rows, key=lambda row: (row.variant_id, row.from_quantity)))
    return Preview(
        token=_token(prices, wish, told),
        selected=len(selected),
        without_price=len(selected) - len(priced),
        unchanged=unchanged,
        in_campaign=in_campaign,
        kept_above_cost=kept,
        rows=told,
    )


def _campaigns(present: Mapping[PriceKey, Present], wish: BulkWish) -> set[UUID]:
    """What is left alone, since a price with an end lies over it; a change with an end lies over that one."""
    return set() if wish.valid_to is not None else {one.variant_id for one in present.values() if one.reduced}


def _token(prices: PriceList, wish: BulkWish, rows: Sequence[Row]) -> str:
    """What stands for a wish and everything that it would do."""
    body = msgspec.json.encode((prices.code, prices.version, wish, rows), order="deterministic")
    return hashlib.blake2b(body, digest_size=16).hexdigest()


async def _source(tx: Transaction, prices: PriceList, wish: BulkWish) -> PriceList | None:
    if wish.conversion is None:
        return None
    return next((one for one in await store.price_lists(tx) if one.code == wish.conversion.price_list), None)


def _problems(
    tx: Transaction, prices: PriceList, source: PriceList | None, wish: BulkWish, known: Atlas
) -> Iterator[FieldProblem]:
    if wish.conversion is not None:
        if source is None or source.code == prices.code or source.kind is PriceKind.cost:
            yield checks.problem("conversion.price_list", "not-to-convert")
        elif source.tax_included is not prices.tax_included:
            yield checks.problem("conversion.price_list", "other-tax")
        if not Decimal(wish.conversion.rate):
            yield checks.problem("conversion.rate", "not-above-zero")
    elif not (wish.share or wish.amount or wish.rounding):
        yield checks.problem("share", "required")
    if wish.rounding is not None:
        step = rules.minor(wish.rounding.step, prices.currency)
        ending = rules.minor(wish.rounding.ending, prices.currency)
        if not step:
            yield checks.problem("rounding.step", "not-in-currency")
        elif ending is None or ending >= step:
            yield checks.problem("rounding.ending", "not-in-currency")
    if wish.above_cost is not None and _market(prices, known) is None:
        yield checks.problem("above_cost", "no-market")
    if wish.valid_from is not None and wish.valid_from < tx.now:
        yield checks.problem("valid_from", "past")
    yield from checks.window("valid_to", wish.valid_from or tx.now, wish.valid_to)


def _market(prices: PriceList, known: Atlas) -> str | None:
    return prices.market or (known.channel(prices.channel).market if prices.channel else None)


async def _floors(
    tx: Transaction,
    prices: PriceList,
    wish: BulkWish,
    selected: Sequence[Selected],
    known: Atlas,
    *,
    by: Actor,
) -> dict[UUID, int]:
    """What each variant must cost at least, with tax in it as the list has it; nothing for what has no cost price."""
    market = _market(prices, known)
    if wish.above_cost is None or market is None:
        return {}
    by.must(Permission.prices_cost, channel=prices.channel)
    costs = [
        one
        for one in await store.price_lists(tx)
        if one.kind is PriceKind.cost
        and one.currency == prices.currency
        and one.market in {None, market}
        and price_rules.holds(tx.now, one.valid_from, one.valid_to)
    ]
    home = known.market(market)
    place = Place(home.country, home.region, home.postal_code)
    rates = {kind: tax_rate(place, kind, tx.now).rate for kind in {one.tax_class for one in selected}}
    classes = {one.variant_id: one.tax_class for one in selected}
    floors: dict[UUID, int] = {}
    for cost in price_rules.ranked(costs):
        for one in await bulks.present(tx, cost.code, list(classes), tx.now):
            if one.variant_id not in floors and one.amount is not None and one.from_quantity == 1:
                floor = one.amount + ratio(one.amount, wish.above_cost, MILLION)
                rate = rates[classes[one.variant_id]]
                floors[one.variant_id] = _taxed(floor, rate, cost.tax_included, prices.tax_included)
    return floors


def _taxed(amount: int, rate: int, included: bool, including: bool) -> int:  # as stated, as wished
    if included is including:
        return amount
    return amount + ratio(amount, rate, MILLION) if including else ratio(amount, MILLION, MILLION + rate)
