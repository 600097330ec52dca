"""Whether conditions are true of a basket, and if not, the first reason. Conditions are asked of the basket before any
promotion, so none depends on another promotion.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from torg.promotions import model
from torg.promotions.evaluating.goods import GoodsIndex
from torg.promotions.evaluating.reading import Reading
from torg.promotions.model import Condition, Fact
from torg.promotions.outcome import Reason

Why: TypeAlias = tuple[Reason, Mapping[str, Any]]
Test: TypeAlias = Callable[[Reading], Why | None]
NO_FACTS: Final[Mapping[str, Any]] = {}
OTHER_HOURS: Final[Why] = (Reason.other_hours, NO_FACTS)


def flat(conditions: Sequence[Condition], path: str = "conditions") -> Iterator[tuple[str, Condition]]:
    """Conditions that must all be true, each with where it stands; what `all` holds together stands by itself."""
    for index, condition in enumerate(conditions):
        if isinstance(condition, model.AllOf):
            yield from flat(condition.of, f"{path}.{index}.of")
        else:
            yield f"{path}.{index}", condition


def of_goods(condition: Condition) -> bool:
    """Whether it depends on what is in the basket."""
    match condition:
        case model.AllOf(of) | model.AnyOf(of):
            return any(of_goods(each) for each in of)
        case model.Not(of=inner):
            return of_goods(inner)
        case model.GoodsAmount() | model.GoodsQuantity():
            return True
        case _:
            return False


def of_goods_alone(condition: Condition) -> bool:
    """Whether it depends on nothing else than on what is in the basket."""
    match condition:
        case model.AllOf(of) | model.AnyOf(of):
            return all(of_goods_alone(each) for each in of)
        case model.Not(of=inner):
            return of_goods_alone(inner)
        case _:
            return of_goods(condition)


def test_of(condition: Condition, goods: GoodsIndex) -> Test:
    """A condition made ready to be asked: None when it is true, else why not."""
    match condition:
        case model.AllOf(of):
            return _all([test_of(each, goods) for each in of])
        case model.AnyOf(of):
            return _any([test_of(each, goods) for each in of])
        case model.Not(of=inner):
            return _not(test_of(inner, goods))
        case model.Is():
            return _is(condition)
        case model.GoodsAmount():
            return _amount(condition, goods.number(condition.on))
        case model.GoodsQuantity():
            return _quantity(condition, goods.number(condition.on))
        case model.Hours():
            return _hours(condition)
        case model.FirstPurchase():
            why = (Reason.condition, {"type": "first-purchase"})
            return lambda reading: None if reading.shopper.first_purchase else why
        case model.KnownCustomer():
            unknown = (Reason.condition, {"type": "known-customer"})
            return lambda reading: None if reading.shopper.known else unknown


def _all(tests: Sequence[Test]) -> Test:
    def test(reading: Reading) -> Why | None:
        for each in tests:
            why = each(reading)
            if why is not None:
                return why
        return None

    return test


def _any(tests: Sequence[Test]) -> Test:
    why = (Reason.condition, {"type": "any"})
    return lambda reading: None if any(each(reading) is None for each in tests) else why


def _not(inner: Test) -> Test:
    why = (Reason.condition, {"type": "not"})
    return lambda reading: why if inner(reading) is None else None


def _is(condition: model.Is) -> Test:
    words = frozenset(condition.any_of)
    why = (Reason.condition, {"type": "is", "fact": condition.fact.value})
    match condition.fact:
        case Fact.group:
            return lambda reading: why if words.isdisjoint(reading.shopper.groups) else None
        case Fact.segment:
            return lambda reading: why if words.isdisjoint(reading.shopper.segments) else None
        case _:
            name = condition.fact.value
            return lambda reading: None if getattr(reading.basket, name) in words else why


def _amount(condition: model.GoodsAmount, number: int) -> Test:
    least, most = condition.at_least, condition.at_most

    def test(reading: Reading) -> Why | None:
        currency = reading.basket.currency
        have = reading.amount(number)
        need = least.get(currency, 0)
        if have < need:
            facts = {"need": need, "have": have, "lacking": need - have, "currency": currency}
            return Reason.amount_too_low, facts
        if currency in most and have > most[currency]:
            return Reason.amount_too_high, {"most": most[currency], "have": have, "currency": currency}
        return None

    return test


def _quantity(condition: model.GoodsQuantity, number: int) -> Test:
    need, most = condition.at_least, condition.at_most

    def test(reading: Reading) -> Why | None:
        have = reading.units(number)
        if have < need:
            return Reason.too_few, {"need": need, "have": have, "lacking": need - have}
        if most is not None and have > most:
            return Reason.too_many, {"most": most, "have": have}
        return None

    return test


def _hours(condition: model.Hours) -> Test:
    inside = opening(condition)

    def test(reading: Reading) -> Why | None:
        return None if inside(reading.basket.weekday, reading.basket.minute) else OTHER_HOURS

    return test


def opening(condition: model.Hours) -> Callable[[int, int], bool]:
    """Whether a weekday and a minute of it are within the hours."""
    since, until = condition.from_minute, condition.to_minute
    days = frozenset(condition.weekdays or range(1, 8))

    def inside(day: int, minute: int) -> bool:
        if since < until:
            return day in days and since <= minute < until
        return (day in days and minute >= since) or ((day - 1 or 7) in days and minute < until)

    return inside
