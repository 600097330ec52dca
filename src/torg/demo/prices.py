"""What the practice retailer asks for its goods: a list of prices per market, delivery rates, a campaign.

Members of a family of goods have their price in the family's file; that of others follows from the SKU. Prices are
made for each market the way its shops write them (149 kr, 149,95 kr, 14,99 €, ￥1,980), not converted from one another.
What is there already, changed by hand or not, stays as it is: filling twice changes nothing.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from torg.catalog import VariantFacts, all_variants
from torg.demo import catalog
from torg.demo.families import PER_KRONE
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.money import Money, exponent
from torg.pricing import (
    DeliveryRate,
    DeliveryStep,
    NewPrice,
    PriceList,
    add_delivery_rate,
    add_price_list,
    delivery_rates,
    load_prices,
    price_lists,
    prices_of,
)

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
CAMPAIGN = (datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC))
CAMPAIGN_OFF = 20
AUTUMN = (datetime(2026, 10, 23, 22, tzinfo=UTC), datetime(2026, 10, 26, 23, tzinfo=UTC))
AUTUMN_OFF = 12
EVERYTHING = 100_000

# What goods of a kind cost in Norway, in kroner: the first letters of the SKU say the kind.
BANDS = {
    "KAF": (119, 179),
    "TE-": (79, 139),
    "KAK": (89, 149),
    "KOP": (129, 199),
    "KJE": (499, 899),
    "MOK": (349, 499),
    "PRE": (299, 549),
    "TRA": (199, 349),
    "FIL": (49, 79),
    "VAN": (699, 1199),
    "KVE": (899, 1499),
    "TER": (299, 499),
    "REI": (199, 349),
    "VIS": (89, 149),
    "PAN": (699, 1199),
    "GRY": (999, 1699),
    "KNI": (399, 1199),
    "FJO": (299, 499),
    "TAL": (149, 249),
    "SKA": (129, 199),
    "FOR": (299, 449),
    "HAN": (119, 199),
    "VEK": (399, 599),
    "VAF": (899, 1499),
    "OST": (149, 249),
    "BOK": (299, 399),
    "TEL": (2999, 5499),
    "SOV": (1499, 2999),
    "HEN": (499, 899),
    "BRE": (599, 999),
    "FLA": (249, 349),
    "SEK": (899, 1799),
    "LYK": (349, 599),
    "OKS": (599, 999),
    "SIT": (99, 149),
    "GEN": (1299, 1999),
    "TRO": (599, 899),
    "SOK": (129, 199),
    "LUE": (249, 349),
    "SET": (429, 449),
}
ORDINARY = (199, 899)


class Asking(Struct, frozen=True):
    """How a market asks for money: what a krone's worth is there in thousandths of its unit, and how prices
    end.

    A price is rounded to `step` minor units, to ten steps from a hundred steps on, and ends `under` minor units below.
    """

    market: str
    name: str
    currency: str
    worth: int
    step: int
    under: int
    tax_included: bool = True


ASKING = (
    Asking("NO", "Norge", "NOK", 1000, 1000, 100),
    Asking("SE", "Sverige", "SEK", 980, 1000, 100),
    Asking("DK", "Danmark", "DKK", 660, 1000, 5),
    Asking("DE", "Deutschland", "EUR", 88, 100, 1),
    Asking("GB", "United Kingdom", "GBP", 76, 100, 1),
    Asking("US", "New York", "USD", 82, 100, 1, tax_included=False),
    Asking("JP", "日本", "JPY", 14_000, 100, 20),
    Asking("SG", "Singapore", "SGD", 122, 100, 10),
)

# Standard delivery up to 2, 10 and 35 kg, free from an amount of goods, and how many times as much express is.
STANDARD = {
    "NO": ((7_900, 12_900, 24_900), 79_900, 2),
    "SE": ((5_900, 9_900, 19_900), 79_900, 2),
    "DK": ((4_900, 7_900, 14_900), 59_900, 2),
    "DE": ((490, 690, 1_490), 5_900, 2),
    "GB": ((450, 695, 1_495), 5_500, 0),
    "US": ((695, 1_195, 2_495), 7_500, 3),
    "JP": ((660, 990, 1_650), 8_800, 2),
    "SG": ((490, 790, 1_490), 6_000, 3),
}
WEIGHTS = (2_000, 10_000, 35_000)
NORTH = (9_900, 15_900, 29_900)


def kroner(sku: str, weight_g: int, lightest_g: int) -> int:
    """What a variant costs in Norway, in whole kroner before rounding; heavier packs cost more, though not in
    full.

    >>> small, large = kroner("KAF-SID-250G", 280, 280), kroner("KAF-SID-1KG", 1060, 280)
    >>> small < large < 4 * small
    True
    """
    low, high = BANDS.get(sku[:3], ORDINARY)
    product = "-".join(sku.split("-")[:2])
    ground = random.Random(f"price:{product}").randint(low, high)  # noqa: S311  # a world, not a secret
    if lightest_g <= 0 or 2 * weight_g < 3 * lightest_g:
        return ground
    return ground * (lightest_g + 3 * weight_g) // (4 * lightest_g)


def asked(asking: Asking, whole_kroner: int) -> int:
    """The price as the market's shops write it, in minor units; never below one step.

    >>> [asked(each, 147) for each in ASKING]
    [14900, 13900, 9995, 1299, 1099, 1199, 2080, 1790]
    >>> [asked(each, 1349) for each in ASKING]
    [129900, 129900, 88995, 11999, 9999, 10999, 18980, 15990]
    """
    unit: int = 10 ** exponent(asking.currency)
    exact = whole_kroner * asking.worth
    step = 1000 * asking.step // unit
    if exact >= 100 * step:
        step *= 10
    steps = max(1, (2 * exact + step) // (2 * step))
    return steps * step * unit // 1000 - asking.under


async def fill(tx: Transaction) -> None:
    """Enter the lists, prices and delivery rates that are missing."""
    variants = await all_variants(tx)
    known = {prices.code for prices in await price_lists(tx, by=SYSTEM)}
    for asking in ASKING:
        code = asking.market.lower()
        if code not in known:
            await add_price_list(tx, _list(code, asking), by=SYSTEM)
        there = {price.variant_id for price in await prices_of(tx, code, by=SYSTEM, limit=EVERYTHING)}
        missing = [price for price in _prices(asking, variants) if price.variant_id not in there]
        if missing:
            await load_prices(tx, code, missing, by=SYSTEM)
    rates = {rate.code for rate in await delivery_rates(tx, by=SYSTEM)}
    for rate in _delivery_rates():
        if rate.code not in rates:
            await add_delivery_rate(tx, rate, by=SYSTEM)


def _list(code: str, asking: Asking) -> PriceList:
    return PriceList(
        code=code,
        name=asking.name,
        currency=asking.currency,
        tax_included=asking.tax_included,
        market=asking.market,
    )


def in_kroner(variants: Sequence[VariantFacts]) -> Iterator[tuple[VariantFacts, int]]:
    """What each variant costs in Norway, in whole kroner before rounding."""
    lightest: dict[object, int] = defaultdict(lambda: 100_000_000)
    for variant in variants:
        lightest[variant.product_id] = min(lightest[variant.product_id], variant.weight_g)
    for variant in variants:
        known = catalog.prices().get(variant.sku)
        whole = (
            known // PER_KRONE
            if known
            else kroner(variant.sku, variant.weight_g, lightest[variant.product_id])
        )
        yield variant, whole


def _prices(asking: Asking, variants: Sequence[VariantFacts]) -> Iterator[NewPrice]:
    for variant, whole in in_kroner(variants):
        ordinary = asked(asking, whole)
        yield NewPrice(variant.variant_id, Money(ordinary, asking.currency), valid_from=SINCE)
        reduced = asked(asking, whole * (100 - CAMPAIGN_OFF) // 100)
        if in_campaign(variant.sku) and reduced < ordinary:
            money = Money(reduced, asking.currency)
            yield NewPrice(variant.variant_id, money, valid_from=CAMPAIGN[0], valid_to=CAMPAIGN[1])
            autumn = asked(asking, whole * (100 - AUTUMN_OFF) // 100)
            if autumn < ordinary and _in_autumn(variant.sku):
                money = Money(autumn, asking.currency)
                yield NewPrice(variant.variant_id, money, valid_from=AUTUMN[0], valid_to=AUTUMN[1])


def in_campaign(sku: str) -> bool:
    """Whether the November campaign has this product."""
    product = "-".join(sku.split("-")[:2])
    return random.Random(f"campaign:{product}").random() < 0.15  # noqa: S311  # a world, not a secret


def _in_autumn(sku: str) -> bool:
    product = "-".join(sku.split("-")[:2])
    return random.Random(f"autumn:{product}").random() < 0.5  # noqa: S311  # a world, not a secret


def _delivery_rates() -> Iterator[DeliveryRate]:
    for asking in ASKING:
        market, code = asking.market, asking.market.lower()
        amounts, free_from, express = STANDARD[market]
        yield _rate(f"{code}-standard", "Standard", "standard", asking, amounts, free_from)
        if express:
            yield _rate(f"{code}-express", "Express", "express", asking, [express * a for a in amounts], None)
        yield _rate(f"{code}-pick-up", "Pick-up", "pick-up", asking, [0], None)
    north = _rate("no-standard-north", "Standard Nord-Norge", "standard", ASKING[0], NORTH, 119_900)
    yield replace(north, postal_prefixes=("9",))


def _rate(
    code: str, name: str, method: str, asking: Asking, amounts: Sequence[int], free_from: int | None
) -> DeliveryRate:
    weights = WEIGHTS if len(amounts) == len(WEIGHTS) else (None,)
    return DeliveryRate(
        code=code,
        name=f"{name}, {asking.name}",
        method=method,
        market=asking.market,
        countries=(asking.market,),
        steps=tuple(DeliveryStep(amount, up_to) for amount, up_to in zip(amounts, weights, strict=True)),
        tax_included=asking.tax_included,
        free_from=free_from,
    )
