"""What keeps a promotion from being right: every problem at once, each with the field's path. Pure.

The shape (kinds, lengths, ranges) is what the Structs say; here is what they cannot say.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from torg.kernel import forms
from torg.kernel.errors import FieldProblem
from torg.kernel.i18n import LANGUAGES
from torg.promotions import model
from torg.promotions.amounts import amounts_of
from torg.promotions.model import Amounts, Condition, Effect, Fact, Goods, Promotion, Selection, Stacking

FORM: Final = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", re.ASCII)
DEEPEST: Final = 5
MESSAGES: Final = {
    "code-needed-here": "This is only for promotions that need a code.",
    "currencies-differ": "All amounts of a promotion are given in the same currencies.",
    "ends-before-it-begins": "This ends before it begins.",
    "free-not-below-every": "Fewer units are reduced than are in a set.",
    "key-form": "A key is made of letters A to Z, digits and single hyphens.",
    "most-below-least": "The most is below the least.",
    "no-goods-to-hold": "A promotion that reduces no goods has no lines for itself.",
    "no-time": "This begins and ends at the same time.",
    "one-of-these": "Give exactly one of the possible reductions.",
    "out-of-range": "This is too small or too large.",
    "required": "This field is required.",
    "tiers-out-of-order": "Each tier begins above the one before.",
    "too-deep": "Conditions are nested too deeply.",
    "too-few-units": "A set has at least two units.",
    "twice": "This stands here twice.",
    "unknown-language": "The platform does not speak this language.",
    "unknown-value": "This is not one of the possible values.",
}
Problems = Iterator[FieldProblem]


def validate(
    promotion: Promotion, known: Mapping[Fact, Collection[str]] | None = None
) -> tuple[FieldProblem, ...]:
    """Everything that is wrong with a promotion; nothing when it may be kept.

    `known` are the words that exist for some facts (markets, channels, stores); facts that are not in it are not looked
    at.
    """
    return (*_shape(promotion), *_rules(promotion, known or {}))


def _shape(promotion: Promotion) -> Problems:
    yield from forms.problems(Promotion, msgspec.to_builtins(promotion))


def _rules(promotion: Promotion, known: Mapping[Fact, Collection[str]]) -> Problems:
    for field, key in (("key", promotion.key), ("group", promotion.group)):
        if key is not None and not FORM.fullmatch(key):
            yield _problem(field, "key-form")
    yield from _names(promotion.names)
    since, until = promotion.valid_from, promotion.valid_to
    if since is not None and until is not None and until <= since:
        yield _problem("valid_to", "ends-before-it-begins")
    if promotion.limits.per_code is not None and not promotion.needs_code:
        yield _problem("limits.per_code", "code-needed-here")
    for index, condition in enumerate(promotion.conditions):
        yield from _condition(condition, f"conditions.{index}", known, 1)
    for index, effect in enumerate(promotion.effects):
        yield from _effect(effect, f"effects.{index}")
    if promotion.stacking is Stacking.lines and not any(map(_on_goods, promotion.effects)):
        yield _problem("stacking", "no-goods-to-hold")
    for field, amounts in (("caps.order", promotion.caps.order), ("caps.line", promotion.caps.line)):
        yield from _positive(field, amounts)
    yield from _currencies(promotion)


def _names(names: Mapping[str, str]) -> Problems:
    if not names:
        yield _problem("names", "required")
    for language, text in names.items():
        if language not in LANGUAGES:
            yield _problem(f"names.{language}", "unknown-language")
        elif not text.strip():
            yield _problem(f"names.{language}", "required")


def _condition(condition: Condition, at: str, known: Mapping[Fact, Collection[str]], depth: int) -> Problems:
    if depth > DEEPEST:
        yield _problem(at, "too-deep")
        return
    match condition:
        case model.AllOf(of) | model.AnyOf(of):
            if not of:
                yield _problem(f"{at}.of", "required")
            for index, each in enumerate(of):
                yield from _condition(each, f"{at}.of.{index}", known, depth + 1)
        case model.Not(of=inner):
            yield from _condition(inner, f"{at}.of", known, depth + 1)
        case model.Is(fact, words):
            yield from _words(f"{at}.any_of", words, known.get(fact), needed=True)
        case model.GoodsAmount(least, most, goods):
            yield from _needed(f"{at}.at_least", least)
            for currency, amount in most.items():
                if amount < least.get(currency, 0):
                    yield _problem(f"{at}.at_most.{currency}", "most-below-least")
            yield from _goods(goods, f"{at}.on")
        case model.GoodsQuantity(least, most, goods):
            if most is not None and most < least:
                yield _problem(f"{at}.at_most", "most-below-least")
            yield from _goods(goods, f"{at}.on")
        case model.Hours(days, since, until):
            if since == until:
                yield _problem(f"{at}.to_minute", "no-time")
            yield from _twice(f"{at}.weekdays", days)


def _effect(effect: Effect, at: str) -> Problems:
    match effect:
        case model.PercentOff(on=on) | model.CheapestFree(on=on) | model.BuyGet(on=on):
            yield from _goods(on, f"{at}.on")
            if isinstance(effect, model.CheapestFree) and effect.free >= effect.every:
                yield _problem(f"{at}.free", "free-not-below-every")
            if isinstance(effect, model.BuyGet) and effect.get_on is not None:
                yield from _goods(effect.get_on, f"{at}.get_on")
        case model.AmountOff(amount, on):
            yield from _needed(f"{at}.amount", amount)
            yield from _positive(f"{at}.amount", amount)
            yield from _goods(on, f"{at}.on")
        case model.FixedPrice(price, on):
            yield from _needed(f"{at}.price", price)
            yield from _goods(on, f"{at}.on")
        case model.Tiered():
            yield from _tiers(effect, at)
            yield from _goods(effect.on, f"{at}.on")
        case model.BundlePrice(parts, price):
            yield from _needed(f"{at}.price", price)
            if sum(part.quantity for part in parts) < 2:  # one unit at a price is a price
                yield _problem(f"{at}.parts", "too-few-units")
            for index, part in enumerate(parts):
                yield from _goods(part.on, f"{at}.parts.{index}.on")
        case model.DeliveryOff(percent, amount, price, methods):
            if (percent is not None) + bool(amount) + bool(price) != 1:
                yield _problem(f"{at}.percent", "one-of-these")
            yield from _positive(f"{at}.amount", amount)
            yield from _words(f"{at}.methods", methods, None)
        case model.FreeGift(variants):
            yield from _words(f"{at}.variants", variants, None, needed=True)
        case model.Points(per=per, on=on):
            yield from _positive(f"{at}.per", per)
            yield from _goods(on, f"{at}.on")
        case model.NextCoupon(key):
            if not FORM.fullmatch(key):
                yield _problem(f"{at}.promotion", "key-form")


def _tiers(effect: model.Tiered, at: str) -> Problems:
    by_amount = effect.by is model.TierBy.amount
    before: model.Tier | None = None
    for index, tier in enumerate(effect.tiers):
        place = f"{at}.tiers.{index}"
        if (tier.percent is not None) + bool(tier.amount) != 1:
            yield _problem(f"{place}.percent", "one-of-these")
        yield from _positive(f"{place}.amount", tier.amount)
        begins, other = ("amount_from", "quantity_from") if by_amount else ("quantity_from", "amount_from")
        if not getattr(tier, begins):
            yield _problem(f"{place}.{begins}", "required")
        if getattr(tier, other):
            yield _problem(f"{place}.{other}", "unknown-value")
        if before is not None and not _above(tier, before, by_amount):
            yield _problem(f"{place}.{begins}", "tiers-out-of-order")
        before = tier


def _above(tier: model.Tier, before: model.Tier, by_amount: bool) -> bool:
    if not by_amount:
        return (tier.quantity_from or 0) > (before.quantity_from or 0)
    return all(amount > before.amount_from.get(currency, -1) for currency, amount in tier.amount_from.items())


def _goods(goods: Goods, at: str) -> Problems:
    yield from _selection(goods, at)
    if goods.without is not None:
        if goods.without == Selection():
            yield _problem(f"{at}.without", "required")
        yield from _selection(goods.without, f"{at}.without")


def _selection(selection: Selection, at: str) -> Problems:
    for name in ("variants", "products", "categories"):
        yield from _words(f"{at}.{name}", getattr(selection, name), None)
    for name, values in selection.attributes.items():
        yield from _words(f"{at}.attributes.{name}", values, None, needed=True)


def _words(at: str, words: Sequence[str], known: Collection[str] | None, *, needed: bool = False) -> Problems:
    if needed and not words:
        yield _problem(at, "required")
    yield from _twice(at, words)
    for index, word in enumerate(words):
        if known is not None and word not in known:
            yield _problem(f"{at}.{index}", "unknown-value")


def _twice(at: str, words: Sequence[object]) -> Problems:
    for index, word in enumerate(words):
        if word in words[:index]:
            yield _problem(f"{at}.{index}", "twice")


def _needed(at: str, amounts: Amounts) -> Problems:
    if not amounts:
        yield _problem(at, "required")


def _positive(at: str, amounts: Amounts) -> Problems:
    for currency, amount in amounts.items():
        if amount < 1:
            yield _problem(f"{at}.{currency}", "out-of-range")


def _on_goods(effect: Effect) -> bool:
    return not isinstance(effect, model.DeliveryOff | model.FreeGift | model.Points | model.NextCoupon)


def _currencies(promotion: Promotion) -> Problems:
    """The first place that has amounts says in which currencies; all others have the same."""
    first: Amounts | None = None
    for at, amounts in amounts_of(promotion):
        if not amounts:
            continue
        if first is None:
            first = amounts
        elif amounts.keys() != first.keys():
            yield _problem(at, "currencies-differ")


def _problem(field: str, code: str) -> FieldProblem:
    return FieldProblem(field=field, code=code, message=MESSAGES[code])
