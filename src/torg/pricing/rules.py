"""Which price holds, and which delivery rate: pure, and the same for listing, cart, till and feed.

**Which price list.** Of the lists that are in the context's currency, hold at its moment, and are for its
channel, its market or for all, the first by this order has its price taken:

1. the higher `priority`;
2. a list for the channel in the market before one for the channel, one for the market and one for all;
3. the list that began to hold later (one without a beginning began first of all);
4. the code that comes first in the alphabet.

**Which price in the list.** The one that began last of those that hold at the moment. So a campaign price
with an end is entered over the ordinary one, which holds again by itself when the campaign is over.

The order is total: whatever stands in two rows, which one is taken never depends on how they were found.

**Which delivery rate.** Of the rates for the method and market that reach the country and hold at the moment,
the one with the longest postal prefix that fits; then the first by code.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from torg.pricing.context import PriceContext
from torg.pricing.model import Candidate, DeliveryRate, PriceList, TraceStep
from torg.pricing.tax import squeezed

EVER = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


def holds(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    """Whether a moment lies in a window; the end is not part of it."""
    return (since is None or since <= at) and (until is None or at < until)


def eligible(candidate: Candidate, context: PriceContext) -> bool:
    """Whether a price and its list are for this context at all."""
    return (
        candidate.currency == context.currency
        and candidate.channel in {None, context.channel}
        and candidate.market in {None, context.market}
        and holds(context.at, candidate.list_from, candidate.list_to)
        and holds(context.at, candidate.valid_from, candidate.valid_to)
    )


def in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates in the stated order; the first is taken."""
    return sorted(
        candidates,
        key=lambda c: (
            *_rank(c.priority, c.channel, c.market, c.list_from, c.price_list),
            LAST - c.valid_from,
            c.amount,
        ),
    )


def lists_in_order(lists: Iterable[PriceList], context: PriceContext) -> list[PriceList]:
    """The lists that are for this context at its moment, in the stated order."""
    found = [
        prices
        for prices in lists
        if prices.currency == context.currency
        and prices.channel in {None, context.channel}
        and prices.market in {None, context.market}
        and holds(context.at, prices.valid_from, prices.valid_to)
    ]
    return sorted(found, key=lambda p: _rank(p.priority, p.channel, p.market, p.valid_from, p.code))


def resolve(
    candidates: Iterable[Candidate], context: PriceContext
) -> tuple[Candidate | None, tuple[TraceStep, ...]]:
    """The price of one variant here and now, and the steps to it; None when no list has one."""
    found = [candidate for candidate in candidates if eligible(candidate, context)]
    if len(found) > 1:
        found = in_order(found)
    steps = [_step("price" if index == 0 else "price-passed-over", c) for index, c in enumerate(found)]
    return (found[0] if found else None), tuple(steps)


def delivery_rate(rates: Sequence[DeliveryRate], context: PriceContext, method: str) -> DeliveryRate | None:
    """The rate that holds for a method at the context's place and moment."""
    postal_code = squeezed(context.country, context.postal_code)
    fitting = [
        rate
        for rate in rates
        if rate.method == method
        and rate.market == context.market
        and context.country in rate.countries
        and (not rate.postal_prefixes or postal_code.startswith(rate.postal_prefixes))
        and holds(context.at, rate.valid_from, rate.valid_to)
    ]
    return min(fitting, key=lambda rate: (-_longest(rate, postal_code), rate.code), default=None)


def delivery_amount(rate: DeliveryRate, *, weight_g: int, goods_amount: int) -> int | None:
    """What the rate asks for a weight and an amount of goods; None when the parcel is too heavy for it."""
    step = next((s for s in rate.steps if s.up_to_g is None or weight_g <= s.up_to_g), None)
    if step is None:
        return None
    return 0 if rate.free_from is not None and goods_amount >= rate.free_from else step.amount


def _longest(rate: DeliveryRate, postal_code: str) -> int:
    return max((len(prefix) for prefix in rate.postal_prefixes if postal_code.startswith(prefix)), default=0)


def _rank(
    priority: int, channel: str | None, market: str | None, since: datetime | None, code: str
) -> tuple[int, bool, bool, timedelta, str]:
    """Where a list stands among those that are for a context: the smaller comes first."""
    return -priority, channel is None, market is None, LAST - (since or EVER), code


def _step(code: str, candidate: Candidate) -> TraceStep:
    facts = {
        "price_list": candidate.price_list,
        "amount": candidate.amount,
        "currency": candidate.currency,
        "tax_included": candidate.tax_included,
        "priority": candidate.priority,
        "since": candidate.valid_from,
        "until": candidate.valid_to,
    }
    return TraceStep(code, facts)
