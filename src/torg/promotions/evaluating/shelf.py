"""What each of many goods costs by itself, for lists and pages of goods: the same as a basket of one unit of it, but
reckoned for all at once, so that conditions that are the same for all are asked once.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from torg.promotions.basket import Basket
from torg.promotions.evaluating.choose import Contest
from torg.promotions.evaluating.compiled import Offers, Rule
from torg.promotions.evaluating.reading import Reading
from torg.promotions.outcome import Reason, ShelfPrice

NO_RULES: Final[Mapping[int, Rule]] = {}
MORE: Final = frozenset({Reason.too_few, Reason.amount_too_low})


def shelf(basket: Basket, offers: Offers) -> tuple[ShelfPrice, ...]:
    """What one unit of each line costs if it is bought alone, in the order of the lines given; without deliveries.

    `with_more` names promotions that would act on it if there were more in the basket: three for two.
    """
    ones = tuple(line if line.quantity == 1 else replace(line, quantity=1) for line in basket.lines)
    reading = Reading(replace(basket, lines=ones, deliveries=()), offers.goods)
    open_rules = [rule for rule in offers.touched(reading) if rule.why_not_here(reading) is None]
    numbers: dict[int, list[int]] = {}
    for number, places in reading.matches.items():
        for place in places:
            numbers.setdefault(place, []).append(number)
    everywhere = {rule.rank: rule for rule in open_rules if not rule.needs_goods and rule.acts_on_one}
    by_number: dict[int, dict[int, Rule]] = {}
    for rule in open_rules:
        for number in set(rule.numbers()) if rule.needs_goods else ():
            by_number.setdefault(number, {})[rule.rank] = rule
    found = {}
    for place, line in enumerate(reading.lines):
        mine = numbers.get(place, ())
        rules = dict(everywhere)
        for number in mine:
            rules.update(by_number.get(number, NO_RULES))
        found[line.id] = (
            _alone(reading.only(place, mine), rules, offers)
            if rules
            else ShelfPrice(line.id, line.unit, (), ())
        )
    return tuple(found[line.id] for line in basket.lines)


def _alone(reading: Reading, rules: Mapping[int, Rule], offers: Offers) -> ShelfPrice:
    line = reading.lines[0]
    candidates: list[Rule] = []
    more: list[str] = []
    for rank in sorted(rules):
        why = rules[rank].why_not_goods(reading)
        if why is None:
            candidates.append(rules[rank])
        elif why[0] in MORE and rules[rank].needs_goods:
            more.append(rules[rank].promotion.key)
    if not any(
        rule.has_lines for rule in candidates
    ):  # else even those that do nothing count for how many are tried
        waiting = [rule for rule in candidates if not rule.acts_on_one]
        more += [rule.promotion.key for rule in waiting if rule.needs_goods and _wants_more(rule, reading)]
        candidates = [rule for rule in candidates if rule.acts_on_one]
    if not candidates:
        return ShelfPrice(line.id, line.unit, (), tuple(_in_order(more, offers)))
    contest = Contest(reading, candidates, offers.house)
    run = contest.run(contest.chosen())
    applied = [rule.promotion.key for rule in candidates if run.totals.get(rule.rank)]
    idle = [rule for rule in candidates if rule.rank not in run.totals and rule.needs_goods]
    more += [rule.promotion.key for rule in idle if _wants_more(rule, reading)]
    return ShelfPrice(line.id, run.left[0], tuple(applied), tuple(_in_order(more, offers)))


def _wants_more(rule: Rule, reading: Reading) -> bool:
    return any(act.why_not(reading)[0] in MORE for act in rule.acts)


def _in_order(keys: Sequence[str], offers: Offers) -> list[str]:
    return sorted(keys, key=offers.ranks.__getitem__)
