"""What is lacking: how much or how many more, and of what, so that a promotion applies or takes off more."""

from collections.abc import Iterator

from torg.promotions.evaluating import deals, effects
from torg.promotions.evaluating.compiled import Rule
from torg.promotions.evaluating.conditions import Why
from torg.promotions.evaluating.reading import Reading
from torg.promotions.outcome import Lacking, Nearly, Reason

LACKING = {Reason.amount_too_low: Lacking.amount, Reason.too_few: Lacking.quantity}


def lacking_condition(rule: Rule, reading: Reading, why: Why) -> Iterator[Nearly]:
    """One amount or quantity is too low and everything else is as it must be, and some of the goods are there."""
    reason, facts = why
    if reason not in LACKING or not facts["have"]:
        return
    failing = [each.path for each in rule.tests if each.test(reading) is not None]
    if len(failing) == 1:
        yield Nearly(rule.promotion.key, LACKING[reason], facts["lacking"], failing[0])


def lacking_effects(rule: Rule, reading: Reading) -> Iterator[Nearly]:
    """The next set of a deal, the next tier; as the basket is, whatever other promotions do."""
    key = rule.promotion.key
    for index, act in enumerate(rule.acts):
        if isinstance(act, deals.OfEvery | deals.BuyThisGetThat | deals.Sets):
            if lacking := act.lacking(reading):
                yield Nearly(key, Lacking.quantity, lacking, f"effects.{index}")
        elif isinstance(act, effects.Tiers):
            _, have, following = act.reached(reading)
            if following is not None and have:
                lacking = act.start(act.tiers[following], reading.basket.currency) - have
                what = Lacking.amount if act.by_amount else Lacking.quantity
                yield Nearly(key, what, lacking, f"effects.{index}.tiers.{following}")
