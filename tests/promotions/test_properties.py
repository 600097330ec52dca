"""What is true of every basket and all promotions, whatever they are: shown with baskets made by dice of a seed that is
drawn anew each time.
"""

import random
from collections.abc import Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.promotions.cases import Case, Dice

from torg.kernel.money import allocate
from torg.pricing import Discount, PricedDelivery, PricedLine, totals
from torg.promotions import (
    Basket,
    LineOff,
    Offers,
    Outcome,
    Reason,
    Stacking,
    compile_offers,
    evaluate,
)
from torg.promotions.evaluating.choose import Contest
from torg.promotions.evaluating.compiled import Rule
from torg.promotions.evaluating.reading import Reading

CASES = st.integers(0, 2**63).map(lambda seed: Dice(seed).case(4))
SHARED = {"promotion-shared", "promotion-tier-shared", "promotion-deal", "promotion-bundle", "promotion-tier"}
GAVE_WAY = {
    Reason.outweighed,
    Reason.nothing_left,
    Reason.amount_too_high,
    Reason.too_many,
    Reason.condition,
}
"""Why a promotion did not apply that may apply with less in the basket: others weighed more, or there was too much."""

INTERPLAY = {
    *SHARED,
    *(
        "promotion-capped-line",
        "promotion-capped-order",
        "promotion-capped-house-line",
        "promotion-capped-house-order",
    ),
}


def answers(case: Case) -> list[tuple[Basket, Offers, Outcome]]:
    offers = compile_offers(case.promotions, case.house)
    return [(basket, offers, evaluate(basket, offers)) for basket in case.baskets]


@given(CASES)
@settings(max_examples=60, deadline=None)
def test_nothing_is_reduced_below_nothing_and_all_parts_add_up(case: Case) -> None:
    for basket, _, outcome in answers(case):
        off = outcome.by_line()
        assert all(0 < off[line.id] <= line.quantity * line.unit for line in basket.lines if line.id in off)
        charges = {one.id: one.amount for one in basket.deliveries}
        for one in outcome.deliveries:
            charges[one.delivery] -= one.amount
        assert min(charges.values(), default=0) >= 0
        for applied in outcome.applied:
            goods = sum(one.amount for one in outcome.lines if one.promotion == applied.promotion)
            carried = sum(one.amount for one in outcome.deliveries if one.promotion == applied.promotion)
            assert applied.amount == goods + carried
        assert outcome.discount == sum(off.values()) + sum(one.amount for one in outcome.deliveries)


@given(CASES)
@settings(max_examples=60, deadline=None)
def test_steps_lead_to_their_amount(case: Case) -> None:
    for basket, _, outcome in answers(case):
        quantities = {line.id: line.quantity for line in basket.lines}
        told = [(one.amount, one.steps) for one in outcome.lines]
        told += [(one.amount, one.steps) for one in outcome.deliveries]
        for amount, steps in told:
            assert amount == sum(step.facts.get("amount", 0) - step.facts.get("less", 0) for step in steps)
        assert all(1 <= one.quantity <= quantities[one.line] for one in outcome.lines)


@given(CASES, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_no_order_of_anything_given_matters(case: Case, dice: random.Random) -> None:
    shuffled = compile_offers(mixed(case.promotions, dice), case.house)
    for basket, _, outcome in answers(case):
        shopper = replace(
            basket.shopper,
            groups=mixed(basket.shopper.groups, dice),
            segments=mixed(basket.shopper.segments, dice),
        )
        other = replace(
            basket,
            lines=tuple(
                replace(line, categories=mixed(line.categories, dice)) for line in mixed(basket.lines, dice)
            ),
            deliveries=mixed(basket.deliveries, dice),
            codes=dict(mixed(tuple(basket.codes.items()), dice)),
            shopper=shopper,
        )
        assert evaluate(other, shuffled) == outcome


def mixed(things: tuple, dice: random.Random) -> tuple:
    return tuple(dice.sample(things, len(things)))


@given(CASES)
@settings(max_examples=60, deadline=None)
def test_each_promotion_applies_or_says_why_not(case: Case) -> None:
    for basket, _, outcome in answers(case):
        applied, refused = (
            [one.promotion for one in outcome.applied],
            [one.promotion for one in outcome.refused],
        )
        assert sorted(applied + refused) == sorted(promotion.key for promotion in case.promotions)
        by_key = {promotion.key: promotion for promotion in case.promotions}
        groups = [group for key in applied if (group := by_key[key].group)]
        alone = [key for key in applied if by_key[key].stacking is Stacking.alone]
        assert len(groups) == len(set(groups))
        assert not alone or len(applied) == 1
        own = {
            one.line: one.promotion
            for one in outcome.lines
            if by_key[one.promotion].stacking is Stacking.lines
        }
        assert all(own.get(one.line, one.promotion) == one.promotion for one in outcome.lines)
        assert all(by_key[key].needs_code <= (key in basket.codes) for key in applied)


@given(CASES)
@settings(max_examples=60, deadline=None)
def test_no_other_set_that_is_allowed_takes_more_off(case: Case) -> None:
    for basket, offers, outcome in answers(case):
        reading = Reading(basket, offers.goods)
        candidates = [rule for rule in offers.touched(reading) if rule.why_not(reading) is None]
        if len(candidates) > 5:  # all sets of more are too many to try here
            continue
        contest = Contest(reading, candidates, offers.house)
        best = contest.value(contest.run(contest.chosen()))
        assert best >= outcome.discount
        for count in range(len(candidates) + 1):
            for chosen in combinations(candidates, count):
                if allowed(chosen, candidates, contest):
                    assert contest.value(contest.run(tuple(rule.rank for rule in chosen))) <= best


def allowed(chosen: Sequence[Rule], candidates: Sequence[Rule], contest: Contest) -> bool:
    """One alone; else one of each group, and all others, but for those that have lines for themselves."""
    if any(rule.alone for rule in chosen):
        return len(chosen) == 1
    for group in {rule.promotion.group for rule in candidates if rule.promotion.group}:
        mine = [rule for rule in candidates if rule.promotion.group == group and not rule.alone]
        useful = [rule for rule in mine if contest.by_itself(rule.rank) >= 0]
        taken = [rule for rule in mine if rule in chosen]
        least = 0 if any(rule.has_lines for rule in useful) or not useful else 1
        if not least <= len(taken) <= 1 or not all(rule in (useful or mine[:1]) for rule in taken):
            return False
    free = [rule for rule in candidates if not (rule.promotion.group or rule.alone or rule.has_lines)]
    return all(rule in chosen for rule in free)


@given(CASES)
@settings(max_examples=120, deadline=None)
def test_a_removed_line_raises_anothers_reduction_only_where_steps_or_reasons_say_why(
    case: Case,
) -> None:
    for basket, offers, outcome in answers(case):
        for line in basket.lines:
            rest = replace(basket, lines=tuple(each for each in basket.lines if each is not line))
            after = evaluate(rest, offers)
            for id in {one.line for one in after.lines}:
                if _off(after, id) > _off(outcome, id):
                    risen = [
                        one
                        for one in after.lines
                        if one.line == id and one.amount > _off(outcome, id, one.promotion)
                    ]
                    why = [_why(one, outcome, case, basket, offers) for one in risen]
                    assert any(why), (basket, line, id, risen)


def _off(outcome: Outcome, line: str, promotion: str | None = None) -> int:
    """What was taken off a line, in all or by one promotion."""
    mine = [one for one in outcome.lines if one.line == line and promotion in {None, one.promotion}]
    return sum(one.amount for one in mine)


def _why(risen: LineOff, before: Outcome, case: Case, basket: Basket, offers: Offers) -> str | None:
    """What the two answers tell that makes a promotion take more off another line without the one: a step that depends
    on what else is there, a reason that gave way, or a step that begins with less having been taken before.
    """
    key = risen.promotion
    steps = [step for one in before.lines if one.promotion == key for step in one.steps]
    if shared := {step.code for step in (*steps, *risen.steps)} & INTERPLAY:
        return min(shared)
    refused = {one.promotion: one for one in before.refused}
    if key in refused:
        return refused[key].reason.value if refused[key].reason in GAVE_WAY else None
    here = [
        step for one in before.lines if (one.promotion, one.line) == (key, risen.line) for step in one.steps
    ]
    if any(step.facts["base"] not in {then.facts["base"] for then in here} for step in risen.steps if here):
        return "base"  # another promotion had taken more off it, and its steps on the line say so
    return _holder(risen.line, key, before, case, basket, offers)


def _holder(line: str, key: str, before: Outcome, case: Case, basket: Basket, offers: Offers) -> str | None:
    """The promotion that applied and had the line for itself, as promotions of this kind say of themselves."""
    reading = Reading(basket, offers.goods)
    place = [each.id for each in reading.lines].index(line)
    applied = {one.promotion for one in before.applied} - {key}
    own = [rule for rule in offers.rules if rule.has_lines and rule.promotion.key in applied]
    return next((rule.promotion.key for rule in own if place in rule.touches(reading.matches)), None)


@given(CASES, st.sampled_from([0, 150_000, 250_000]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_totals_are_the_sum_of_lines_and_refunding_one_by_one_gives_back_what_was_paid(
    case: Case, rate: int, included: bool
) -> None:
    for basket, _, outcome in answers(case):
        if sum(line.quantity for line in basket.lines) > 60:  # one by one
            continue
        off, charges = outcome.by_line(), {one.id: one.amount for one in basket.deliveries}
        for one in outcome.deliveries:
            charges[one.delivery] -= one.amount
        added = totals(
            basket.currency,
            [PricedLine(line.quantity, line.unit, rate, "VAT", included) for line in basket.lines],
            [PricedDelivery(charge, rate, "VAT", included) for charge in charges.values()],
            [Discount("promotions", tuple(off.get(line.id, 0) for line in basket.lines))],
        )
        assert added.discount == sum(off.values())
        assert added.gross == sum(line.gross for line in added.lines) + sum(
            each.gross for each in added.delivery
        )
        for line, total in zip(basket.lines, added.lines, strict=True):
            units = allocate(total.gross, [1] * line.quantity)
            assert sum(units) == total.gross and min(units) >= 0
            assert max(units) - min(units) <= 1
