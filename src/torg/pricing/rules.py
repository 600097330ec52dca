"""Which price holds, and which delivery rate: pure, and the same for listing, cart, till and feed.

**Which price list.** Of the lists of selling prices that are in the context's currency, hold at its moment, and are for
its channel, market and store, for one of the customer's groups and for her company (or say nothing of these), the first
by this order that has a price for the quantity has it taken:

1. the higher `priority`;
2. the nearer one: a list for a company before others; of the rest one for a customer group; then one for a store; for a
   channel; for a market; and one for all last;
3. the list that began to hold later (one without a beginning began first of all);
4. the code that comes first in the alphabet.

**Which price in the list.** For each quantity from which prices hold, the one that began last of those that hold at the
moment. So a campaign price with an end is entered over the ordinary one, which holds again by itself when the campaign
is over. Of the quantities that are reached, the lowest amount is taken (of equal ones that of the smaller quantity):
within a list, more of a variant never cost more apiece.

The quantity is that of the variant over all lines of the cart.

**What stands beside it.** The recommended price is found in the same way among the lists of that kind. A price is
*reduced* when it ends by itself (it or its list has an end) and what would hold without all prices that end is higher.

The order is total: whatever stands in two rows, which one is taken never depends on how they were found.

**Which delivery rate.** Of the rates for the method and market that reach the country and hold at the moment,
the one with the longest postal prefix that fits; then the first by code.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from torg.pricing.context import PriceContext
from torg.pricing.model import Candidate, DeliveryRate, PriceBreak, PriceKind, PriceList, TraceStep
from torg.pricing.tax import squeezed

EVER = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


def holds(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    """Whether a moment lies in a window; the end is not part of it."""
    return (since is None or since <= at) and (until is None or at < until)


def eligible(candidate: Candidate, context: PriceContext) -> bool:
    """Whether a price and its list are for this context at all."""
    return (
        _meant(candidate, context)
        and holds(context.at, candidate.list_from, candidate.list_to)
        and holds(context.at, candidate.valid_from, candidate.valid_to)
    )


def _meant(one: Candidate | PriceList, context: PriceContext) -> bool:
    return (
        one.currency == context.currency
        and one.channel in {None, context.channel}
        and one.market in {None, context.market}
        and one.store in {None, context.store}
        and one.company in {None, context.company}
        and (one.customer_group is None or one.customer_group in context.groups)
    )


def in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates in the stated order; of one quantity the first is taken."""
    return sorted(
        candidates,
        key=lambda c: (
            *_rank(
                c.priority,
                c.company,
                c.customer_group,
                c.store,
                c.channel,
                c.market,
                c.list_from,
                c.price_list,
            ),
            c.from_quantity,
            LAST - c.valid_from,
            c.amount,
        ),
    )


def lists_in_order(
    lists: Iterable[PriceList], context: PriceContext, kind: PriceKind = PriceKind.selling
) -> list[PriceList]:
    """The lists that are for this context at its moment, in the stated order."""
    found = [
        prices
        for prices in lists
        if prices.kind is kind
        and _meant(prices, context)
        and holds(context.at, prices.valid_from, prices.valid_to)
    ]
    return ranked(found)


def ranked(lists: Iterable[PriceList]) -> list[PriceList]:
    """Lists in the stated order, whatever context they are for."""
    return sorted(
        lists,
        key=lambda p: _rank(
            p.priority, p.company, p.customer_group, p.store, p.channel, p.market, p.valid_from, p.code
        ),
    )


def resolve(
    candidates: Iterable[Candidate],
    context: PriceContext,
    *,
    quantity: int = 1,
    kind: PriceKind = PriceKind.selling,
) -> tuple[Candidate | None, tuple[TraceStep, ...]]:
    """The price of so many of one variant here and now, and the steps to it; None when no list has one."""
    found = [
        one
        for one in candidates
        if one.kind is kind and one.from_quantity <= quantity and eligible(one, context)
    ]
    if len(found) > 1:
        found = _best_first(in_order(found))
    steps = [step for index, one in enumerate(found) for step in _steps(one, taken=index == 0)]
    return (found[0] if found else None), tuple(steps)


def breaks(candidates: Sequence[Candidate], context: PriceContext) -> tuple[PriceBreak, ...]:
    """From which quantities on a piece costs less than for fewer, and what."""
    found: list[PriceBreak] = []
    if not any(one.from_quantity > 1 for one in candidates):
        return ()
    before: int | None = None
    for quantity in sorted({1, *(one.from_quantity for one in candidates)}):
        chosen, _ = resolve(candidates, context, quantity=quantity)
        if chosen is not None and before is not None and chosen.amount < before:
            found.append(PriceBreak(quantity, chosen.amount))
        before = chosen.amount if chosen is not None else before
    return tuple(found)


def regular(
    chosen: Candidate, candidates: Iterable[Candidate], context: PriceContext, *, quantity: int = 1
) -> Candidate | None:
    """What would hold in place of a price that ends by itself; None for a price that does not end."""
    if not chosen.ends:
        return None
    return resolve([one for one in candidates if not one.ends], context, quantity=quantity)[0]


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


def _best_first(found: list[Candidate]) -> list[Candidate]:
    """The price that is taken first; the others stay in their order."""
    if found[0].from_quantity == found[-1].from_quantity == 1:
        return found
    latest: dict[int, Candidate] = {}
    for one in found:
        if one.price_list == found[0].price_list:
            latest.setdefault(one.from_quantity, one)
    best = min(latest.values(), key=lambda one: (one.amount, one.from_quantity))
    return [best, *(one for one in found if one is not best)]


def _rank(
    priority: int,
    company: UUID | None,
    customer_group: str | None,
    store: str | None,
    channel: str | None,
    market: str | None,
    since: datetime | None,
    code: str,
) -> tuple[int, bool, bool, bool, bool, bool, timedelta, str]:
    """Where a list stands among those that are for a context: the smaller comes first."""
    return (
        -priority,
        company is None,
        customer_group is None,
        store is None,
        channel is None,
        market is None,
        LAST - (since or EVER),
        code,
    )


def _steps(one: Candidate, *, taken: bool) -> Iterator[TraceStep]:
    facts = {
        "price_list": one.price_list,
        "amount": one.amount,
        "currency": one.currency,
        "tax_included": one.tax_included,
        "priority": one.priority,
        "since": one.valid_from,
        "until": one.valid_to,
    }
    if one.from_quantity > 1:
        facts["from_quantity"] = one.from_quantity
    if not taken:
        yield TraceStep("price-passed-over", facts)
        return
    yield TraceStep("price-from-quantity" if one.from_quantity > 1 else "price", facts)
    if one.customer_group is not None:
        yield TraceStep(
            "price-for-group", {"customer_group": one.customer_group, "price_list": one.price_list}
        )
    if one.company is not None:
        yield TraceStep("price-for-company", {"price_list": one.price_list})
    if one.store is not None:
        yield TraceStep("price-in-store", {"store": one.store, "price_list": one.price_list})
    if one.converted is not None:
        made = one.converted
        yield TraceStep(
            "price-converted",
            {
                "from_list": made.price_list,
                "from_currency": made.currency,
                "to_currency": one.currency,
                "exchange_rate": made.rate,
                "as_of": made.as_of,
                "source": made.source,
            },
        )
