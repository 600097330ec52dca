"""What keeps a price list, a price or a delivery rate from being right: all of it, field by field. Pure."""

import itertools
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import pycountry

from torg.kernel.errors import FieldProblem
from torg.kernel.money import CURRENCIES, Money
from torg.markets import Atlas, Channel
from torg.pricing.model import DeliveryRate, DeliveryStep, Key, Price, PriceList

MESSAGES = {
    "below-one": "This is below one.",
    "below-zero": "This is below zero.",
    "ends-before-it-begins": "This ends before it begins.",
    "no-market": "A list for all markets has no tax to reckon cost with.",
    "not-above-zero": "This is not above zero.",
    "not-in-currency": "The currency does not go so finely, or the ending is not below the step.",
    "not-to-convert": "Prices are converted from another price list of selling or recommended prices.",
    "other-tax": "One of the lists has tax in its prices, the other does not.",
    "past": "This lies in the past.",
    "not-the-markets-currency": "The market has another currency.",
    "not-the-lists-currency": "The price list has another currency.",
    "not-the-lists-market": "The channel sells in another market.",
    "not-the-lists-store": "The store belongs to another market, or the channel to another store.",
    "group-or-company": "A price list is for a customer group or for a company, not for both.",
    "required": "This field is required.",
    "steps-out-of-order": "Weights rise from step to step; only the last may be without one.",
    "twice": "This stands here twice.",
    "unknown-channel": "There is no such sales channel.",
    "unknown-company": "There is no such company.",
    "unknown-country": "There is no such country.",
    "unknown-currency": "There is no such currency.",
    "unknown-customer-group": "There is no such customer group.",
    "unknown-market": "There is no such market.",
    "unknown-price": "There is no such price in the list.",
    "unknown-store": "There is no such store.",
    "unknown-variant": "There is no such variant.",
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
    yield from _store_problems(prices, channel, atlas)
    yield from window("valid_to", prices.valid_from, prices.valid_to)


def _store_problems(prices: PriceList, channel: Channel | None, atlas: Atlas) -> Problems:
    if prices.store is None:
        return
    store = atlas.stores.get(prices.store)
    if store is None:
        yield problem("store", "unknown-store")
    elif prices.market not in {None, store.market} or (channel is not None and channel.store != prices.store):
        yield problem("store", "not-the-lists-store")
    elif atlas.market(store.market).currency != prices.currency:
        yield problem("currency", "not-the-markets-currency")


def whom_problems(prices: PriceList, groups: Collection[str], companies: Collection[UUID]) -> Problems:
    """What is wrong with whom a price list is for, given the groups and companies that exist."""
    if prices.customer_group is not None and prices.customer_group not in groups:
        yield problem("customer_group", "unknown-customer-group")
    if prices.company is not None and prices.company not in companies:
        yield problem("company", "unknown-company")
    if prices.customer_group is not None and prices.company is not None:
        yield problem("company", "group-or-company")


def delivery_rate_problems(rate: DeliveryRate, atlas: Atlas) -> Problems:
    """What is wrong with a delivery rate, given the markets that exist."""
    if rate.market not in atlas.markets:
        yield problem("market", "unknown-market")
    if not rate.countries:
        yield problem("countries", "required")
    for index, country in enumerate(rate.countries):
        if country in rate.countries[:index]:
            yield problem(f"countries.{index}", "twice")
        elif pycountry.countries.get(alpha_2=country) is None:
            yield problem(f"countries.{index}", "unknown-country")
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
    seen: set[Key] = set()
    for index, price in enumerate(new):
        key = price.key
        if price.variant_id not in known:
            yield problem(f"prices.{index}.variant_id", "unknown-variant")
        if price.amount < 0:
            yield problem(f"prices.{index}.amount", "below-zero")
        if price.from_quantity < 1:
            yield problem(f"prices.{index}.from_quantity", "below-one")
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
