"""The promotions that are going on, as each process knows them: at most a second old, made ready once for each channel.

A promotion that names markets or channels is left out of all others before anything is evaluated.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Refused
from torg.markets import Atlas, Channel
from torg.promotions.evaluating.compiled import Offers, compile_offers
from torg.promotions.model import (
    AllOf,
    AmountOff,
    AnyOf,
    BundlePrice,
    BuyGet,
    CheapestFree,
    Condition,
    Fact,
    FirstPurchase,
    FixedPrice,
    Is,
    KnownCustomer,
    Not,
    PercentOff,
    Promotion,
    Selection,
    Tiered,
)
from torg.promotions.store import codes, kept, usage
from torg.promotions.words import Code, CodeNotValid, KeptPromotion, UnknownCode, Use

NAME: Final = "promotions.going-on"
SPELLS: Final = "promotions.spells"
USED_UP: Final = "promotions.used-up"
ON_GOODS: Final = (PercentOff, AmountOff, FixedPrice, BuyGet, CheapestFree, Tiered, BundlePrice)


class Here(Struct, frozen=True):
    """What may hold in one channel, made ready.

    `asks_whom` when one of them is for groups or segments of customers.
    """

    offers: Offers
    kept: dict[str, KeptPromotion]
    most: dict[str, int]
    """How often one customer may use a promotion, where that is limited; one for a first purchase, once."""

    asks_whom: bool
    shelf: Offers
    """Those that can take something off goods in a list: without a code, by what they take off goods."""

    shelf_asks: bool
    """Whether one of those asks for categories or attributes of the goods."""

    shelf_asks_whom: bool
    """Whether one of those asks who buys: whether she is known, and of which groups and segments."""

    def use(self, promotion: str, code: Code | None) -> Use:
        """That a promotion is used, with its limits."""
        limits = self.kept[promotion].rule.limits
        own = code is not None and code.usage_limit is not None
        return Use(
            promotion, code.code if code else None, limits.uses is not None, self.most.get(promotion), own
        )


class GoingOn:
    """Every promotion that is neither paused nor over."""

    def __init__(self, promotions: Sequence[KeptPromotion]) -> None:
        self.kept = {one.key: one for one in promotions}
        self._here: dict[tuple[str, str], Here] = {}

    def here(self, channel: Channel) -> Here:
        """Those that may hold in a channel."""
        known = self._here.get((channel.code, channel.market))
        if known is None:
            mine = [one for one in self.kept.values() if may_hold(one.rule, channel)]
            known = self._here[channel.code, channel.market] = ready(mine)
        return known


class Opened(Struct, frozen=True):
    """What codes open: the code by promotion, and by code why it opens nothing."""

    codes: dict[str, Code]
    wrong: dict[str, UnknownCode | Refused]


class Standing(Struct, frozen=True):
    """What is known of who buys: whether she has never bought here, and what is used up, by all or by her."""

    first_purchase: bool | None
    used_up: frozenset[str]


async def going_on(database: Database) -> GoingOn:
    """The promotions of at most a second ago."""
    return await database.cached(NAME, _load, tables=("promotions",))


async def here(database: Database, channel: Channel) -> Here:
    """What may hold in a channel, as of at most a second ago; no statement when it is warm."""
    return (await going_on(database)).here(channel)


def ready(promotions: Iterable[KeptPromotion]) -> Here:
    """Promotions made ready to be evaluated."""
    mine = {one.key: one for one in promotions}
    first = {key for key, one in mine.items() if asks_first(one.rule.conditions)}
    most = {key: one.rule.limits.per_customer for key, one in mine.items() if one.rule.limits.per_customer}
    most |= dict.fromkeys(first, 1)
    whom = any(_asks_whom(one.rule.conditions) for one in mine.values())
    listed = [one.rule for one in mine.values() if on_shelves(one.rule)]
    return Here(
        compile_offers([one.rule for one in mine.values()]),
        mine,
        most,
        whom,
        compile_offers(listed),
        any(asks_goods(rule) for rule in listed),
        any(_asks_whom(rule.conditions) or _asks_known(rule.conditions) for rule in listed),
    )


async def open_codes(
    tx: Transaction, given: Sequence[str], now: Here, *, customer_id: UUID | None, at: datetime
) -> Opened:
    """What the codes open that somebody has given, as they are kept; one statement where any are given.

    Of two codes for the same promotion the first opens it, and the second nothing.
    """
    if not given:
        return Opened({}, {})
    found = await codes.find(tx, given)
    opened: dict[str, Code] = {}
    wrong: dict[str, UnknownCode | Refused] = {}
    for code in given:
        there = found.get(code)
        if there is None:
            wrong[code] = UnknownCode(promotion=code[:40])
        elif problem := _problem(there, now, at, customer_id):
            wrong[code] = problem(promotion=code)
        elif there.promotion not in opened:
            opened[there.promotion] = there
    return Opened(opened, wrong)


async def standing(tx: Transaction, now: Here, buyers: Sequence[str], opened: Collection[str]) -> Standing:
    """Where somebody stands with these promotions, of which her codes have `opened` some; asks the database only where
    one wants to know that needs no code or is opened.
    """
    everybody = await tx.database.cached(USED_UP, usage.used_up, tables=("promotion_counters",))
    wanted = [key for key in now.most if key in opened or not now.kept[key].rule.needs_code]
    if not buyers or not wanted:
        return Standing(None, everybody)
    if not any(asks_first(now.kept[key].rule.conditions) for key in wanted):
        used = await usage.used_by(tx, wanted, buyers)
        first = None
    else:
        used, bought = await tx.together(usage.used_by(tx, wanted, buyers), usage.bought(tx, buyers))
        first = not bought
    mine = {key for key, times in used.items() if times >= now.most[key]}
    return Standing(first, everybody | mine)


async def _load(tx: Transaction) -> GoingOn:
    return GoingOn(await kept.going_on(tx))


def _problem(code: Code, now: Here, at: datetime, customer_id: UUID | None) -> type[Refused] | None:
    promotion = now.kept.get(code.promotion)
    if promotion is None:
        return CodeNotValid
    rule = promotion.rule
    if (rule.valid_from is not None and at < rule.valid_from) or (
        rule.valid_to is not None and at >= rule.valid_to
    ):
        return CodeNotValid
    return code.problem(at, customer_id)


def may_hold(rule: Promotion, channel: Channel) -> bool:
    """Whether no condition of the promotion rules this channel out for good."""
    facts = {Fact.channel: channel.code, Fact.market: channel.market}
    return all(
        facts[condition.fact] in condition.any_of
        for condition in rule.conditions
        if isinstance(condition, Is) and condition.fact in facts
    )


def asks_first(conditions: Iterable[Condition]) -> bool:
    """Whether one of the conditions is that it is a first purchase."""
    return any(isinstance(condition, FirstPurchase) for condition in flat(conditions))


def on_shelves(rule: Promotion) -> bool:
    """Whether lists of goods show what it takes off: it needs no code, and acts on goods."""
    return not rule.needs_code and any(isinstance(effect, ON_GOODS) for effect in rule.effects)


def asks_goods(part: Struct) -> bool:
    """Whether a part of a rule selects goods by category or attribute."""
    if isinstance(part, Selection) and (part.categories or part.attributes):
        return True
    for name in part.__struct_fields__:
        value = getattr(part, name)
        inner = value if isinstance(value, tuple) else (value,)
        if any(isinstance(one, Struct) and asks_goods(one) for one in inner):
            return True
    return False


def _asks_whom(conditions: Iterable[Condition]) -> bool:
    whom = {Fact.group, Fact.segment}
    return any(isinstance(one, Is) and one.fact in whom for one in flat(conditions))


def _asks_known(conditions: Iterable[Condition]) -> bool:
    return any(isinstance(one, KnownCustomer) for one in flat(conditions))


def flat(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """The conditions, those inside of others in their place."""
    for condition in conditions:
        if isinstance(condition, AllOf | AnyOf):
            yield from flat(condition.of)
        elif isinstance(condition, Not):
            yield from flat((condition.of,))
        else:
            yield condition


def zone_of(known: Atlas, channel: Channel) -> str:
    """Whose clock a channel goes by: that of its store, or of the place that sends its orders first."""
    place = known.store(channel.store).location if channel.store else channel.locations[0]
    return known.location(place).time_zone
