"""Whether a code holds, what it takes off, and what keeps a promotion from being right. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime

from torg.kernel.errors import FieldProblem
from torg.kernel.i18n import LANGUAGES
from torg.kernel.money import CURRENCIES, allocate, ratio
from torg.markets import Atlas, Channel
from torg.pricing import PricedLine
from torg.promotions.codes import CodePromotion

MILLION = 1_000_000
FORM = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*", re.ASCII)
MESSAGES = {
    "code-form": "A code is made of the letters A to Z, digits and single hyphens.",
    "ends-before-it-begins": "This ends before it begins.",
    "one-of-percent-and-amount": "Give either a percent or an amount, not both.",
    "required": "This field is required.",
    "twice": "This stands here twice.",
    "unknown-channel": "There is no such sales channel.",
    "unknown-currency": "There is no such currency.",
    "unknown-language": "The platform does not speak this language.",
    "unknown-market": "There is no such market.",
}


def written(code: str) -> str:
    """A code as it is kept, however the customer writes it: ` welcome10 ` and fullwidth letters are
    `WELCOME10`.
    """
    return unicodedata.normalize("NFKC", code).strip().upper()


def holds(promotion: CodePromotion, channel: Channel, currency: str, at: datetime) -> bool:
    """Whether the promotion holds in this channel, with its currency, at this moment; limits are another
    matter.
    """
    return (
        promotion.disabled_at is None
        and promotion.currency in {None, currency}
        and (not promotion.channels or channel.code in promotion.channels)
        and (not promotion.markets or channel.market in promotion.markets)
        and (promotion.valid_from is None or promotion.valid_from <= at)
        and (promotion.valid_to is None or at < promotion.valid_to)
    )


def discount(promotion: CodePromotion, lines: Sequence[PricedLine]) -> tuple[int, ...]:
    """What the promotion takes off each line, in the lines' own terms; never more than a line costs.

    The percent is of the goods together, rounded once; that, or the amount, is shared out by what the lines
    cost, to the last minor unit.
    """
    costs = [max(0, line.quantity * line.unit) for line in lines]
    goods = sum(costs)
    if promotion.percent is not None:
        off = ratio(goods, promotion.percent, MILLION)
    else:
        off = min(promotion.amount or 0, goods)
    return tuple(allocate(off, costs)) if off else (0,) * len(costs)


def promotion_problems(promotion: CodePromotion, atlas: Atlas) -> Iterator[FieldProblem]:
    """What is wrong with a promotion, given the markets and channels that exist."""
    if not FORM.fullmatch(promotion.code):
        yield _problem("code", "code-form")
    if (promotion.percent is None) is (promotion.amount is None):
        yield _problem("percent", "one-of-percent-and-amount")
    if promotion.amount is not None and promotion.currency is None:
        yield _problem("currency", "required")
    if promotion.currency is not None and promotion.currency not in CURRENCIES:
        yield _problem("currency", "unknown-currency")
    yield from _names(promotion.name)
    yield from _codes("markets", promotion.markets, set(atlas.markets), "unknown-market")
    yield from _codes("channels", promotion.channels, set(atlas.channels), "unknown-channel")
    since, until = promotion.valid_from, promotion.valid_to
    if since is not None and until is not None and until <= since:
        yield _problem("valid_to", "ends-before-it-begins")


def _names(name: dict[str, str]) -> Iterator[FieldProblem]:
    if not name:
        yield _problem("name", "required")
    for language, text in name.items():
        if language not in LANGUAGES:
            yield _problem(f"name.{language}", "unknown-language")
        elif not text.strip():
            yield _problem(f"name.{language}", "required")


def _codes(field: str, codes: Sequence[str], known: set[str], unknown: str) -> Iterator[FieldProblem]:
    for index, code in enumerate(codes):
        if code not in known:
            yield _problem(f"{field}.{index}", unknown)
        elif code in codes[:index]:
            yield _problem(f"{field}.{index}", "twice")


def _problem(field: str, code: str) -> FieldProblem:
    return FieldProblem(field=field, code=code, message=MESSAGES[code])
