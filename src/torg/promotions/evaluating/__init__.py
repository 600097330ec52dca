"""The one evaluation of promotions: pure, in whole numbers, the same for listing, cart, order and till.

`evaluate` says everything about a basket, `shelf` what each of many goods would cost by itself. What it does is written
in docs/promotions.md so that another program can do the same; ui/promotions/ has the one for the till, and generated
cases hold the two together.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from torg.pricing import TraceStep
from torg.promotions import model
from torg.promotions.basket import Basket
from torg.promotions.evaluating.choose import MOST_SETS, Contest, Ranks
from torg.promotions.evaluating.compiled import House, Offers, Rule, compile_offers
from torg.promotions.evaluating.conditions import Why
from torg.promotions.evaluating.extras import Rewards
from torg.promotions.evaluating.nearly import lacking_condition, lacking_effects
from torg.promotions.evaluating.reading import Reading
from torg.promotions.evaluating.run import Run
from torg.promotions.evaluating.shelf import shelf
from torg.promotions.outcome import (
    Applied,
    Coupon,
    DeliveryReduction,
    Gift,
    LineOff,
    Nearly,
    Outcome,
    PointsGiven,
    Reason,
    Refused,
)

__all__ = ["MOST_SETS", "House", "Offers", "compile_offers", "evaluate", "shelf"]


def evaluate(basket: Basket, offers: Offers) -> Outcome:
    """What the promotions say of a basket. Neither the order of its lines nor that of the promotions matters.

    A basket that cannot be (a line of no units, two lines of one id, more than 2**53 - 1 minor units) is a defect of
    the caller (ValueError).
    """
    reading = Reading(basket, offers.goods)
    refused: dict[int, Why] = {}
    candidates: list[Rule] = []
    near: list[Nearly] = []
    for rule in offers.touched(reading):
        why = rule.why_not(reading)
        if why is None:
            candidates.append(rule)
        else:
            refused[rule.rank] = why
            near += lacking_condition(rule, reading, why)
    contest = Contest(reading, candidates, offers.house)
    chosen = contest.chosen()
    run = contest.run(chosen, telling=True)
    applied = _applied(run)
    losing = [rule for rule in candidates if rule.rank not in applied]
    refused |= {rule.rank: _why_not(rule, contest, run, chosen) for rule in losing}
    for rule in candidates:
        if rule.rank in applied or refused[rule.rank][0] is Reason.too_few or _below(refused[rule.rank]):
            near += lacking_effects(rule, reading)
    near.sort(key=lambda each: (offers.ranks[each.promotion], each.at))
    return _outcome(run, offers, applied, refused, near)


def _below(why: Why) -> bool:
    return why[0] is Reason.amount_too_low


def _applied(run: Run) -> set[int]:
    return {rank for rank, amount in run.totals.items() if amount} | set(run.rewards)


def _why_not(rule: Rule, contest: Contest, run: Run, chosen: Ranks) -> Why:
    by_itself = contest.by_itself(rule.rank)
    if by_itself < 0:
        acts = rule.acts
        return acts[0].why_not(contest.reading)
    applied = _applied(run)
    reason = Reason.nothing_left if rule.rank in chosen else Reason.outweighed
    return reason, {"by": _rivals(rule, contest, applied), "amount": by_itself}


def _rivals(rule: Rule, contest: Contest, applied: Iterable[int]) -> list[str]:
    """The promotions that apply in its place: of its group, or on its lines, or else all that apply."""
    keys = {rank: contest.rules[rank].promotion for rank in sorted(applied)}
    group = rule.promotion.group
    same = [each.key for each in keys.values() if group is not None and each.group == group]
    if same:
        return same
    mine = contest.touches(rule.rank)
    meeting = [each.key for rank, each in keys.items() if not mine.isdisjoint(contest.touches(rank))]
    return meeting or [each.key for each in keys.values()]


def _outcome(
    run: Run, offers: Offers, applied: set[int], refused: Mapping[int, Why], near: Sequence[Nearly]
) -> Outcome:
    basket, rules = run.reading.basket, offers.rules
    keys = [rule.promotion.key for rule in rules]
    lines, deliveries = run.reading.lines, run.reading.deliveries
    gifts, points, coupons = _rewards(run, rules)
    return Outcome(
        applied=tuple(
            Applied(keys[rank], run.totals.get(rank, 0), _code(rules[rank], basket))
            for rank in sorted(applied)
        ),
        lines=tuple(
            LineOff(keys[rank], lines[place].id, taken.units, taken.amount, tuple(taken.steps))
            for (rank, place), taken in sorted(run.off_lines.items(), key=_by_place)
        ),
        deliveries=tuple(
            DeliveryReduction(keys[rank], deliveries[place].id, taken.amount, tuple(taken.steps))
            for (rank, place), taken in sorted(run.off_deliveries.items(), key=_by_place)
        ),
        gifts=tuple(gifts),
        points=tuple(points),
        coupons=tuple(coupons),
        nearly=tuple(near),
        refused=tuple(
            Refused(keys[rule.rank], *refused[rule.rank]) if rule.rank in refused else rule.no_goods
            for rule in rules
            if rule.rank not in applied
        ),
    )


def _by_place(item: tuple[tuple[int, int], Any]) -> tuple[int, int]:
    (rank, place), _ = item
    return place, rank


def _code(rule: Rule, basket: Basket) -> str | None:
    return basket.codes.get(rule.promotion.key) if rule.promotion.needs_code else None


def _rewards(run: Run, rules: Sequence[Rule]) -> tuple[list[Gift], list[PointsGiven], list[Coupon]]:
    gifts, points, coupons = [], [], []
    for rank in sorted(run.rewards):
        key = rules[rank].promotion.key
        for act in rules[rank].acts:
            if not isinstance(act, Rewards):
                continue
            match act.effect:
                case model.FreeGift(variants, quantity):
                    gifts.append(Gift(key, variants, quantity))
                case model.NextCoupon(of, days):
                    coupons.append(Coupon(key, of, days))
                case model.Points():
                    count, facts = act.points(run)
                    if count:
                        step = TraceStep("promotion-points", {**facts, "points": count})
                        points.append(PointsGiven(key, count, (step,)))
    return gifts, points, coupons
