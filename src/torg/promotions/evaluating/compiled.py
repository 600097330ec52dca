"""Promotions made ready to be asked: in their order, with their conditions and effects as functions, and an index from
goods to the promotions that could act on them.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct

from torg.promotions import model
from torg.promotions.amounts import currencies_of
from torg.promotions.basket import Basket
from torg.promotions.evaluating import conditions, deals, effects, extras
from torg.promotions.evaluating.conditions import NO_FACTS, Test, Why
from torg.promotions.evaluating.goods import GoodsIndex, Matches
from torg.promotions.evaluating.reading import Reading
from torg.promotions.evaluating.run import FREE, Room
from torg.promotions.model import NO_CAPS, Effect, Promotion, Share, Stacking
from torg.promotions.outcome import Reason, Refused

CODE_NEEDED: Final[Why] = (Reason.code_needed, NO_FACTS)
USED_UP: Final[Why] = (Reason.used_up, NO_FACTS)
GoodsAct: TypeAlias = (
    effects.Prices | effects.Whole | effects.Tiers | deals.OfEvery | deals.BuyThisGetThat | deals.Sets
)
DEALS: Final = (deals.OfEvery, deals.BuyThisGetThat, deals.Sets)
Act: TypeAlias = GoodsAct | extras.Deliveries | extras.Rewards


class House(Struct, frozen=True):
    """The house's own ends: the most that all promotions together take off a line, and off all goods."""

    most_of_line: Share | None = None
    most_of_order: Share | None = None


NO_ENDS: Final = House()


class Asked(NamedTuple):
    """A condition where it stands in its promotion, and whether it asks for goods."""

    path: str
    test: Test
    of_goods: bool


class Rule:
    """One promotion made ready; `rank` is its place in the order."""

    __slots__ = (
        "_goods_tests",
        "acts",
        "acts_on_one",
        "alone",
        "asks_more",
        "capped",
        "currencies",
        "has_lines",
        "needs_goods",
        "no_goods",
        "plain_on_one",
        "promotion",
        "rank",
        "steps",
        "tests",
    )

    def __init__(self, promotion: Promotion, rank: int, goods: GoodsIndex) -> None:
        self.promotion = promotion
        self.rank = rank
        self.tests = [
            Asked(path, conditions.test_of(each, goods), conditions.of_goods(each))
            for path, each in conditions.flat(promotion.conditions)
        ]
        self._goods_tests = [each.test for each in self.tests if each.of_goods]
        # A condition that asks for goods and for something else, too: what one unit costs then depends on more.
        self.asks_more = any(
            conditions.of_goods(each) and not conditions.of_goods_alone(each)
            for _, each in conditions.flat(promotion.conditions)
        )
        self.acts: list[Act] = [act_of(effect, goods) for effect in promotion.effects]
        self.steps = sorted(self.acts, key=_stage)
        self.capped = promotion.caps != NO_CAPS
        # It may change what one unit costs without a delivery: by itself, or by what it leaves no room for.
        competes = promotion.group is not None or promotion.stacking is Stacking.alone
        self.acts_on_one = competes or any(map(acts_on_one, self.acts))
        self.plain_on_one = not any(isinstance(act, DEALS) and acts_on_one(act) for act in self.acts)
        self.currencies = currencies_of(promotion)
        self.needs_goods = all(act.numbers for act in self.acts)
        self.no_goods = Refused(promotion.key, Reason.no_goods, NO_FACTS)
        self.alone = promotion.stacking is Stacking.alone
        self.has_lines = promotion.stacking is Stacking.lines

    def numbers(self) -> Iterable[int]:
        """The selections that it acts on."""
        return (number for act in self.acts for number in act.numbers)

    def touches(self, matches: Matches) -> set[int]:
        """The lines that it would reduce."""
        found: set[int] = set()
        for act in self.acts:
            if not isinstance(act, extras.Rewards):
                for number in act.numbers:
                    found.update(matches.get(number, ()))
        return found

    def why_not(self, reading: Reading) -> Why | None:
        """The first reason why it does not hold for the basket, apart from what its effects need."""
        why = self._closed(reading.basket)
        if why is not None:
            return why
        for each in self.tests:
            why = each.test(reading)
            if why is not None:
                return why
        return None

    def why_not_here(self, reading: Reading) -> Why | None:
        """The same without the conditions that ask for goods."""
        why = self._closed(reading.basket)
        if why is not None:
            return why
        return next((why for each in self.tests if not each.of_goods and (why := each.test(reading))), None)

    def why_not_goods(self, reading: Reading) -> Why | None:
        """The first condition that asks for goods and is not true."""
        for test in self._goods_tests:
            why = test(reading)
            if why is not None:
                return why
        return None

    def _closed(self, basket: Basket) -> Why | None:
        promotion = self.promotion
        if promotion.valid_from is not None and basket.at < promotion.valid_from:
            return Reason.not_yet, {"from": promotion.valid_from}
        if promotion.valid_to is not None and basket.at >= promotion.valid_to:
            return Reason.over, {"until": promotion.valid_to}
        if promotion.needs_code and promotion.key not in basket.codes:
            return CODE_NEEDED
        if promotion.key in basket.used_up:
            return USED_UP
        if self.currencies is not None and basket.currency not in self.currencies:
            return Reason.other_currency, {"currency": basket.currency}
        return None

    def room(self, currency: str, house: House) -> Room:
        """How far it may go."""
        caps = self.promotion.caps
        if not self.capped and house is NO_ENDS:
            return FREE
        order, line = caps.order.get(currency), caps.line.get(currency)
        return Room(order, line, house.most_of_line, house.most_of_order)


class Offers:
    """Promotions made ready, in their order: the higher priority first, then the key that comes first."""

    __slots__ = ("_by_number", "_everywhere", "goods", "house", "ranks", "rules", "shelves")

    def __init__(self, promotions: Collection[Promotion], house: House) -> None:
        self.goods = GoodsIndex()
        self.house = NO_ENDS if house == NO_ENDS else house
        ordered = sorted(promotions, key=lambda each: (-each.priority, each.key))
        self.rules = [Rule(each, rank, self.goods) for rank, each in enumerate(ordered)]
        self.ranks: Mapping[str, int] = {each.key: rank for rank, each in enumerate(ordered)}
        if len(self.ranks) < len(ordered):
            raise ValueError("two promotions have the same key")
        # What is known of goods in lists, for as long as these promotions are kept; `shelf` fills it.
        self.shelves: dict[Hashable, Any] = {}
        self._everywhere = [rule.rank for rule in self.rules if not rule.needs_goods]
        self._by_number: dict[int, list[int]] = defaultdict(list)
        for rule in self.rules:
            for number in set(rule.numbers()) if rule.needs_goods else ():
                self._by_number[number].append(rule.rank)

    def touched(self, reading: Reading) -> Sequence[Rule]:
        """The promotions that could act on the basket's goods, in their order."""
        if not reading.lines:
            return ()
        found = set(self._everywhere)
        for number in reading.matches:
            found.update(self._by_number.get(number, ()))
        return [self.rules[rank] for rank in sorted(found)]


def compile_offers(promotions: Iterable[Promotion], house: House = NO_ENDS) -> Offers:
    """Promotions made ready to be evaluated; in what order they are given does not matter. To be kept, as making them
    ready costs much more than asking them.
    """
    return Offers(list(promotions), house)


def acts_on_one(act: Act) -> bool:
    """Whether it can do anything with a single unit of goods."""
    match act:
        case deals.OfEvery():
            return act.every == 1
        case deals.Sets():
            return sum(act.counts()) == 1
        case deals.BuyThisGetThat() | extras.Deliveries():
            return False
        case _:
            return True


def _stage(act: Act) -> int:
    return act.stage


def act_of(effect: Effect, goods: GoodsIndex) -> Act:
    """An effect made ready."""
    match effect:
        case model.FixedPrice():
            return effects.Prices(effect, goods)
        case model.AmountOff():
            return effects.Prices(effect, goods) if effect.each else effects.Whole(effect, goods)
        case model.PercentOff():
            return effects.Whole(effect, goods)
        case model.Tiered():
            return effects.Tiers(effect, goods)
        case model.CheapestFree():
            return deals.OfEvery(effect, goods)
        case model.BuyGet():
            if effect.get_on is None:
                return deals.OfEvery(effect, goods)
            return deals.BuyThisGetThat(effect, effect.get_on, goods)
        case model.BundlePrice():
            return deals.Sets(effect, goods)
        case model.DeliveryOff():
            return extras.Deliveries(effect)
        case _:
            return extras.Rewards(effect, goods)
