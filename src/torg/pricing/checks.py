"""What keeps a price list, a price or a delivery rate from being right: all of it, field by field. Pure."""

import itertools
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from torg.kernel.errors import FieldProblem
from torg.kernel.money import CURRENCIES, Money
from torg.markets import Atlas
from torg.pricing.model import DeliveryRate, DeliveryStep, Price, PriceList
from torg.pricing.tax import regimes

MESSAGES = {
    "below-zero": "This is below zero.",
    "ends-before-it-begins": "This ends before it begins.",
    "not-the-markets-currency": "The market has another currency.",
    "not-the-lists-currency": "The price list has another currency.",
    "not-the-lists-market": "The channel sells in another market.",
    "required": "This field is required.",
    "steps-out-of-order": "Weights rise from step to step; only the last may be without one.",
    "twice": "This stands here twice.",
    "unknown-channel": "There is no such sales channel.",
    "unknown-currency": "There is no such currency.",
    "unknown-market": "There is no such market.",
    "unknown-variant": "There is no such variant.",
    "untaxed-country": "The country's tax is not known, so nothing can be sold there.",
}

Problems = Iterator[FieldProblem]


def problem(field: str, code: str) -> FieldProblem:
    """One wrong field, with its English sentence."""
    return FieldProblem(field=field, code=code, message=MESSAGES[code])


def price_list_problems(prices: PriceList, atlas: Atlas) -> Problems:
    """What is wrong with a price list, given the markets and channels that exist."""
    if prices.currency not in CURRENCIES:
        yield problem("currency", "unknown-currency")
    market = atlas.markets.get(prices.market) if prices.market is not None else None
    channel = atlas.channels.get(prices.channel) if prices.channel is not None else None
    if prices.market is not None and market is None:
        yield problem("market", "unknown-market")
    if prices.channel is not None and channel is None:
        yield problem("channel", "unknown-channel")
    if channel is not None and prices.market is not None and channel.market != prices.market:
        yield problem("channel", "not-the-lists-market")
    if channel is not None and market is None:
        market = atlas.markets.get(channel.market)
    if market is not None and prices.currency in CURRENCIES and market.currency != prices.currency:
        yield problem("currency", "not-the-markets-currency")
    yield from window("valid_to", prices.valid_from, prices.valid_to)


def delivery_rate_problems(rate: DeliveryRate, atlas: Atlas) -> Problems:
    """What is wrong with a delivery rate, given the markets that exist."""
    if rate.market not in atlas.markets:
        yield problem("market", "unknown-market")
    if not rate.countries:
        yield problem("countries", "required")
    for index, country in enumerate(rate.countries):
        if country in rate.countries[:index]:
            yield problem(f"countries.{index}", "twice")
        elif country not in regimes():
            yield problem(f"countries.{index}", "untaxed-country")
    for index, prefix in enumerate(rate.postal_prefixes):
        if prefix in rate.postal_prefixes[:index]:
            yield problem(f"postal_prefixes.{index}", "twice")
    yield from _steps(rate.steps)
    if rate.free_from is not None and rate.free_from < 0:
        yield problem("free_from", "below-zero")
    yield from window("valid_to", rate.valid_from, rate.valid_to)


def other_currencies(prices: PriceList, amounts: Sequence[Money]) -> Problems:
    """Amounts that are not in the list's currency."""
    for index, amount in enumerate(amounts):
        if amount.currency != prices.currency:
            yield problem(f"prices.{index}.amount.currency", "not-the-lists-currency")


def prices(new: Sequence[Price], known: Collection[UUID]) -> Problems:
    """What is wrong with prices to be set together, given the variants that exist."""
    seen: set[tuple[UUID, datetime]] = set()
    for index, price in enumerate(new):
        key = (price.variant_id, price.valid_from)
        if price.variant_id not in known:
            yield problem(f"prices.{index}.variant_id", "unknown-variant")
        if price.amount < 0:
            yield problem(f"prices.{index}.amount", "below-zero")
        if key in seen:
            yield problem(f"prices.{index}", "twice")
        seen.add(key)
        if price.valid_to is not None:
            yield from window(f"prices.{index}.valid_to", price.valid_from, price.valid_to)


def window(field: str, since: datetime | None, until: datetime | None) -> Problems:
    """What is wrong with a span of time; `field` is where its end stands."""
    if since is not None and until is not None and until <= since:
        yield problem(field, "ends-before-it-begins")


def _steps(steps: Sequence[DeliveryStep]) -> Problems:
    if not steps:
        yield problem("steps", "required")
    for index, step in enumerate(steps):
        if step.amount < 0:
            yield problem(f"steps.{index}.amount", "below-zero")
    for index, (step, after) in enumerate(itertools.pairwise(steps)):
        if step.up_to_g is None or (after.up_to_g is not None and after.up_to_g <= step.up_to_g):
            yield problem(f"steps.{index + 1}.up_to_g", "steps-out-of-order")
