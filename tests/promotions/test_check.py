"""What keeps a promotion from being right, every problem at once; and the form as it is published."""

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from tests.promotions.cases import NOON, Dice

from torg.promotions import (
    AllOf,
    AmountOff,
    BundlePrice,
    CheapestFree,
    DeliveryOff,
    Effect,
    Fact,
    FreeGift,
    Goods,
    GoodsAmount,
    GoodsQuantity,
    Hours,
    Is,
    Limits,
    NextCoupon,
    Not,
    Part,
    PercentOff,
    Promotion,
    Selection,
    Stacking,
    Tier,
    TierBy,
    Tiered,
    validate,
)
from torg.settings import ROOT

GOOD = Promotion(key="sale", names={"en": "Sale"}, effects=(PercentOff(100_000),))
SCHEMA = ROOT / "docs" / "promotions.schema.json"


def wrong(promotion: Promotion, **known) -> dict[str, str]:
    found = validate(promotion, {Fact(name): words for name, words in known.items()})
    return {problem.field: problem.code for problem in found}


def test_every_wrong_field_is_named_at_once() -> None:
    bad = Promotion(
        key="a b",
        names={"fr": "x", "en": " "},
        effects=(
            PercentOff(0),
            AmountOff({}),
            CheapestFree(2, 2),
            BundlePrice((Part(Goods()),), {"SEK": 1}),
            DeliveryOff(),
        ),
        conditions=(
            AllOf((Is(Fact.market, ("SE", "SE")),)),
            GoodsAmount({"NOK": 5}, {"NOK": 3}),
            Hours((1, 1), 60, 60),
        ),
        limits=Limits(per_code=1),
        valid_from=NOON,
        valid_to=NOON - timedelta(days=1),
    )
    assert wrong(bad, market={"NO"}) == {
        "key": "key-form",
        "names.fr": "unknown-language",
        "names.en": "required",
        "valid_to": "ends-before-it-begins",
        "limits.per_code": "code-needed-here",
        "conditions.0.of.0.any_of.0": "unknown-value",
        "conditions.0.of.0.any_of.1": "unknown-value",
        "conditions.1.at_most.NOK": "most-below-least",
        "conditions.2.to_minute": "no-time",
        "conditions.2.weekdays.1": "twice",
        "effects.0": "out-of-range",
        "effects.1.amount": "required",
        "effects.2.free": "free-not-below-every",
        "effects.3.parts": "too-few-units",
        "effects.3.price": "currencies-differ",
        "effects.4.percent": "one-of-these",
    }


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (
            Tiered(TierBy.amount, (Tier(quantity_from=3, percent=1),)),
            {"amount_from": "required", "quantity_from": "unknown-value"},
        ),
        (Tiered(TierBy.quantity, (Tier(quantity_from=3),)), {"percent": "one-of-these"}),
    ],
)
def test_a_tier_says_from_where_on_and_one_reduction(effect: Effect, expected: dict[str, str]) -> None:
    found = wrong(replace(GOOD, effects=(effect,)))
    assert found == {f"effects.0.tiers.0.{name}": code for name, code in expected.items()}


@pytest.mark.parametrize(
    ("promotion", "field", "code"),
    [
        (
            replace(GOOD, effects=(Tiered(TierBy.quantity, (Tier(quantity_from=3, percent=1),) * 2),)),
            "effects.0.tiers.1.quantity_from",
            "tiers-out-of-order",
        ),
        (replace(GOOD, effects=(AmountOff({"NOK": 0}),)), "effects.0.amount.NOK", "out-of-range"),
        (replace(GOOD, effects=(FreeGift(("v",)),), stacking=Stacking.lines), "stacking", "no-goods-to-hold"),
        (replace(GOOD, effects=(NextCoupon("no key", 3),)), "effects.0.promotion", "key-form"),
        (
            replace(GOOD, effects=(PercentOff(1, Goods(without=Selection())),)),
            "effects.0.on.without",
            "required",
        ),
        (
            replace(GOOD, effects=(PercentOff(1, Goods(attributes={"a": ()})),)),
            "effects.0.on.attributes.a",
            "required",
        ),
        (replace(GOOD, effects=()), "effects", "wrong-length"),
        (replace(GOOD, conditions=(GoodsQuantity(3, 2),)), "conditions.0.at_most", "most-below-least"),
        (
            replace(GOOD, conditions=(Not(Not(Not(Not(Not(Hours((1,))))))),)),
            "conditions.0.of.of.of.of.of",
            "too-deep",
        ),
    ],
)
def test_one_problem_is_named_where_it_stands(promotion: Promotion, field: str, code: str) -> None:
    assert wrong(promotion) == {field: code}


def test_a_good_one_has_no_problems() -> None:
    assert validate(GOOD) == ()
    assert wrong(replace(GOOD, conditions=(Is(Fact.channel, ("web",)),)), channel={"web"}) == {}


def test_checking_never_fails_whatever_the_promotion() -> None:
    dice = Dice(11)
    for _ in range(300):
        for promotion in dice.case(0).promotions:
            assert all(problem.field and problem.message for problem in validate(promotion))


def test_the_published_form_is_the_form_of_the_structs() -> None:
    made = json.dumps(msgspec.json.schema(Promotion), indent=1, sort_keys=True) + "\n"
    assert Path(SCHEMA).read_text(encoding="utf-8") == made, "made anew by tests/promotions/publish_schema.py"
