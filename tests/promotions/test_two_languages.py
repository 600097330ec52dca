"""The till's evaluator says what Torg's says, to the minor unit, with the same steps, reasons and hints.

Twenty thousand baskets of every kind are made by dice and answered by both; the whole answers are compared. That the
cases are of every kind is counted, so that none can go missing unseen.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from tests.promotions.cases import Case, Dice

from torg.promotions import (
    AllOf,
    AnyOf,
    Condition,
    Effect,
    Lacking,
    Not,
    Outcome,
    Promotion,
    Reason,
    compile_offers,
    evaluate,
)
from torg.promotions.evaluating.choose import Contest

SEED, CASES, BASKETS = 20_261_123, 1_000, 20
NODE = Path(sys.executable).parent / "node"
ANSWER = Path(__file__).with_name("answer.mjs")
STEPS = {
    *("promotion-price", "promotion-each", "promotion-deal", "promotion-bundle", "promotion-percent"),
    *("promotion-shared", "promotion-tier", "promotion-tier-shared", "promotion-points"),
    *("promotion-delivery-percent", "promotion-delivery-price", "promotion-delivery-shared"),
    *("promotion-capped-line", "promotion-capped-order"),
    *("promotion-capped-house-line", "promotion-capped-house-order"),
}


def test_the_till_gives_what_torg_gives_for_twenty_thousand_baskets(monkeypatch: pytest.MonkeyPatch) -> None:
    if not NODE.exists():
        pytest.skip(f"there is no Node at {NODE}, with which the till's evaluator is run")
    greedy = count_calls(monkeypatch, "_greedy")
    dice = Dice(SEED)
    cases = [dice.case(BASKETS) for _ in range(CASES)]
    ours = [answered(case) for case in cases]
    theirs = till(cases)
    for case, mine, other in zip(cases, ours, theirs, strict=True):
        for basket, one, two in zip(case.baskets, as_json(mine), other, strict=True):
            assert one == two, (
                f"{msgspec.json.encode(case.promotions)!r} {case.house} {msgspec.json.encode(basket)!r}"
            )
    assert len(greedy) > 20
    assert_every_kind(cases, ours)


def count_calls(monkeypatch: pytest.MonkeyPatch, name: str) -> list[object]:
    """Everything that this way of choosing was asked; it answers as ever."""
    asked: list[object] = []
    answer = getattr(Contest, name)

    def noted(contest: Contest, others: Sequence[int]) -> object:
        asked.append(others)
        return answer(contest, others)

    monkeypatch.setattr(Contest, name, noted)
    return asked


def answered(case: Case) -> list[Outcome]:
    offers = compile_offers(case.promotions, case.house)
    return [evaluate(basket, offers) for basket in case.baskets]


def till(cases: Sequence[Case]) -> list[list[object]]:
    """What the till's evaluator answers, run by Node."""
    asked = b"\n".join(msgspec.json.encode(case) for case in cases)
    done = subprocess.run([str(NODE), str(ANSWER)], input=asked, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [msgspec.json.decode(line, type=list[object]) for line in done.stdout.splitlines()]


def as_json(outcomes: Sequence[Outcome]) -> list[object]:
    return msgspec.json.decode(msgspec.json.encode(outcomes), type=list[object])


def assert_every_kind(cases: Sequence[Case], answers: Sequence[Sequence[Outcome]]) -> None:
    effects: Counter[type] = Counter()
    conditions: Counter[type] = Counter()
    for case, outcomes in zip(cases, answers, strict=True):
        by_key = {promotion.key: promotion for promotion in case.promotions}
        conditions.update(kind for promotion in case.promotions for kind in kinds(promotion.conditions))
        for applied in (one for outcome in outcomes for one in outcome.applied):
            effects.update(type(effect) for effect in by_key[applied.promotion].effects)
    told = [outcome for outcomes in answers for outcome in outcomes]
    assert_often(effects, get_args(Effect), 20)
    assert_often(conditions, get_args(Condition), 20)
    assert_often(Counter(one.reason for each in told for one in each.refused), Reason, 20)
    steps = Counter(code for each in told for code in codes(each))
    assert steps.keys() == STEPS
    assert_often(steps, STEPS, 20)
    near = Counter((one.what, one.at.partition(".")[0]) for each in told for one in each.nearly)
    assert_often(near, [(what, where) for what in Lacking for where in ("conditions", "effects")], 20)
    assert all(
        sum(bool(getattr(each, name)) for each in told) > 20 for name in ("gifts", "points", "coupons")
    )
    assert sum(len(each.applied) > 2 for each in told) > 500
    assert sum(one.code is not None for each in told for one in each.applied) > 100


def codes(outcome: Outcome) -> list[str]:
    """The words of all steps."""
    traces = [
        *(one.steps for one in outcome.lines),
        *(one.steps for one in outcome.deliveries),
        *(one.steps for one in outcome.points),
    ]
    return [step.code for steps in traces for step in steps]


def kinds(conditions: Sequence[Condition]) -> list[type]:
    """The kinds of conditions, those inside of others too."""
    found: list[type] = []
    for condition in conditions:
        found.append(type(condition))
        if isinstance(condition, AllOf | AnyOf):
            found += kinds(condition.of)
        elif isinstance(condition, Not):
            found += kinds([condition.of])
    return found


def assert_often(counted: Mapping[Any, int], wanted: Iterable[Any], times: int) -> None:
    rare = {each: counted.get(each, 0) for each in wanted if counted.get(each, 0) < times}
    assert not rare, rare


def test_promotions_come_back_whole_from_json() -> None:
    dice = Dice(1)
    for _ in range(200):
        for promotion in dice.case(0).promotions:
            assert msgspec.json.decode(msgspec.json.encode(promotion), type=Promotion) == promotion
