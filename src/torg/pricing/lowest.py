"""The lowest price of the thirty days before a reduction, which EU law wants beside it (directive 98/6/EC, article 6a).

What is counted: what one piece of the variant cost at any moment of the thirty days that end when the reduced price
begins, for anybody, in the channel (at a till: in its store), as the market shows prices. So:

- prices for everybody count, campaigns among them, less what promotions took off for everybody then (`Lowering`);
  prices for customer groups, companies and larger quantities do not, and neither do recommended prices and codes;
- at each moment the price counts that held by the rules of `rules`, as the history knows it: a price that was changed
  counted until the change with what it was before; one that was entered afterwards for the past counts from when it is
  said to have held, and both what was shown and what is said now count, so what is entered late can make the lowest
  price lower and never higher; a scheduled price that was cancelled before it began never counts;
- what was for sale for a shorter time has the lowest price since it was; what was not for sale has none;
- times, priority and place of the lists themselves are those of today, and so are the rates of tax;
- a reduction that follows another begins anew, so the other's prices count; but where the law of the market's country
  says so (`gradual`), one that grew in steps without a break began with its first step.

The answer for a reduction that has begun hardly changes, so this process remembers it for a minute.
"""

import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from msgspec import Struct

from torg.kernel.database import Database, Transaction
from torg.pricing import rules, store
from torg.pricing.context import PriceContext
from torg.pricing.lists import known_lists
from torg.pricing.model import PastPrice, PriceKind, PriceList

WINDOW: Final = timedelta(days=30)
STEPS: Final = timedelta(days=90)
"""So long may a reduction grow in steps; of a longer one the steps before that are not its own."""
TICK: Final = timedelta(microseconds=1)
LAWS: Final = Path(__file__).parent / "prior_price.toml"
KEPT: Final = 60_000_000_000
MOST: Final = 100_000

Shown = Callable[[PriceList, UUID, int], int]
"""An amount of a list for a variant, as it was shown."""
Asked = tuple[UUID, datetime]
"""A variant and the moment in which its reduction began."""

_remembered: WeakKeyDictionary[Database, dict[tuple[object, ...], tuple[int, int | None]]] = (
    WeakKeyDictionary()
)


class Was(NamedTuple):
    """What one of a variant cost by a price list from a moment on, and whether the list had reduced it."""

    variant_id: UUID
    at: datetime
    amount: int
    reduced: bool


class Lowering(Protocol):
    """What promotions took off for everybody, at any moment; who shows goods knows them, prices do not."""

    async def meet(self, tx: Transaction) -> None:
        """Learn what is to be known of the goods before anything else is asked."""
        ...

    def turns(self, start: datetime, end: datetime) -> Iterable[datetime]:
        """Every moment between these two at which another promotion may have begun to hold, or ended."""
        ...

    def lowered(self, prices: Sequence[Was]) -> list[int]:
        """What was asked for each, after what promotions took off then."""
        ...


async def lowest(
    tx: Transaction,
    context: PriceContext,
    asked: Iterable[Asked],
    shown: Shown,
    *,
    basis: bool,
    lowering: Lowering | None = None,
) -> dict[Asked, int]:
    """For each variant the lowest price before the moment in which its reduction began; `basis` says how it is `shown`.

    A variant that was not for sale then is missing.
    """
    memory = _remembered.setdefault(tx.database, {})
    place = (context.channel, context.market, context.currency, context.store, basis, lowering is not None)
    now = time.monotonic_ns()
    known: dict[Asked, int | None] = {}
    missing: list[Asked] = []
    for one in dict.fromkeys(asked):
        kept = memory.get((*place, *one))
        if kept is not None and kept[0] > now:
            known[one] = kept[1]
        else:
            missing.append(one)
    if missing:
        found = await _found(tx, context, missing, shown, lowering)
        if len(memory) + len(missing) > MOST:
            memory.clear()
        for one in missing:
            known[one] = found.get(one)
            memory[(*place, *one)] = (now + KEPT, known[one])
    return {one: amount for one, amount in known.items() if amount is not None}


async def _found(
    tx: Transaction,
    context: PriceContext,
    missing: Sequence[Asked],
    shown: Shown,
    lowering: Lowering | None,
) -> dict[Asked, int]:
    lists = [prices for prices in await known_lists(tx.database) if public_in(prices, context)]
    gradual = grows(context.country)
    back = WINDOW + (STEPS if gradual else timedelta())
    earliest: dict[UUID, datetime] = {}
    for variant, since in missing:
        earliest[variant] = min(since, earliest.get(variant, since))
    past: dict[UUID, list[PastPrice]] = defaultdict(list)
    latest = max(since for _, since in missing)
    for line in await store.past(tx, [prices.code for prices in lists], earliest, latest, back):
        past[line.variant_id].append(line)
    if lowering is not None:
        await lowering.meet(tx)
    each = _Asking(past, lists, shown, lowering)
    began = {one: one[1] for one in missing}
    if gradual:
        soon = {one: since + TICK for one, since in began.items()}
        began = {one: first_step(told, one[1]) for one, told in each.before(soon, back).items()}
    return {
        one: min(amount for _, amount in told) for one, told in each.before(began, WINDOW).items() if told
    }


class _Asking(Struct, frozen=True):
    """What is known of the past of some variants, and how it was shown."""

    past: Mapping[UUID, Sequence[PastPrice]]
    lists: Sequence[PriceList]
    shown: Shown
    lowering: Lowering | None

    def before(self, began: Mapping[Asked, datetime], back: timedelta) -> dict[Asked, list[tuple[Was, int]]]:
        """What each cost by the lists before its moment, and what was asked for it."""
        told = [
            (one, was)
            for one, since in began.items()
            for was in asked_before(
                self.past.get(one[0], ()), self.lists, since, self.shown, back=back, lowering=self.lowering
            )
        ]
        prices = [was for _, was in told]
        amounts = self.lowering.lowered(prices) if self.lowering else [was.amount for was in prices]
        found: dict[Asked, list[tuple[Was, int]]] = {one: [] for one in began}
        for (one, was), amount in zip(told, amounts, strict=True):
            found[one].append((was, amount))
        return found


def first_step(prices: Sequence[tuple[Was, int]], since: datetime) -> datetime:
    """When a reduction began that grew in steps without a break. Pure.

    The way back from a moment (whose own price is told, too) ends at a price that neither a list nor a promotion had
    reduced, and at one that was below the next.
    """
    by_moment: dict[datetime, list[tuple[Was, int]]] = defaultdict(list)
    for was, amount in prices:
        by_moment[was.at].append((was, amount))
    later: int | None = None
    for at in sorted(by_moment, reverse=True):
        there = by_moment[at]
        amount = min(amount for _, amount in there)
        reduced = all(was.reduced or less < was.amount for was, less in there)
        if not reduced or (later is not None and amount < later):
            break
        since, later = min(at, since), amount
    return since


@cache
def grows(country: str) -> bool:
    """Whether a country's law takes a reduction that grows in steps for one, from its first step on."""
    laws = tomllib.loads(LAWS.read_text(encoding="utf-8"))
    return bool(laws.get(country, {}).get("gradual", False))


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
    return min([was.amount for was in asked_before(past, lists, since, shown)], default=None)


def asked_before(
    past: Sequence[PastPrice],
    lists: Sequence[PriceList],
    since: datetime,
    shown: Shown,
    *,
    back: timedelta = WINDOW,
    lowering: Lowering | None = None,
) -> list[Was]:
    """What one variant cost by the lists at every turn of the time before a moment. Pure."""
    if not past:
        return []
    prices, ranked, variant = (
        [_Told(lines) for lines in _of_one_price(past)],
        rules.ranked(lists),
        past[0].variant_id,
    )
    start = since - back
    turns = {start, *_turns(past, lists, start, since)}
    if lowering is not None:
        turns.update(lowering.turns(start, since))
    found: dict[Was, None] = {}
    for moment in sorted(turns):
        for stated in (False, True):
            taken = _held(prices, ranked, moment, stated=stated)
            if taken is not None:
                place, amount, ends = taken
                found[Was(variant, moment, shown(ranked[place], variant, amount), ends)] = None
    return list(found)


class _Told:
    """What was told of one price of a list, in the order in which it was told."""

    def __init__(self, lines: Sequence[PastPrice]) -> None:
        self.lines = lines
        self.price_list = lines[0].price_list
        self.valid_from = lines[0].valid_from

    def at(self, moment: datetime, *, stated: bool) -> tuple[int, bool] | None:
        """What it was at a moment and whether it had an end, if it held: as it was known then, or (`stated`) as its
        first line says.
        """
        known = [line for line in self.lines if line.at <= moment]
        line = known[-1] if known else self.lines[0] if stated and self.lines[0].first else None
        if line is None or line.cancelled or not rules.holds(moment, line.valid_from, line.valid_to):
            return None
        return line.amount, line.valid_to is not None


def _of_one_price(past: Sequence[PastPrice]) -> Iterator[list[PastPrice]]:
    found: dict[tuple[str, datetime], list[PastPrice]] = defaultdict(list)
    for line in past:
        found[line.price_list, line.valid_from].append(line)
    for lines in found.values():
        # What was entered and taken back before it began never was.
        if not (lines[-1].cancelled and lines[-1].at <= lines[-1].valid_from):
            yield lines


def _turns(
    past: Sequence[PastPrice], lists: Sequence[PriceList], start: datetime, since: datetime
) -> Iterator[datetime]:
    """Every moment between the two at which another price may have begun to hold."""
    told = [moment for line in past for moment in (line.at, line.valid_from, line.valid_to)]
    told += [moment for prices in lists for moment in (prices.valid_from, prices.valid_to)]
    yield from (moment for moment in told if moment is not None and start < moment < since)


def _held(
    prices: Sequence[_Told], lists: Sequence[PriceList], moment: datetime, *, stated: bool
) -> tuple[int, int, bool] | None:
    """By which list (its place) and at what amount the variant was sold at a moment, and whether that had an end."""
    for place, one in enumerate(lists):
        if rules.holds(moment, one.valid_from, one.valid_to):
            held = [
                (price.valid_from, *told)
                for price in prices
                if price.price_list == one.code and (told := price.at(moment, stated=stated)) is not None
            ]
            if held:
                _, amount, ends = max(held)
                return place, amount, ends or one.valid_to is not None
    return None
