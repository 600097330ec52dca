"""Every amount of a promotion and where it stands."""

from collections.abc import Iterator, Sequence

from torg.promotions import model
from torg.promotions.model import Amounts, Condition, Effect, Promotion

Placed = Iterator[tuple[str, Amounts]]


def amounts_of(promotion: Promotion) -> Placed:
    """Every amount that decides something, with its path; what a promotion counts as worth decides nothing."""
    yield "caps.order", promotion.caps.order
    yield "caps.line", promotion.caps.line
    yield from _of_conditions(promotion.conditions, "conditions")
    for index, effect in enumerate(promotion.effects):
        yield from _of_effect(effect, f"effects.{index}")


def currencies_of(promotion: Promotion) -> frozenset[str] | None:
    """The currencies that a promotion has all its amounts in; None when it has no amounts."""
    found: frozenset[str] | None = None
    for _, amounts in amounts_of(promotion):
        if amounts:
            found = frozenset(amounts) if found is None else found & frozenset(amounts)
    return found


def _of_conditions(conditions: Sequence[Condition], at: str) -> Placed:
    for index, condition in enumerate(conditions):
        yield from _of_condition(condition, f"{at}.{index}")


def _of_condition(condition: Condition, at: str) -> Placed:
    match condition:
        case model.AllOf(of) | model.AnyOf(of):
            yield from _of_conditions(of, f"{at}.of")
        case model.Not(of=inner):
            yield from _of_condition(inner, f"{at}.of")
        case model.GoodsAmount(at_least=least, at_most=most):
            yield f"{at}.at_least", least
            yield f"{at}.at_most", most
        case _:
            pass


def _of_effect(effect: Effect, at: str) -> Placed:
    match effect:
        case model.AmountOff(amount=amount):
            yield f"{at}.amount", amount
        case model.FixedPrice(price=price) | model.BundlePrice(price=price):
            yield f"{at}.price", price
        case model.Points(per=per):
            yield f"{at}.per", per
        case model.DeliveryOff(amount=amount, price=price):
            yield f"{at}.amount", amount
            yield f"{at}.price", price
        case model.Tiered(tiers=tiers):
            for index, tier in enumerate(tiers):
                yield f"{at}.tiers.{index}.amount_from", tier.amount_from
                yield f"{at}.tiers.{index}.amount", tier.amount
        case _:
            pass
