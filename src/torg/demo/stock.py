"""What the practice retailer has on its shelves, and how it delivers.

Every variant has its own luck, decided by its SKU, so the world is the same each time: most are plentiful, some are
sold out in the warehouses and still in a store, some are nearly gone, some are nowhere. A bundle has no shelf of its
own. Filling twice changes nothing.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import time, timedelta

from torg import inventory
from torg.catalog import Kind, VariantFacts, all_variants, specials
from torg.inventory import (
    MOST_LOADED,
    DeliveryKind,
    DeliveryMethod,
    Plan,
    Receipt,
    RoutingPlace,
    Zone,
    keep_place,
    means,
    offer_delivery,
)
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion

BACKORDERED = 3
COMES_IN = 21
"""Days after the filling."""

WAREHOUSES = ("lager-oslo", "lager-hamburg")
SHOPS = ("oslo", "bergen", "stockholm", "goteborg", "kobenhavn", "aarhus", "berlin", "hamburg", "london")
ALONE = ("new-york", "tokyo", "singapore")
"""Stores that their market's web shop sends from, so they have a stock room."""

METHODS = (
    DeliveryMethod(
        code="standard",
        kind=DeliveryKind.ship,
        name={
            "nb": "Standardlevering",
            "sv": "Standardleverans",
            "da": "Standardlevering",
            "en": "Standard delivery",
            "de": "Standardversand",
            "ja": "通常配送",
        },
        zones=(
            Zone("NO", 2, 4),
            Zone("NO", 4, 7, "9"),
            Zone("SE", 2, 4),
            Zone("DK", 2, 4),
            Zone("DE", 2, 3),
            Zone("GB", 3, 6),
            Zone("US", 3, 5),
            Zone("JP", 1, 3),
            Zone("SG", 1, 2),
        ),
        cut_off=time(14),
        place=1,
    ),
    DeliveryMethod(
        code="express",
        kind=DeliveryKind.ship,
        name={
            "nb": "Ekspresslevering",
            "sv": "Expressleverans",
            "da": "Ekspreslevering",
            "en": "Express delivery",
            "de": "Expressversand",
            "ja": "速達配送",
        },
        zones=tuple(Zone(country, 1, 1) for country in ("NO", "SE", "DK", "DE", "US", "JP", "SG")),
        cut_off=time(12),
        place=2,
    ),
    DeliveryMethod(
        code="pick-up",
        kind=DeliveryKind.pick_up,
        name={
            "nb": "Hent i butikk",
            "sv": "Hämta i butik",
            "da": "Hent i butik",
            "en": "Pick up in store",
            "de": "Abholung in der Filiale",
            "ja": "店舗受け取り",
        },
        stores=(*SHOPS, *ALONE),
        preparation_minutes=60,
        place=3,
    ),
)


PICK_UPS = {
    "oslo": (12, None),
    "bergen": (6, None),
    "stockholm": (10, None),
    "goteborg": (6, None),
    "kobenhavn": (10, None),
    "aarhus": (4, 30),
    "berlin": (12, None),
    "hamburg": (8, None),
    "london": (12, None),
    "new-york": (15, None),
    "tokyo": (15, 150),
    "singapore": (10, None),
}
"""How many pick-ups each store has ready in an hour, and on a day where its shelf for them is small."""


async def fill(tx: Transaction) -> None:
    """Receive what is not on any shelf yet, and enter what is missing of delivery methods and places."""
    known = await means(tx.database)
    codes = {method.code for method in known.methods}
    for method in METHODS:
        if method.code not in codes:
            await offer_delivery(tx, method, by=SYSTEM)
    for store, (an_hour, a_day) in PICK_UPS.items():
        if store not in known.routing.places:
            await keep_place(
                tx, RoutingPlace(store, pick_ups_an_hour=an_hour, pick_ups_a_day=a_day), by=SYSTEM
            )
    special = await specials(tx.database)
    variants = [
        variant
        for variant in await all_variants(tx)
        if variant.kind is Kind.physical and not special.components(variant.variant_id)
    ]
    there = await inventory.availability(tx, [v.variant_id for v in variants], [*WAREHOUSES, *SHOPS, *ALONE])
    open_places = {place for levels in there.values() for place in levels}
    receipts = [
        line
        for variant in variants
        for line in _received(variant)
        if not there[variant.variant_id] or line.location not in open_places
    ]
    for start in range(0, len(receipts), MOST_LOADED):
        portion = receipts[start : start + MOST_LOADED]
        await inventory.load_stock(tx, portion, document="opening-stock", by=SYSTEM)
    await _promise_more_or_less(tx, variants)


async def _promise_more_or_less(tx: Transaction, variants: Sequence[VariantFacts]) -> None:
    """Some of what is nowhere can be ordered before it comes; the Swedish web shop leaves one of each to a store."""
    nowhere = sorted((one.sku, one.variant_id) for one in variants if not any(_received(one)))
    comes = tx.now.date() + timedelta(days=COMES_IN)
    for _, variant_id in nowhere[:BACKORDERED]:
        with suppress(StaleVersion):  # somebody has planned it since, or an earlier filling
            await inventory.plan(
                tx, variant_id, WAREHOUSES[0], Plan(backorder=20, expected=comes), by=SYSTEM, version=0
            )
    with suppress(StaleVersion):
        await inventory.keep_back(tx, "web-se", "goteborg", 1, by=SYSTEM, version=0)


def _received(variant: VariantFacts) -> Iterator[Receipt]:
    luck = random.Random(f"stock:{variant.sku}")  # noqa: S311  # a world, not a secret
    fate = luck.random()
    if fate < 0.05:
        return
    for place in WAREHOUSES:
        if fate < 0.15:
            continue
        yield Receipt(variant.variant_id, place, luck.randint(1, 3) if fate < 0.25 else luck.randint(40, 200))
    for place in SHOPS:
        few = luck.randint(0, 1) if 0.15 <= fate < 0.25 else luck.randint(2, 15)
        if few:
            yield Receipt(variant.variant_id, place, few)
    for place in ALONE:
        yield Receipt(variant.variant_id, place, luck.randint(1, 4) if fate < 0.25 else luck.randint(25, 80))
