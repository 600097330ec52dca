"""What the year's orders are made of, asked for once: names in each language, prices, taxes, charges for delivery."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from torg import catalog
from torg.catalog import Kind, Sellable, sellables
from torg.demo.history import Goods
from torg.demo.history_records import Charges, Facts
from torg.demo.markets import SOURCES
from torg.demo.prices import SINCE, STANDARD, WEIGHTS
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.markets import Atlas, Channel, load_atlas
from torg.pricing import PriceContext, PricedDelivery, PriceRequest, delivery_price, quote

MANY: Final = 10**9
SEASONED: Final = timedelta(days=200)
"""How long before the end the year's prices are asked for, so that no campaign of these days is in them."""

Shelves = Mapping[str, Sequence[Goods]]


async def facts_of(
    tx: Transaction, now: datetime, shelf: Mapping[UUID, str]
) -> tuple[dict[str, Facts], Shelves]:
    """By market: what its orders are made of, and what it sells; `shelf` is the top shelf of each product."""
    known = await load_atlas(tx)
    variants = {one.variant_id: one for one in await catalog.all_variants(tx)}
    special = await catalog.specials(tx.database)
    facts: dict[str, Facts] = {}
    goods: dict[str, list[Goods]] = {}
    for market in known.markets.values():
        channel = known.channels.get(f"web-{market.code.lower()}")
        if channel is None:
            continue
        facts[market.code] = found = await _facts(tx, known, channel, list(variants), now)
        goods[market.code] = [
            Goods(one.sku, shelf[one.product_id], one.kind is not Kind.physical)
            for one in found.names[found.language].values()
            if one.product_id in shelf
            and one.sku in found.quotes
            and special.release(one.variant_id, now.date()) is None
        ]
    return facts, goods


async def _facts(
    tx: Transaction, known: Atlas, channel: Channel, variants: Sequence[UUID], now: datetime
) -> Facts:
    market = known.market(channel.market)
    names: dict[str, dict[str, Sellable]] = {}
    for language in market.languages:
        found = await sellables(tx, channel=channel, language=language, variant_ids=variants)
        names[language] = {one.sku: one for one in found}
    context = PriceContext.of(known, channel, at=max(now - SEASONED, SINCE + timedelta(days=1)))
    things = names[market.languages[0]].values()
    quotes = await quote(tx, context, [PriceRequest(one.variant_id, one.tax_class) for one in things])
    return Facts(
        currency=market.currency,
        language=market.languages[0],
        names=names,
        quotes={one.sku: quotes[one.variant_id] for one in things if one.variant_id in quotes},
        charges={
            method: charges
            for method in ("standard", "express", "pick-up")
            if (charges := await _charges(tx, context, method)) is not None
        },
        sends=known.location(SOURCES[market.code][1][0]),
    )


async def _charges(tx: Transaction, context: PriceContext, method: str) -> Charges | None:
    async def asked(weight: int, goods: int) -> PricedDelivery | None:
        found = await delivery_price(tx, context, method=method, weight_g=weight, goods_amount=goods)
        return PricedDelivery.of(found) if found is not None else None

    steps = [(weight, await asked(weight, 0)) for weight in WEIGHTS]
    known = [(weight, charge) for weight, charge in steps if charge is not None]
    free = await asked(WEIGHTS[0], MANY)
    if not known or free is None:
        return None
    heaviest = (None, known[-1][1])
    free_from = STANDARD[context.market][1] if method == "standard" else None
    return Charges((*known, heaviest), free, free_from)


async def shelves_of(database: Database) -> dict[UUID, str]:
    """The top shelf of each product that stands on one; gift cards do not."""
    words = await database.read(catalog.vocabulary)
    tops: dict[str, str] = {}
    by_id = {category.id: category for category in words.categories.values()}
    for category in words.categories.values():
        top = category
        while top.parent_id is not None:
            top = by_id[top.parent_id]
        tops[category.code] = top.code
    found: dict[UUID, str] = {}
    skus = {one.sku: one.product_id for one in await database.read(catalog.all_variants)}
    async for line in catalog.export(database, by=SYSTEM):
        product = json.loads(line)
        for variant in product["variants"] if product.get("categories") else ():
            found[skus[variant["sku"]]] = tops[product["categories"][0]]
    return found
