"""What promotions took off for everybody at moments of the past, and since when they do: for the price before a
reduction that EU law wants beside it (directive 98/6/EC, article 6a).

Counted is what one unit cost that was bought alone, by somebody who is not known, without a code: each promotion as it
was then, while it neither rested nor was paused. That its limit was reached is not known of the past, so it may count
longer than it held: the price before comes out lower then, never higher. Goods are in the categories of today.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from torg.kernel.database import Database, Transaction
from torg.kernel.ids import Hex
from torg.markets import Channel
from torg.pricing import Was
from torg.promotions.active import SPELLS, asks_goods, flat, may_hold, on_shelves
from torg.promotions.basket import Basket, BasketLine, local_clock
from torg.promotions.evaluating import Offers, compile_offers, shelf
from torg.promotions.evaluating.conditions import opening
from torg.promotions.model import DAY, NO_LIMITS, Hours, Promotion
from torg.promotions.store import kept
from torg.promotions.words import Spell

REMEMBERED: Final = timedelta(days=400)
"""So far back is known what promotions took off: reductions are shorter than a year."""
MOST: Final = 200
State = tuple[tuple[int, ...], int, int]
"""Which promotions held, by their places, and the local clock where one of them asks for it."""


class Past:
    """The promotions that lists of goods have shown in one channel, as they were."""

    def __init__(self, spells: Sequence[Spell]) -> None:
        self.spells = spells
        self.clocked = [bool(_hours(spell.rule)) for spell in spells]
        self.asks_goods = any(asks_goods(spell.rule) for spell in spells)
        self._offers: dict[tuple[int, ...], Offers] = {}

    def turns(self, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Every moment between these two at which something began or ended."""
        for spell in self.spells:
            if spell.ends is not None and spell.ends <= start:
                continue
            told = (spell.begins, spell.ends, spell.rule.valid_from, spell.rule.valid_to)
            yield from (moment for moment in told if moment is not None and start < moment < end)
            for hours in _hours(spell.rule):
                yield from _strokes(hours, max(start, spell.begins), min(end, spell.ends or end), zone)

    def state(self, moment: datetime, zone: ZoneInfo) -> State:
        """What held at a moment."""
        holding = tuple(
            place
            for place, spell in enumerate(self.spells)
            if _within(moment, spell.begins, spell.ends)
            and _within(moment, spell.rule.valid_from, spell.rule.valid_to)
        )
        clock = local_clock(moment, zone) if any(self.clocked[place] for place in holding) else (1, 0)
        return holding, *clock

    def offers(self, holding: tuple[int, ...]) -> Offers:
        """The promotions in these places, made ready."""
        found = self._offers.get(holding)
        if found is None:
            if len(self._offers) >= MOST:
                self._offers.clear()
            found = self._offers[holding] = compile_offers([self.spells[place].rule for place in holding])
        return found

    def began(self, keys: Collection[str], at: datetime, zone: ZoneInfo) -> datetime | None:
        """When the last of these promotions began to take off what it does; None for what is not known to hold."""
        found = [self._began(key, at, zone) for key in keys]
        return max([moment for moment in found if moment is not None], default=None)

    def _began(self, key: str, at: datetime, zone: ZoneInfo) -> datetime | None:
        """Since when without a break: a version that says the same of prices goes on with the one before."""
        began: datetime | None = None
        next_begins: datetime | None = None
        rule: Promotion | None = None
        for spell in reversed(self.spells):
            if spell.key != key or spell.begins > at:
                continue
            if rule is not None and (spell.ends != next_begins or _acting(spell.rule) != rule):
                break
            rule, next_begins = _acting(spell.rule), spell.begins
            began = max(spell.begins, spell.rule.valid_from or spell.begins)
        if began is None or rule is None:
            return None
        return max([began, *(_opened(hours, began, at, zone) for hours in _hours(rule))])


Meet = Callable[[Transaction], Awaitable[Mapping[Hex, BasketLine]]]
"""Tells in which categories goods are and what is said of them, where that was not known."""


class Before:
    """What anybody paid for some goods in a channel at moments of the past; fills the port `Lowering` of prices.

    `place` is a basket of nobody, with the channel, market, store, country and currency.
    """

    def __init__(
        self,
        past: Past,
        goods: Mapping[Hex, BasketLine],
        place: Basket,
        zone: ZoneInfo,
        meet: Meet | None = None,
    ) -> None:
        self.past, self.goods, self.place, self.zone = past, goods, place, zone
        self._meet = meet

    async def meet(self, tx: Transaction) -> None:
        """Learn the categories and attributes of the goods: one statement where a promotion ever asked for them."""
        if self._meet is not None and self.past.asks_goods:
            self.goods = await self._meet(tx)
            self._meet = None

    def turns(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Every moment between these two at which another promotion may have begun to hold, or ended."""
        return self.past.turns(start, end, self.zone)

    def lowered(self, prices: Sequence[Was]) -> list[int]:
        """What was asked for each, after what promotions took off then."""
        asked: dict[State, dict[tuple[UUID, int, bool], datetime]] = defaultdict(dict)
        states = {moment: self.past.state(moment, self.zone) for moment in {was.at for was in prices}}
        for was in prices:
            if was.variant_id.hex in self.goods:
                asked[states[was.at]].setdefault((was.variant_id, was.amount, was.reduced), was.at)
        found = {state: self._asked(state, lines) for state, lines in asked.items() if state[0]}
        return [
            found.get(states[was.at], {}).get((was.variant_id, was.amount, was.reduced), was.amount)
            for was in prices
        ]

    def _asked(
        self, state: State, wanted: Mapping[tuple[UUID, int, bool], datetime]
    ) -> dict[tuple[UUID, int, bool], int]:
        holding, weekday, minute = state
        keys = list(wanted)
        lines = [
            replace(self.goods[variant.hex], id=str(place), unit=amount, reduced=reduced)
            for place, (variant, amount, reduced) in enumerate(keys)
        ]
        basket = replace(self.place, at=wanted[keys[0]], weekday=weekday, minute=minute, lines=tuple(lines))
        return {
            key: one.unit for key, one in zip(keys, shelf(basket, self.past.offers(holding)), strict=True)
        }


class _Lately:
    def __init__(self, spells: Sequence[Spell]) -> None:
        self.spells = [spell for spell in spells if on_shelves(spell.rule)]
        self._past: dict[tuple[str, str], Past] = {}

    def past(self, channel: Channel) -> Past:
        found = self._past.get((channel.code, channel.market))
        if found is None:
            mine = [spell for spell in self.spells if may_hold(spell.rule, channel)]
            found = self._past[channel.code, channel.market] = Past(mine)
        return found


async def lately(database: Database, channel: Channel) -> Past:
    """What promotions were in a channel, as of at most a second ago; no statement when it is warm."""
    return (await database.cached(SPELLS, _load, tables=("promotions",))).past(channel)


async def _load(tx: Transaction) -> _Lately:
    return _Lately(await kept.spells(tx, tx.now - REMEMBERED))


def _within(moment: datetime, begins: datetime | None, ends: datetime | None) -> bool:
    return (begins is None or begins <= moment) and (ends is None or moment < ends)


def _acting(rule: Promotion) -> Promotion:
    """What of a promotion decides about prices: its names, its end and its limits do not."""
    return replace(rule, names={}, valid_to=None, limits=NO_LIMITS, worth={})


def _hours(rule: Promotion) -> list[Hours]:
    return [one for one in flat(rule.conditions) if isinstance(one, Hours)]


def _strokes(hours: Hours, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """When the hours begin or end between two moments."""
    inside = opening(hours)
    day = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    while day <= end:
        for minute in {0, hours.from_minute, hours.to_minute % DAY}:
            moment = day.replace(hour=minute // 60, minute=minute % 60).astimezone(UTC)
            there, before = (local_clock(one, zone) for one in (moment, moment - timedelta(minutes=1)))
            if start < moment < end and inside(*there) is not inside(*before):
                yield moment
        day += timedelta(days=1)


def _opened(hours: Hours, start: datetime, at: datetime, zone: ZoneInfo) -> datetime:
    """When the hours in which a moment lies began; `start` where that was before it."""
    return max(_strokes(hours, max(start, at - timedelta(days=8)), at, zone), default=start)
