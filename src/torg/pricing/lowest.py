"""The lowest price of the thirty days before a reduction, which EU law wants beside it (directive 98/6/EC, article 6a).

What is counted: what one piece of the variant cost at any moment of the thirty days that end when the reduced price
begins, for anybody, in the channel (at a till: in its store), as the market shows prices. So:

- prices for everybody count, campaigns among them; prices for customer groups, companies and larger quantities do not,
  and neither do recommended prices and codes;
- at each moment the price counts that held by the rules of `rules`, as the history knows it: a price that was changed
  counted until the change with what it was before; one that was entered afterwards for the past counts from when it is
  said to have held, and both what was shown and what is said now count, so what is entered late can make the lowest
  price lower and never higher; a scheduled price that was cancelled before it began never counts;
- what was for sale for a shorter time has the lowest price since it was; what was not for sale has none;
- times, priority and place of the lists themselves are those of today, and so are the rates of tax;
- a campaign that follows another begins anew, so the other's prices count.

The answer for a reduction that has begun hardly changes, so this process remembers it for a minute.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from torg.kernel.database import Database, Transaction
from torg.pricing import rules, store
from torg.pricing.context import PriceContext
from torg.pricing.lists import known_lists
from torg.pricing.model import PastPrice, PriceKind, PriceList

WINDOW: Final = timedelta(days=30)
KEPT: Final = 60_000_000_000
MOST: Final = 100_000

Shown = Callable[[PriceList, UUID, int], int]
"""An amount of a list for a variant, as it was shown."""

_remembered: WeakKeyDictionary[Database, dict[tuple[object, ...], tuple[int, int | None]]] = (
    WeakKeyDictionary()
)


async def lowest(
    tx: Transaction, context: PriceContext, asked: Mapping[UUID, datetime], shown: Shown, *, basis: bool
) -> dict[UUID, int]:
    """For each variant the lowest price before the moment in which its reduction began; `basis` says how it is `shown`.

    A variant that was not for sale then is missing.
    """
    memory = _remembered.setdefault(tx.database, {})
    place = (context.channel, context.market, context.currency, context.store, basis)
    now = time.monotonic_ns()
    known: dict[UUID, int | None] = {}
    for variant, since in asked.items():
        kept = memory.get((*place, variant, since))
        if kept is not None and kept[0] > now:
            known[variant] = kept[1]
    missing = {variant: since for variant, since in asked.items() if variant not in known}
    if missing:
        lists = [prices for prices in await known_lists(tx.database) if public_in(prices, context)]
        past: dict[UUID, list[PastPrice]] = defaultdict(list)
        for line in await store.past(tx, [prices.code for prices in lists], missing, WINDOW):
            past[line.variant_id].append(line)
        if len(memory) + len(missing) > MOST:
            memory.clear()
        for variant, since in missing.items():
            known[variant] = lowest_before(past[variant], lists, since, shown)
            memory[(*place, variant, since)] = (now + KEPT, known[variant])
    return {variant: amount for variant, amount in known.items() if amount is not None}


def public_in(prices: PriceList, context: PriceContext) -> bool:
    """Whether a list has selling prices for everybody in this channel, at whatever time."""
    return (
        prices.kind is PriceKind.selling
        and prices.public
        and prices.currency == context.currency
        and prices.channel in {None, context.channel}
        and prices.market in {None, context.market}
        and prices.store in {None, context.store}
    )


def lowest_before(
    past: Sequence[PastPrice], lists: Sequence[PriceList], since: datetime, shown: Shown
) -> int | None:
    """The lowest of what one variant cost in the window before a moment; `lists` are those that counted. Pure."""
    prices = [_Told(lines) for lines in _of_one_price(past)]
    ranked = rules.ranked(lists)
    found: set[tuple[int, int]] = set()
    for moment in sorted({since - WINDOW, *_turns(past, lists, since)}):
        for stated in (False, True):
            taken = _held(prices, ranked, moment, stated=stated)
            if taken is not None:
                found.add(taken)
    variant = past[0].variant_id if past else None
    return min(
        (shown(ranked[place], variant, amount) for place, amount in found if variant is not None),
        default=None,
    )


class _Told:
    """What was told of one price of a list, in the order in which it was told."""

    def __init__(self, lines: Sequence[PastPrice]) -> None:
        self.lines = lines
        self.price_list = lines[0].price_list
        self.valid_from = lines[0].valid_from

    def at(self, moment: datetime, *, stated: bool) -> int | None:
        """What it was at a moment, if it held: as it was known then, or (`stated`) as its first line says."""
        known = [line for line in self.lines if line.at <= moment]
        line = known[-1] if known else self.lines[0] if stated and self.lines[0].first else None
        if line is None or line.cancelled or not rules.holds(moment, line.valid_from, line.valid_to):
            return None
        return line.amount


def _of_one_price(past: Sequence[PastPrice]) -> Iterator[list[PastPrice]]:
    found: dict[tuple[str, datetime], list[PastPrice]] = defaultdict(list)
    for line in past:
        found[line.price_list, line.valid_from].append(line)
    for lines in found.values():
        # What was entered and taken back before it began never was.
        if not (lines[-1].cancelled and lines[-1].at <= lines[-1].valid_from):
            yield lines


def _turns(past: Sequence[PastPrice], lists: Sequence[PriceList], since: datetime) -> Iterator[datetime]:
    """Every moment of the window at which another price may have begun to hold."""
    told = [moment for line in past for moment in (line.at, line.valid_from, line.valid_to)]
    told += [moment for prices in lists for moment in (prices.valid_from, prices.valid_to)]
    yield from (moment for moment in told if moment is not None and since - WINDOW < moment < since)


def _held(
    prices: Sequence[_Told], lists: Sequence[PriceList], moment: datetime, *, stated: bool
) -> tuple[int, int] | None:
    """By which list (its place) and at what amount the variant was sold at a moment."""
    for place, one in enumerate(lists):
        if rules.holds(moment, one.valid_from, one.valid_to):
            held = [
                (price.valid_from, amount)
                for price in prices
                if price.price_list == one.code and (amount := price.at(moment, stated=stated)) is not None
            ]
            if held:
                return place, max(held)[1]
    return None
